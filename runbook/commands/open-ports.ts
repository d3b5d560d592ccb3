/** Opens what a command works with, from its options and the machine it runs on, and closes it with the command. */
import { setTimeout as pause } from 'node:timers/promises';
import type { CallReport } from '../aws/aws';
import type { AwsSettings } from '../aws/session';
import { explain } from '../ceremony/explain';
import type { Ports } from '../ceremony/ports';
import { version } from '../package.json';
import { askCode } from '../terminal/code-prompt';
import type { CommandLine } from '../terminal/command-line';
import { StreamTerminal } from '../terminal/stream-terminal';
import type { Terminal } from '../terminal/terminal';
import { TracingTransport } from '../token/trace';
import type { Host } from './host';
import type { CommonOptions, Run } from './options';

/** Closing the reader may take this long. */
const CLOSE_MS = 3_000;

/** Opens ports, does the work with them, and closes the reader, whatever happens. */
export async function withPorts(
  { host, line }: Run,
  options: CommonOptions,
  work: (ports: Ports) => Promise<void>,
): Promise<void> {
  const terminal = openTerminal(host, options);
  const readers = host.openReaders();
  const onTrace = options.traceApdu ? (text: string) => host.writePeople(`  ${text}\n`) : undefined;
  const settings = awsSettings(host, options, terminal);
  const aws = host.connectAws({
    ...settings,
    askMfaCode: (deviceArn) =>
      askCode(
        terminal,
        { name: 'operator-code', message: `code of your own device ${deviceArn}` },
        host.signal,
      ),
  });
  const ports: Ports = {
    aws,
    readers,
    openSeedPhase: () =>
      host.openSeedPhase({
        aws,
        readers,
        onCall: (report) => tellCall(terminal, report),
        ...(onTrace === undefined ? {} : { onTrace }),
      }),
    journals: host.journals,
    trace: (transport) => (onTrace === undefined ? transport : new TracingTransport(transport, onTrace)),
    terminal,
    clock: host.clock,
    signal: host.signal,
    evidenceLog: host.evidenceLog(options.fleet),
    tool: `mfa-runbook ${version}`,
    line,
  };
  try {
    await work(ports);
  } finally {
    // A reader that hangs or fails while it is closed must not hide the command's own result.
    await Promise.race([readers.close().catch(() => undefined), pause(CLOSE_MS, undefined, { ref: false })]);
  }
}

/** Adds to a failure that nothing was changed, unless it says what was. */
export async function nothingChanged<T>(line: CommandLine, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const failure = explain(error, line);
    throw failure.state === undefined ? failure.withState('nothing was changed') : failure;
  }
}

export function openTerminal(host: Host, { json, verbose, yes }: CommonOptions): Terminal {
  return new StreamTerminal({
    writePeople: (text) => host.writePeople(text),
    writeData: (text) => host.writeData(text),
    prompter: host.prompter,
    live: host.live,
    color: host.live && !host.env.NO_COLOR,
    json,
    verbose,
    yes,
  });
}

/** Collects profile, Region and clock for every connection to AWS. */
export function awsSettings(host: Host, { profile, region }: CommonOptions, terminal: Terminal): AwsSettings {
  const inUse = region ?? host.env.AWS_REGION ?? host.env.AWS_DEFAULT_REGION;
  return {
    ...(inUse === undefined ? {} : { region: inUse }),
    ...(profile === undefined ? {} : { profile }),
    onCall: (report) => tellCall(terminal, report),
    now: () => host.clock.now(),
  };
}

function tellCall(terminal: Terminal, { action, durationMs, outcome }: CallReport): void {
  terminal.detail(`aws ${action} ${outcome} ${durationMs.toFixed(0)} ms`);
}
