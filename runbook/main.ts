/** Connects the process (streams, signals, exit code) to `run`, which does everything else. */
import { join } from 'node:path';
import { isatty } from 'node:tty';
import { printable } from '../lib/record/rules';
import { connectAws } from './aws/connect';
import { connectSessions } from './aws/connect-sessions';
import type { AwsSettings } from './aws/session';
import { run } from './cli';
import { systemClock } from './clock';
import { diskFiles } from './files/disk-files';
import { fileEvidenceLog } from './files/file-evidence-log';
import { fileJournals } from './files/file-journals';
import type * as LinuxMachine from './files/linux-machine';
import { homeFolder, ownFolders } from './files/own-folders';
import { cancelled } from './runbook-error';
import { RemoteSeedPhase } from './seed-phase/remote-seed-phase';
import { seedProgramBeside, startSeedProcess } from './seed-phase/start';
import { localPrivateFiles } from './signin/local-private-files';
import type * as RunProgram from './signin/run-program';
import { linesOf } from './terminal/byte-input';
import { ClackPrompter } from './terminal/clack-prompter';
import { DataOutput, isReaderGone, lostOutputText } from './terminal/data-output';
import { hiddenLinesOf } from './terminal/hidden-line';
import { LinePrompter, type Prompter } from './terminal/line-prompter';
import { isPlain } from './terminal/plain';
import { openTerminalDevice } from './terminal/terminal-device';
import { PcscReaders } from './token/pcsc';
import { serviceSockets } from './token/pcsc-service';
import type { Readers } from './token/readers';

// The SDK warns operators about the Node of its own future versions; the version bundled here supports this one.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const STANDARD_INPUT = 0;
// The descriptor is read itself: `process.stdin` would open a pipe that the process of a seed reads from, too.
const isTyped = isatty(STANDARD_INPUT);
const interactive = isTyped && process.stderr.isTTY === true;
const stop = new AbortController();
const giveUp = new AbortController();

/** Stops the run; a ceremony then undoes what it started. */
function stopRun(why?: string): void {
  if (stop.signal.aborted) {
    return;
  }
  if (why !== undefined) {
    // The terminal may be what was lost.
    process.stderr.write(`\nmfa-runbook: stopping: ${printable(why)}\n`, () => undefined);
  }
  setTimeout(() => process.exit(130), STOPPED_MS).unref();
  stop.abort(cancelled());
}

/** Exit anyway this long after a stop; `mfa-runbook resume` picks up the rest. */
const STOPPED_MS = 120_000;

/** While `exec` runs a program, signals belong to that program. */
let isProgramRunning = false;

/** Two signals within this time are one Ctrl-C: nobody presses it twice that fast. */
const SAME_SIGNAL_MS = 300;

/** The first signal stops the ceremony, which cleans up; the second ends that; the third ends the process at once. */
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
    stopRun(name === 'SIGINT' ? `${name}; press Ctrl-C again to stop waiting for AWS` : name);
  } else if (signals === 2) {
    process.stderr.write(
      'mfa-runbook: no longer waiting for AWS; press Ctrl-C once more to end at once, whatever is left\n',
    );
    giveUp.abort();
  } else {
    process.exit(130);
  }
}
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
for (const name of SIGNALS) {
  process.on(name, onSignal);
}

/**
 * Runs what may block this process for good. Until it returns, no handler of a signal can run, so a signal ends the process
 * as if it had none.
 */
function withoutHandlers<T>(work: () => T): T {
  for (const name of SIGNALS) {
    process.off(name, onSignal);
  }
  try {
    return work();
  } finally {
    for (const name of SIGNALS) {
      process.on(name, onSignal);
    }
  }
}
process.stderr.on('error', () => stopRun('the output was closed'));
// `dataOutput` is told of each write that failed; without a listener the process would end at once.
process.stdout.on('error', () => undefined);
const dataOutput = new DataOutput(process.stdout, (error) =>
  // A reader that has seen enough, such as `head`, is no news to anybody.
  stopRun(isReaderGone(error) ? undefined : lostOutputText(error)),
);
process.on('uncaughtException', (error) => stopRun(`a defect: ${error.message}`));
process.on('unhandledRejection', (reason) => stopRun(`a defect: ${String(reason)}`));
// A run that is over exits explicitly. One that waits for nothing that could happen must not look like a success.
process.once('beforeExit', () => stopRun('a defect: nothing is left to wait for'));
process.exitCode = 1;

/**
 * Switches the echo of the terminal off while the process of a seed reads from it. The command does it, because a process that is killed
 * would leave the terminal without an echo.
 */
