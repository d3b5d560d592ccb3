/** The command line: arguments in, exit code out. The only place that catches errors and says them. */
import { Command, CommanderError, Help } from 'commander';
import { explain } from './ceremony/explain';
import { addAssume } from './commands/assume';
import { addDoctor } from './commands/doctor';
import { addProve, addResync } from './commands/drill';
import { addEnroll } from './commands/enroll';
import { addEvidence } from './commands/evidence';
import { addExec } from './commands/exec';
import type { Host } from './commands/host';
import { addPlan } from './commands/plan';
import { addReplace } from './commands/replace';
import { addResume } from './commands/resume';
import { addRetire } from './commands/retire';
import { addSession } from './commands/session';
import { addTokenInfo } from './commands/token-info';
import { version } from './package.json';
import { type ExitCode, RunbookError } from './runbook-error';

/**
 * Runs one command.
 *
 * @param args what follows the program's name
 * @returns the exit code: an ExitCode, or of `exec` that of the program it ran
 */
export async function run(args: readonly string[], host: Host): Promise<number> {
  let exitCode = 0;
  const onExit: OnExit = (code) => {
    exitCode = code;
  };
  const root = program(args, host, onExit);
  try {
    await root.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    const own = ownArguments(args);
    if (error instanceof CommanderError) {
      return usage(error, commandOf(root, own), own.includes('--json'), host);
    }
    const failure = explain(error, { command: ['mfa-runbook', ...args].join(' ') });
    report(failure, own.includes('--json'), host);
    if (failure.code === 'internal' && own.includes('--verbose') && error instanceof Error) {
      host.writePeople(`${error.stack ?? ''}\n`);
    }
    return failure.exitCode;
  }
}

/** Without those of the program that `exec` runs. */
function ownArguments(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return end < 0 ? args : args.slice(0, end);
}

type OnExit = (exitCode: number) => void;

/** Every command, in the order of a token's life. */
const COMMANDS: readonly (readonly [
  name: string,
  add: (program: Command, host: Host, onExit: OnExit) => void,
])[] = [
  ['doctor', addDoctor],
  ['token', addTokenInfo],
  ['plan', addPlan],
  ['enroll', addEnroll],
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

/** @param onExit takes the exit code of the program that `exec` runs */
export function program(args: readonly string[], host: Host, onExit: OnExit): Command {
  const command = new Command('mfa-runbook')
    .description(
      'Hardware TOTP tokens as AWS MFA devices, from enrolment to retirement, checked against the deployed record.',
    )
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.writeData(text),
      writeErr: (text) => host.writePeople(text),
      // Said by `usage`, in the voice of every other error.
      outputError: () => undefined,
    })
    .showHelpAfterError(false)
    .configureHelp({
      // A flag that is not given is off: that needs no saying.
      optionDescription: (option) =>
        option.defaultValue === false ? option.description : new Help().optionDescription(option),
    })
    .addHelpText(
      'after',
      [
        '',
        'Exit codes: 0 done, 1 failed, 2 usage, 3 a person must decide, 130 cancelled.',
        "People's text goes to stderr, data to stdout. Without a terminal, answers are read one per line from stdin.",
      ].join('\n'),
    );
  const add = COMMANDS.find(([name]) => name === args[0])?.[1];
  // One of them alone, because thirteen take some milliseconds to describe; all of them for help and for a mistake.
  if (add !== undefined) {
    add(command, host, onExit);
  } else {
    for (const [, addOne] of COMMANDS) {
      addOne(command, host, onExit);
    }
  }
  return command;
}

/** @param command the names of the command that was called; none where it is not known */
function usage(error: CommanderError, command: readonly string[], json: boolean, host: Host): ExitCode {
  if (error.exitCode === 0) {
    return 0;
  }
  if (error.code === 'commander.help') {
    return 2;
  }
  const hints = [`run \`${['mfa-runbook', ...command, '--help'].join(' ')}\``];
  report(new RunbookError('usage', inOurVoice(error.message), { hints }), json, host);
  return 2;
}

/** Lower case, no final period, one line. */
function inOurVoice(message: string): string {
  return message
    .replace(/^error: /, '')
    .replace(/\n/g, ' ')
    .replace('. Allowed choices are', ': allowed choices are')
    .replace('(Did you mean', '(did you mean')
    .replace(/\.$/, '');
}

/** As far as the arguments name a command, and one of its own. */
function commandOf(root: Command, args: readonly string[]): readonly string[] {
  const names: string[] = [];
  let command = root;
  for (const name of args) {
    const next = command.commands.find((each) => each.name() === name);
    if (next === undefined) {
      break;
    }
    names.push(name);
    command = next;
  }
  return names;
}

function report(failure: RunbookError, json: boolean, host: Host): void {
  const { code, message, hints, state } = failure;
  if (json) {
    host.writeData(`${JSON.stringify({ event: 'error', code, message, hints, state })}\n`);
    return;
  }
  const lines = [
    `error: ${message}`,
    ...hints.map((hint) => `hint: ${hint}`),
    ...(state === undefined ? [] : [`state: ${state}`]),
  ];
  for (const line of lines) {
    host.writePeople(`mfa-runbook: ${line}\n`);
  }
}
