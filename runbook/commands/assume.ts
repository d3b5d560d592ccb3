/** `mfa-runbook assume ROLE_ARN` */
import type { Command } from 'commander';
import { type OutputOptions, openAndHandOut, withOutputOptions } from './hand-out';
import { parseRole, ROLE_DURATION, withRoleOptions, withSessionOptions } from './open-for';
import { type Run, withExamples } from './options';

export function addAssume(program: Command, run: Run): void {
  const command = program
    .command('assume')
    .summary('assume a role with MFA, in this account or another')
    .description(
      'Assumes a role with a code (AssumeRole), keeps the session for the next command, and prints it for other programs.',
    )
    .argument('<role-arn>', 'ARN of the role', parseRole);
  withExamples(
    command,
    'eval "$(mfa-runbook assume arn:aws:iam::111122223333:role/break-glass --profile alice)"',
    'mfa-runbook assume arn:aws:iam::111122223333:role/audit --duration 15m --write-profile audit',
  ).addHelpText(
    'after',
    [
      '',
      'In ~/.aws/config (--profile names the profile of the long-term key):',
      '  [profile break-glass]',
      '  credential_process = mfa-runbook assume ROLE_ARN --profile alice --output credential-process',
    ].join('\n'),
  );
  withOutputOptions(withRoleOptions(withSessionOptions(command, ROLE_DURATION))).action(
    async (roleArn: string, options: OutputOptions) => openAndHandOut(run, options, roleArn),
  );
}
