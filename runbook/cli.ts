/** The command line: arguments in, exit code out. The only place that catches errors and says them. */
import { Command, CommanderError } from 'commander';
import { addDoctor } from './commands/doctor';
import { addEnroll } from './commands/enroll';
import { addEvidence } from './commands/evidence';
import { addPlan } from './commands/plan';
import { addResume } from './commands/resume';
import { addTokenInfo } from './commands/token-info';
import { explain } from './flow/explain';
import type { Host } from './host';
import { version } from './package.json';
import { type ExitCode, RunbookError } from './runbook-error';

/**
 * Runs one command.
 *
 * @param args what follows the program's name
 */
export async function run(args: readonly string[], host: Host): Promise<ExitCode> {
  try {
    await program(host).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return usage(error, args.includes('--json'), host);
    const failure = explain(error, { command: ['mfa-runbook', ...args].join(' ') });
    report(failure, args.includes('--json'), host);
    if (failure.code === 'internal' && args.includes('--verbose') && error instanceof Error) {
      host.writePeople(`${error.stack ?? ''}\n`);
    }
    return failure.exitCode;
  }
}

function program(host: Host): Command {
  const command = new Command('mfa-runbook')
    .description(
      'Enrols hardware TOTP tokens as AWS MFA devices, and checks everything against the deployed record.',
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
    .addHelpText(
      'after',
      [
        '',
        'Exit codes: 0 done, 1 failed, 2 usage, 3 a person must decide, 130 cancelled.',
        'People’s text goes to stderr, data to stdout. Without a terminal, answers are read one per line from stdin.',
      ].join('\n'),
    );
  addDoctor(command, host);
  addTokenInfo(command, host);
  addEnroll(command, host);
  addResume(command, host);
  addEvidence(command, host);
  addPlan(command, host);
  return command;
}

function usage(error: CommanderError, json: boolean, host: Host): ExitCode {
  if (error.exitCode === 0) return 0;
  if (error.code === 'commander.help') return 2;
  const message = error.message.replace(/^error: /, '').replace(/\n/g, ' ');
  report(new RunbookError('usage', message, { hints: ['run `mfa-runbook --help`'] }), json, host);
  return 2;
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
  for (const line of lines) host.writePeople(`mfa-runbook: ${line}\n`);
}
