/** The command line: arguments in, exit code out. The only place that catches errors and prints them. */
import { Command, CommanderError, Help } from 'commander';
import { explain } from './ceremony/explain';
import { addAssume } from './commands/assume';
import { addBurn } from './commands/burn';
import { addDoctor } from './commands/doctor';
import { addProve, addResync } from './commands/drill';
import { addEnroll } from './commands/enroll';
import { addEvidence } from './commands/evidence';
import { addExec } from './commands/exec';
import type { Host } from './commands/host';
import { openTerminal } from './commands/open-ports';
import type { Run } from './commands/options';
import { addPlan } from './commands/plan';
import { addReplace } from './commands/replace';
import { addResume } from './commands/resume';
import { addRetire } from './commands/retire';
import { addSession } from './commands/session';
import { addToken } from './commands/token';
import { version } from './package.json';
import { asCancelled, RunbookError } from './runbook-error';
import { CommandLine, commonAfterCommand } from './terminal/command-line';
import { isReaderGone, lostOutputText, READER_GONE } from './terminal/data-output';
import type { StreamTerminal } from './terminal/stream-terminal';

/** The end of one command. */
interface Ended {
  readonly exitCode: number;
  /** The failure that was reported. */
  readonly failure?: RunbookError;
}

/**
 * Runs one command.
 *
 * @param given the words after the program's name
 * @returns the exit code: an ExitCode, or the exit code of the program that `exec` ran
 */
export async function run(given: readonly string[], host: Host): Promise<number> {
  const args = commonAfterCommand(given);
  const line = CommandLine.of(args);
  const { exitCode, failure } = await runCommand(args, host, line);
  const lost = await host.dataLost();
  if (lost === undefined) {
    return exitCode;
  }
  if (isReaderGone(lost)) {
    return exitCode === 0 ? READER_GONE : exitCode;
  }
  const terminal = openTerminal(host, { json: false, verbose: false, yes: false });
  const isOwnFailure = failure !== undefined && failure.code !== 'cancelled';
  if (isOwnFailure && ownArguments(args).includes('--json')) {
    report(failure, terminal); // its event was lost
  }
  report(lostOutput(lost, line, failure), terminal);
  return 1;
}

/** Says that nobody got the output, and what was done all the same. */
function lostOutput(lost: Error, line: CommandLine, failure: RunbookError | undefined): RunbookError {
  const state =
    failure === undefined ? 'the command has done its work: only its output is missing' : failure.state;
  return new RunbookError('disk/failed', lostOutputText(lost), {
    hints: ['free disk space or send the output elsewhere, then run `{command}` again'],
    cause: lost,
    ...(state === undefined ? {} : { state }),
  }).withCommand(line);
}

async function runCommand(args: readonly string[], host: Host, line: CommandLine): Promise<Ended> {
  let exitCode = 0;
  function exitWith(code: number): void {
    exitCode = code;
  }
  const root = program(args, { host, line, exitWith });
  try {
    await root.parseAsync([...args], { from: 'user' });
    return { exitCode };
  } catch (error) {
    const own = ownArguments(args);
    const failure =
      error instanceof CommanderError
        ? usageFailure(error, commandOf(root, own))
        : explain(asCancelled(error, host.signal), line);
    if (typeof failure === 'number') {
      return { exitCode: failure };
    }
    const verbose = own.includes('--verbose');
    const terminal = openTerminal(host, { json: own.includes('--json'), verbose, yes: false });
    report(failure, terminal);
    if (failure.code === 'internal' && error instanceof Error) {
      terminal.detail(error.stack ?? '');
    }
    return { exitCode: failure.exitCode, failure };
  }
}

/** Leaves out the arguments of the program that `exec` runs. */
function ownArguments(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return end < 0 ? args : args.slice(0, end);
}

/** Every command, in the order of a token's life. */
const COMMANDS: readonly (readonly [name: string, add: (program: Command, run: Run) => void])[] = [
  ['doctor', addDoctor],
  ['token', addToken],
  ['plan', addPlan],
  ['enroll', addEnroll],
  ['burn', addBurn],
  ['resume', addResume],
  ['prove', addProve],
  ['resync', addResync],
  ['replace', addReplace],
  ['retire', addRetire],
  ['session', addSession],
  ['assume', addAssume],
  ['exec', addExec],
  ['evidence', addEvidence],
];

export function program(args: readonly string[], run: Run): Command {
  const { host } = run;
  const command = new Command('mfa-runbook')
    .description(
      'Hardware TOTP tokens as AWS MFA devices, from enrollment to retirement, checked against the deployed record.',
    )
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.writeData(text),
      writeErr: (text) => host.writePeople(text),
      // `report` prints it like every other error.
      outputError: () => undefined,
    })
    .showHelpAfterError(false)
    .configureHelp({
      // A flag is off unless it is given: the help need not say so.
      optionDescription: (option) =>
        option.defaultValue === false ? option.description : new Help().optionDescription(option),
    })
    .hook('preAction', (_, called) => {
      if (called.opts().reader === undefined && host.env.MFA_RUNBOOK_READER) {
        called.setOptionValueWithSource('reader', host.env.MFA_RUNBOOK_READER, 'env');
      }
    })
    .addHelpText(
      'after',
      [
        '',
        'Options that most commands take (--fleet, --profile, --region, --reader, --json, --yes, --verbose, --trace-apdu)',
        'may also stand before the command, which ignores those that it has no use for.',
        'Exit codes: 0 done, 1 failed, 2 usage, 3 a person must decide, 130 cancelled.',
        'Messages for people go to stderr, data to stdout. Without a terminal, answers are read from stdin, one per line.',
      ].join('\n'),
    );
  const add = COMMANDS.find(([name]) => name === args[0])?.[1];
  // Describing fourteen commands takes some milliseconds, so only help and mistakes get all of them.
  for (const addOne of add === undefined ? COMMANDS.map(([, each]) => each) : [add]) {
    addOne(command, run);
  }
  return command;
}

/** Turns an error of the parser into ours, or into an exit code if it has already been printed. */
function usageFailure(error: CommanderError, command: readonly string[]): RunbookError | 0 | 2 {
  if (error.exitCode === 0) {
    return 0;
  }
  if (error.code === 'commander.help') {
    return 2;
  }
  return new RunbookError('usage', inOurVoice(error.message), {
    hints: [`run \`${['mfa-runbook', ...command, '--help'].join(' ')}\``],
    exitCode: 2,
  });
}

/** Makes it lower case, without a final period, on one line. */
function inOurVoice(message: string): string {
  return message
    .replace(/^error: /, '')
    .replace(/\n/g, ' ')
    .replace('. Allowed choices are', ': allowed choices are')
    .replace('(Did you mean', '(did you mean')
    .replace(/\.$/, '');
}

/** Finds the names of the command that the arguments call, as far as they name one. */
function commandOf(root: Command, args: readonly string[]): readonly string[] {
  const [name, ...rest] = args;
  const next = root.commands.find((each) => each.name() === name);
  return next === undefined ? [] : [next.name(), ...commandOf(next, rest)];
}

function report({ code, message, hints, state }: RunbookError, terminal: StreamTerminal): void {
  terminal.event('error', { code, message, hints, state });
  terminal.failure(
    [
      `error: ${message}`,
      ...hints.map((hint) => `hint: ${hint}`),
      ...(state === undefined ? [] : [`state: ${state}`]),
    ].map((text) => `mfa-runbook: ${text}`),
  );
}
