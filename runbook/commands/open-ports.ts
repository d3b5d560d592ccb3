/** Opens what a command works with, from its options and the machine it runs on, and closes it with the command. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Aws, CallReport } from '../aws/aws';
import type { AwsSettings } from '../aws/session';
import { explain, messageOf } from '../ceremony/explain';
import type { Ports } from '../ceremony/ports';
import { lockedTokens } from '../files/locked-tokens';
import { version } from '../package.json';
import { RunbookError } from '../runbook-error';
import { profileOwner } from '../signin/profile-owner';
import { rememberingCodes, usedCodes } from '../signin/used-codes';
import type { CommandLine } from '../terminal/command-line';
import { isPlain } from '../terminal/plain';
import { StreamTerminal } from '../terminal/stream-terminal';
import type { Terminal } from '../terminal/terminal';
import type { Readers } from '../token/readers';
import { REMARK, Recording } from '../token/recording';
import { TracingTransport } from '../token/trace';
import type { Host } from './host';
import { withFile } from './named-file';
import { type CommonOptions, type Run, usageError } from './options';
import { stoppableAws, stoppableReaders } from './stoppable';

const TOOL = `mfa-runbook ${version}`;

/** Closing the reader may take this long. */
const CLOSE_MS = 3_000;
/** Only the person may read a recording. */
const PRIVATE = 0o600;

/** Opens ports, does the work with them, and closes the reader, whatever happens. */
export async function withPorts(
  { host, line }: Run,
  options: CommonOptions,
  work: (ports: Ports) => Promise<void>,
): Promise<void> {
  const terminal = openTerminal(host, options);
  const recording = await startRecording(host, options);
  const ports = openPorts({ host, line }, options, { terminal, recording });
  try {
    await work(ports);
  } catch (error) {
    const failure = await endOf(ports.readers, recording);
    if (failure !== undefined) {
      terminal.note(recordingLost(options, failure));
    }
    throw error;
  }
  const failure = await endOf(ports.readers, recording);
  if (failure !== undefined) {
    throw new RunbookError('disk/failed', recordingLost(options, failure), {
      hints: ['free disk space, and record the next command in a new file'],
      state: 'the command has done its work: only its recording is missing',
      cause: failure,
    });
  }
}

function openPorts(
  { host, line }: Pick<Run, 'host' | 'line'>,
  options: CommonOptions,
  { terminal, recording }: { readonly terminal: Terminal; readonly recording: Recording | undefined },
): Ports {
  const readers = stoppableReaders(host.openReaders(), host);
  const onTrace = traceOf(terminal, options, recording);
  const aws = openAws({ host, line }, options, terminal);
  return {
    aws,
    usedCodes: usedCodes(host),
    lockedTokens: lockedTokens(host.files, host.clock),
    readers,
    openSeedPhase: () =>
      host.openSeedPhase({
        aws,
        readers,
        signal: host.signal,
        onCall: (report) => tellCall(terminal, report),
        ...(onTrace === undefined ? {} : { onTrace }),
      }),
    journals: host.journals,
    trace: (transport) => (onTrace === undefined ? transport : new TracingTransport(transport, onTrace)),
    terminal,
    clock: host.clock,
    signal: host.signal,
    evidenceLog: host.evidenceLog(options.fleet),
    tool: TOOL,
    line,
  };
}

/** Opens AWS, by the operator's own code where the profile asks for one. */
function openAws(
  { host, line }: Pick<Run, 'host' | 'line'>,
  options: CommonOptions,
  terminal: Terminal,
): Aws {
  const settings = awsSettings(host, options, terminal);
  const { clock, files, privateFiles, env, signal } = host;
  const owner = profileOwner(
    {
      profile: options.profile,
      env,
      issuerWith: (credentials) => stoppableAws(host.connectSessions({ ...settings, credentials }), host),
      signal,
    },
    { terminal, canAsk: true, clock, files, privateFiles, line },
  );
  return rememberingCodes(stoppableAws(host.connectAws({ ...settings, owner }), host), host, (error) =>
    terminal.note(`cannot remember which codes were sent: ${messageOf(error)}`),
  );
}

/** Closes the reader, and ends the recording. @returns why the recording is not complete */
async function endOf(readers: Readers, recording: Recording | undefined): Promise<unknown> {
  // A reader that hangs or fails while it is closed must not hide the command's own result.
  await Promise.race([readers.close().catch(() => undefined), pause(CLOSE_MS, undefined, { ref: false })]);
  return recording?.end();
}

function recordingLost({ record }: CommonOptions, failure: unknown): string {
  return `the recording in ${record} is not complete: ${messageOf(failure)}`;
}

async function startRecording(
  { files, clock }: Host,
  { record }: CommonOptions,
): Promise<Recording | undefined> {
  if (record === undefined) {
    return undefined;
  }
  const file = await withFile(record, files.create(record, PRIVATE).catch(refuseExisting(record)));
  return new Recording(file, TOOL, clock.now());
}

function refuseExisting(path: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    if (error.code !== 'EEXIST') {
      throw error;
    }
    throw usageError(
      `${path} exists, and a recording replaces nothing`,
      'name another file, or delete that one',
    );
  };
}

/** Makes the receiver of a trace, for people and for the recording; nobody traces without one. */
function traceOf(
  terminal: Terminal,
  { traceApdu }: CommonOptions,
  recording: Recording | undefined,
): ((text: string) => void) | undefined {
  if (!traceApdu && recording === undefined) {
    return undefined;
  }
  return (text) => {
    recording?.add(text);
    if (traceApdu && !text.startsWith(REMARK)) {
      terminal.trace(text);
    }
  };
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

export function openTerminal(
  host: Host,
  { json, verbose, yes }: Pick<CommonOptions, 'json' | 'verbose' | 'yes'>,
): StreamTerminal {
  const live = host.live && !isPlain(host.env);
  return new StreamTerminal({
    writePeople: (text) => host.writePeople(text),
    writeData: (text) => host.writeData(text),
    columns: isPlain(host.env) ? undefined : (stream) => host.columns?.(stream),
    prompter: host.prompter,
    live,
    color: live && !host.env.NO_COLOR,
    json,
    verbose,
    yes,
  });
}

/** Collects profile, Region and clock for every connection to AWS. */
export function awsSettings(host: Host, { profile, region }: CommonOptions, terminal: Terminal): AwsSettings {
  // `aws` counts it before AWS_PROFILE, which the SDK alone knows.
  const named = profile ?? (host.env.AWS_DEFAULT_PROFILE || undefined);
  const inUse = region ?? host.env.AWS_REGION ?? host.env.AWS_DEFAULT_REGION;
  return {
    ...(inUse === undefined ? {} : { region: inUse }),
    ...(named === undefined ? {} : { profile: named }),
    env: host.env,
    onCall: (report) => tellCall(terminal, report),
    now: () => host.clock.now(),
  };
}

function tellCall(terminal: Terminal, { action, durationMs, outcome }: CallReport): void {
  terminal.detail(`aws ${action} ${outcome} ${durationMs.toFixed(0)} ms`);
}
