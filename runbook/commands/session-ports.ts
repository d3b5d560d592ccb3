/** Builds what a command works with from the options it was given and the host it runs on. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Aws, CallReport } from '../aws/aws';
import type { AwsSettings } from '../aws/session';
import type { Ports } from '../ceremony/ports';
import { version } from '../package.json';
import { StreamTerminal } from '../terminal/stream-terminal';
import type { Terminal } from '../terminal/terminal';
import { TracingTransport } from '../token/trace';
import type { Host } from './host';
import type { CommonOptions } from './options';

/** How long letting go of the reader may take. */
const CLOSE_MS = 3_000;

/** Ports that end with the command. */
export interface SessionPorts extends Ports {
  /** Lets go of the reader. */
  close(): Promise<void>;
}

/** The ports of one command. */
export function sessionPorts(host: Host, options: CommonOptions): SessionPorts {
  const terminal = openTerminal(host, options);
  const readers = host.openReaders();
  const aws = openAws(host, options, terminal);
  function onTrace(line: string): void {
    host.writePeople(`  ${line}\n`);
  }
  return {
    aws,
    readers,
    openSeedPhase: () =>
      host.openSeedPhase({
        aws,
        readers,
        onCall: (report) => tellCall(terminal, report),
        ...(options.traceApdu ? { onTrace } : {}),
      }),
    journals: host.journals,
    trace: (transport) => (options.traceApdu ? new TracingTransport(transport, onTrace) : transport),
    terminal,
    clock: host.clock,
    evidenceLog: host.evidenceLog(options.fleet),
    tool: `mfa-runbook ${version}`,
    close: async () => {
      // A reader that hangs or fails while it is let go must not hide what the command has to say.
      await Promise.race([
        readers.close().catch(() => undefined),
        pause(CLOSE_MS, undefined, { ref: false }),
      ]);
    },
  };
}

/** A terminal as the options say. */
export function openTerminal(host: Host, options: CommonOptions): Terminal {
  return new StreamTerminal({
    writePeople: (text) => host.writePeople(text),
    writeData: (text) => host.writeData(text),
    prompter: host.prompter,
    live: host.live,
    color: host.live && !host.env.NO_COLOR,
    json: options.json,
    verbose: options.verbose,
    yes: options.yes,
  });
}

/** What is said about AWS by the options and the environment. */
export function awsSettings(host: Host, options: CommonOptions, terminal: Terminal): AwsSettings {
  const region = options.region ?? host.env.AWS_REGION ?? host.env.AWS_DEFAULT_REGION;
  return {
    ...(region === undefined ? {} : { region }),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    onCall: (report) => tellCall(terminal, report),
    now: () => host.clock.now(),
  };
}

function openAws(host: Host, options: CommonOptions, terminal: Terminal): Aws {
  return host.connectAws({
    ...awsSettings(host, options, terminal),
    askMfaCode: (deviceArn) =>
      terminal.ask(
        {
          name: 'operator-code',
          message: `your own code, of the device ${deviceArn}`,
          check: (answer) => (/^\d{6}$/.test(answer) ? undefined : `a code is six digits, not "${answer}"`),
        },
        host.signal,
      ),
  });
}

function tellCall(terminal: Terminal, { action, durationMs, outcome }: CallReport): void {
  terminal.detail(`aws ${action} ${outcome} ${durationMs.toFixed(0)} ms`);
}
