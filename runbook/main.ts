/** Connects the process (streams, signals, exit code) to `run`, which does everything else. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type * as Readline from 'node:readline';
import { connectAws } from './aws/connect';
import { connectSessions } from './aws/connect-sessions';
import { run } from './cli';
import { systemClock } from './clock';
import { diskFiles } from './files/disk-files';
import { fileEvidenceLog } from './files/file-evidence-log';
import { fileJournals } from './files/file-journals';
import { cancelled } from './runbook-error';
import { RemoteSeedPhase } from './seed-phase/remote-seed-phase';
import { seedProgramBeside, startSeedProcess } from './seed-phase/start';
import { localPrivateFiles } from './signin/local-private-files';
import type * as RunProgram from './signin/run-program';
import { ClackPrompter } from './terminal/clack-prompter';
import { LinePrompter, type NextLine, type Prompter } from './terminal/line-prompter';
import { PcscReaders } from './token/pcsc';
import type { Readers } from './token/readers';

// The SDK warns operators about the Node of its own future versions; the version bundled here supports this one.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const interactive = process.stdin.isTTY === true && process.stderr.isTTY === true;
const stop = new AbortController();

/** Stops the run; a ceremony then undoes what it started. */
function stopRun(why: string): void {
  if (stop.signal.aborted) {
    return;
  }
  // The terminal may be what was lost.
  process.stderr.write(`\nmfa-runbook: stopping: ${why}\n`, () => undefined);
  setTimeout(() => process.exit(130), STOPPED_MS).unref();
  stop.abort(cancelled());
}

/** Exit anyway this long after a stop; `mfa-runbook resume` picks up the rest. */
const STOPPED_MS = 120_000;

/** While `exec` runs a program, signals belong to that program. */
let isProgramRunning = false;

/** Two signals within this time are one Ctrl-C: nobody presses it twice that fast. */
const SAME_SIGNAL_MS = 300;

/** The first signal stops the ceremony; the third ends the process at once. */
let signals = 0;
let lastSignalMs = 0;
function onSignal(name: string): void {
  // `runProgram` passes it on.
  if (isProgramRunning) {
    return;
  }
  // Under npm one Ctrl-C arrives twice: from the terminal and from npm.
  const now = Date.now();
  if (now - lastSignalMs < SAME_SIGNAL_MS) {
    return;
  }
  lastSignalMs = now;
  signals++;
  if (signals === 1) {
    stopRun(name);
  } else if (signals === 2) {
    process.stderr.write(
      'mfa-runbook: still cleaning up in IAM; press Ctrl-C once more to end at once, whatever is left\n',
    );
  } else {
    process.exit(130);
  }
}
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => onSignal(name));
}
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', () => stopRun('the output was closed'));
}
process.on('uncaughtException', (error) => stopRun(`a defect: ${error.message}`));
process.on('unhandledRejection', (reason) => stopRun(`a defect: ${String(reason)}`));

/** Reads lines from stdin, starting when the first one is asked for. */
function stdinLines(): NextLine {
  let lines: AsyncIterator<string> | undefined;
  return async (_question, signal) => {
    const { createInterface }: typeof Readline = require('node:readline');
    lines ??= createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })[
      Symbol.asyncIterator
    ]();
    const over = new AbortController();
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: over.signal });
    });
    try {
      const next = await Promise.race([lines.next(), aborted]);
      return next.done ? undefined : next.value;
    } finally {
      over.abort();
    }
  };
}

const prompter: Prompter = interactive
  ? new ClackPrompter(process.stdin, process.stderr)
  : new LinePrompter(stdinLines(), (text) => process.stderr.write(text));

/**
 * Leaves the readers open until the process exits: closing them natively can block for seconds, and no timer can stop it,
 * if a token is removed at that moment.
 */
function readersUntilExit(): Readers {
  const readers = new PcscReaders();
  return {
    list: async () => readers.list(),
    card: async (name, signal) => readers.card(name, signal),
    close: async () => undefined,
  };
}

const NAME = 'mfa-runbook';
const stateFolder = join(process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), NAME);
const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), NAME);

run(process.argv.slice(2), {
  env: process.env,
  nodeVersion: process.version,
  writePeople: (text) => process.stderr.write(text),
  writeData: (text) => process.stdout.write(text),
  prompter,
  live: interactive,
  clock: systemClock,
  signal: stop.signal,
  connectAws,
  connectSessions,
  spawn: async (command, args, env) => {
    isProgramRunning = true;
    // Loaded here because `node:child_process` takes some milliseconds, and most commands run no program.
    const { runProgram }: typeof RunProgram = require('./signin/run-program');
    try {
      return await runProgram({ command, args, env }, process, interactive);
    } finally {
      isProgramRunning = false;
    }
  },
  openReaders: readersUntilExit,
  openSeedPhase: (settings) =>
    new RemoteSeedPhase(settings, () => startSeedProcess(seedProgramBeside(__filename, process))),
  journals: fileJournals(stateFolder),
  evidenceLog: (fleet) => fileEvidenceLog(join(stateFolder, fleet, 'evidence.jsonl')),
  files: diskFiles({ stateFolder, cacheFolder }),
  privateFiles: localPrivateFiles,
}).then(
  // Exit explicitly once everything is written: an open terminal or a dead PC/SC service would keep the process alive.
  (exitCode) => process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode))),
  (error: unknown) => {
    process.stderr.write(`mfa-runbook: error: ${String(error)}\n`);
    process.exitCode = 1;
  },
);
