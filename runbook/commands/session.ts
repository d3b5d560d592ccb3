/** `mfa-runbook session` */
import type { Command } from 'commander';
import { readDuration, SESSION_LIMITS } from '../signin/duration';
import { openSession } from '../signin/open-session';
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

/** How long a session lasts unless said otherwise. */
export const SESSION_DURATION = '12h';

/** The command line that opens a session and shows none of it. */
export function sessionCommand(options: SessionOptions): string {
  return `mfa-runbook session${formatSessionOptions(options)}${formatOptions(options)} --output none`;
}

/** Adds the command. */
export function addSession(program: Command, host: Host): void {
  const command = program
    .command('session')
    .summary('open a session with MFA for the command line')
    .description(
      'Opens a session of your own IAM user with a code (GetSessionToken), keeps it, and hands it to other programs.',
    )
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  $ eval "$(mfa-runbook session --profile alice)"',
        '  $ mfa-runbook session --profile alice --duration 8h --write-profile alice-mfa',
        '',
        'In ~/.aws/config, so that every program asks by itself (--profile names the profile of the long-term key;',
        'the code is typed beforehand, with --output none in a terminal):',
        '  [profile alice-mfa]',
        '  credential_process = mfa-runbook session --profile alice --output credential-process',
      ].join('\n'),
    );
  withOutputOptions(withSessionOptions(command, SESSION_DURATION)).action(async (options: OutputOptions) => {
    const durationSeconds = readDuration(options.duration ?? SESSION_DURATION, SESSION_LIMITS);
    await checkTarget(options.writeProfile, host);
    const source = await readSourceProfile(profileInUse(options.profile, host.env), host.env, host.files);
    const command = `mfa-runbook session${formatSessionOptions(options)}${formatCacheOptions(options)}${formatOptions(options)}${formatOutputOptions(options)}`;
    const world = sessionWorld(host, options, host.live || options.output !== 'credential-process');
    const session = await openSession(
      {
        role: undefined,
        durationSeconds,
        device: options.device,
        profileDevice: source.device,
        cache: cacheUse(options),
        command,
        openCommand: sessionCommand(options),
      },
      world,
      host.signal,
    );
    await handOut({ session, options, command }, host, world);
  });
}
