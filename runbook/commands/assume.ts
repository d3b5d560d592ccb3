/** `mfa-runbook assume ROLE_ARN` */
import type { Command } from 'commander';
import { RunbookError } from '../runbook-error';
import { ROLE_LIMITS, readDuration } from '../signin/duration';
import { openSession } from '../signin/open-session';
import type { SessionRequest } from '../signin/ports';
import { profileInUse, readSourceProfile } from '../signin/source-profile';
import type { Host } from './host';
import { formatOptions } from './options';
import {
  cacheUse,
  checkTarget,
  formatCacheOptions,
  formatOutputOptions,
  formatSessionOptions,
  handOut,
  type OutputOptions,
  type SessionOptions,
  sessionWorld,
  withOutputOptions,
  withSessionOptions,
} from './session-options';

/** How long the session of a role lasts unless said otherwise: what every role allows. */
export const ROLE_DURATION = '1h';

/** What the options of a role parse to. */
export interface RoleOptions {
  readonly externalId?: string;
  readonly sessionName?: string;
}

/** Adds what the assuming of a role takes. */
export function withRoleOptions(command: Command): Command {
  return command
    .option('--external-id <id>', 'what the trust of the role asks for beside you')
    .option('--session-name <name>', 'the name in CloudTrail (default: your user name)');
}

/** As they were given, for a command line in a hint. */
export function formatRoleOptions({ externalId, sessionName }: RoleOptions): string {
  return [
    externalId === undefined ? '' : ` --external-id ${externalId}`,
    sessionName === undefined ? '' : ` --session-name ${sessionName}`,
  ].join('');
}

const ROLE_ARN = /^arn:aws[a-z0-9-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;

/**
 * The role, held against what STS takes.
 *
 * @throws RunbookError `usage`
 */
export function readRole(arn: string, options: RoleOptions): NonNullable<SessionRequest['role']> {
  function refuse(message: string, hint: string): RunbookError {
    return new RunbookError('usage', message, { hints: [hint], exitCode: 2 });
  }
  if (!ROLE_ARN.test(arn)) {
    throw refuse(
      `"${arn}" is not the ARN of a role`,
      'write it like arn:aws:iam::111122223333:role/break-glass',
    );
  }
  const { externalId, sessionName } = options;
  if (externalId !== undefined && !/^[\w+=,.@:/-]{2,1224}$/.test(externalId)) {
    throw refuse(
      `"${externalId}" is not an external ID`,
      'use 2 to 1,224 of: letters, digits, _ + = , . @ : / -',
    );
  }
  if (sessionName !== undefined && !/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
    throw refuse(`"${sessionName}" is not a session name`, 'use 2 to 64 of: letters, digits, _ + = , . @ -');
  }
  return { arn, externalId, sessionName };
}

/** The command line that assumes a role and shows nothing of its session. */
export function assumeCommand(roleArn: string, options: RoleOptions & SessionOptions): string {
  return `mfa-runbook assume ${roleArn}${formatRoleOptions(options)}${formatSessionOptions(options)}${formatOptions(options)} --output none`;
}

/** Adds the command. */
export function addAssume(program: Command, host: Host): void {
  const command = program
    .command('assume')
    .summary('assume a role with MFA, in this account or another')
    .description(
      'Assumes a role with a code (AssumeRole), keeps the session, and hands it to other programs.',
    )
    .argument('<role-arn>', 'ARN of the role')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  $ eval "$(mfa-runbook assume arn:aws:iam::111122223333:role/break-glass --profile alice)"',
        '  $ mfa-runbook assume arn:aws:iam::111122223333:role/audit --duration 15m --write-profile audit',
        '',
        'In ~/.aws/config (--profile names the profile of the long-term key):',
        '  [profile break-glass]',
        '  credential_process = mfa-runbook assume ROLE_ARN --profile alice --output credential-process',
      ].join('\n'),
    );
  withOutputOptions(withRoleOptions(withSessionOptions(command, ROLE_DURATION))).action(
    async (roleArn: string, options: OutputOptions & RoleOptions) => {
      const role = readRole(roleArn, options);
      const durationSeconds = readDuration(options.duration ?? ROLE_DURATION, ROLE_LIMITS);
      await checkTarget(options.writeProfile, host);
      const source = await readSourceProfile(profileInUse(options.profile, host.env), host.env, host.files);
      const command = `mfa-runbook assume ${roleArn}${formatRoleOptions(options)}${formatSessionOptions(options)}${formatCacheOptions(options)}${formatOptions(options)}${formatOutputOptions(options)}`;
      const world = sessionWorld(host, options, host.live || options.output !== 'credential-process');
      const session = await openSession(
        {
          role,
          durationSeconds,
          device: options.device,
          profileDevice: source.device,
          cache: cacheUse(options),
          command,
          openCommand: assumeCommand(roleArn, options),
        },
        world,
        host.signal,
      );
      await handOut({ session, options, command }, host, world);
    },
  );
}
