/** `mfa-runbook session` */
import type { Command } from 'commander';
import { type OutputOptions, openAndHandOut, withOutputOptions } from './hand-out';
import { SESSION_DURATION, withSessionOptions } from './open-for';
import { type Run, withExamples } from './options';

export function addSession(program: Command, run: Run): void {
  const command = program
    .command('session')
    .summary('open a session with MFA for the command line')
    .description(
      'Opens a session of your own IAM user with a code (GetSessionToken), keeps it for the next command, and prints it for other programs. It is for people who have a long-term access key. Without one, sign in by `aws login` (AWS CLI 2.32 or later), then open a role with `mfa-runbook assume`.',
    );
  withExamples(
    command,
    'eval "$(mfa-runbook session --profile alice)"',
    'mfa-runbook session --profile alice --duration 8h --write-profile alice-mfa',
  ).addHelpText(
    'after',
    [
      '',
      'In ~/.aws/config, so that every program gets it (--profile names the profile of the long-term key;',
      'type the code beforehand, with --output none in a terminal):',
      '  [profile alice-mfa]',
      '  credential_process = mfa-runbook session --profile alice --output credential-process',
    ].join('\n'),
  );
  withOutputOptions(withSessionOptions(command, SESSION_DURATION)).action(async (options: OutputOptions) =>
    openAndHandOut(run, options),
  );
}