function hideTyping(): () => void {
  if (!isTyped) {
    return () => undefined;
  }
  process.stdin.setRawMode(true);
  return () => void process.stdin.setRawMode(false);
}

/** A job that runs this long after it was told to stop was not stopped. */
const NOT_STOPPED_MS = 200;

/** Does what a signal key would have done if keys were not ignored. @returns once this process runs again */
async function onSignalKey(name: NodeJS.Signals): Promise<void> {
  if (name === 'SIGINT') {
    onSignal(name);
    return;
  }
  await new Promise<void>((resolve) => {
    process.once('SIGCONT', resolve);
    // Where no shell could continue the job, the system does not stop it, and no SIGCONT comes. A stopped job has no timers.
    setTimeout(resolve, NOT_STOPPED_MS);
    // A terminal signals the whole job. Under npm, a shell waits until npm has stopped, too.
    process.kill(0, name);
  });
}

function openPrompter(): Prompter {
  if (interactive && !isPlain(process.env)) {
    return new ClackPrompter(process.stdin, process.stderr, onSignalKey);
  }
  function write(text: string): void {
    process.stderr.write(text);
  }
  const lines = linesOf(STANDARD_INPUT);
  return isTyped
    ? new LinePrompter(lines, write, { nextLine: hiddenLinesOf(STANDARD_INPUT), hide: hideTyping })
    : new LinePrompter(lines, write);
}

/** Some terminals report 0 columns, which means that the number is not known. */
function columnsOf({ isTTY, columns }: NodeJS.WriteStream): number | undefined {
  return isTTY ? columns || undefined : undefined;
}
for (const stream of [process.stdout, process.stderr]) {
  if (stream.isTTY && !stream.columns) {
    // clack would write one character a line.
    stream.columns = 80;
    stream.rows = 24;
  }
}

/**
 * Leaves the readers open until the process exits: closing them natively can block for seconds, and no timer can stop it,
 * if a token is removed at that moment.
 */
function readersUntilExit(): Readers {
  const readers = new PcscReaders({
    serviceSockets: serviceSockets(process.env.PCSCLITE_CSOCK_NAME),
    whileBlocked: withoutHandlers,
  });
  return {
    list: async () => readers.list(),
    card: async (name, signal) => readers.card(name, signal),
    close: async () => undefined,
  };
}

if (process.platform !== 'win32') {
  // The SDK looks for the shared files there, and without it below the working directory.
  process.env.HOME = homeFolder(process.env);
}
const { stateFolder, cacheFolder } = ownFolders(process.env);

/**
 * Makes everything of a profile count: the SDK takes its endpoints from AWS_PROFILE only, and so does the process of a
 * seed.
 */
function inProfile(settings: AwsSettings): AwsSettings {
  if (settings.profile !== undefined) {
    process.env.AWS_PROFILE = settings.profile;
  }
  return settings;
}

run(process.argv.slice(2), {
  env: process.env,
  nodeVersion: process.version,
  writePeople: (text) => process.stderr.write(text),
  writeData: (text) => dataOutput.write(text),
  dataLost: () => dataOutput.end(),
  columns: (stream) => columnsOf(stream === 'people' ? process.stderr : process.stdout),
  prompter: openPrompter(),
  openTerminalDevice: () => openTerminalDevice(onSignalKey),
  live: interactive,
  clock: systemClock,
  signal: stop.signal,
  giveUp: giveUp.signal,
  connectAws: (settings) => connectAws(inProfile(settings)),
  connectSessions: (settings) => connectSessions(inProfile(settings)),
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
    new RemoteSeedPhase(settings, () => startSeedProcess(seedProgramBeside(__filename, process)), hideTyping),
  journals: fileJournals(stateFolder),
  evidenceLog: (fleet) => fileEvidenceLog(join(stateFolder, fleet, 'evidence.jsonl')),
  files: diskFiles({ stateFolder, cacheFolder }),
  machineFacts: async () => {
    // Only a doctor who found something reads them.
    const { readMachineFacts }: typeof LinuxMachine = require('./files/linux-machine');
    return readMachineFacts(process);
  },
  privateFiles: localPrivateFiles,
}).then(
  // Exit explicitly once everything is written: an open terminal or a dead PC/SC service would keep the process alive.
  (exitCode) => process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode))),
  (error: unknown) => {
    process.stderr.write(`mfa-runbook: error: ${printable(String(error))}\n`);
    process.exitCode = 1;
  },
);
