/** The profile whose long-term key opens the session. */
import type { Files } from '../files/files';
import { RunbookError } from '../runbook-error';
import { readConfigProfile, readCredentialsProfile } from './shared-files';

type Environment = Readonly<Record<string, string | undefined>>;

function sharedFile(env: Environment, variable: string, name: string): string {
  return env[variable] ?? `${env.HOME ?? env.USERPROFILE ?? ''}/.aws/${name}`;
}

/** Returns the path of `~/.aws/credentials`, or AWS_SHARED_CREDENTIALS_FILE. */
export function credentialsFile(env: Environment): string {
  return sharedFile(env, 'AWS_SHARED_CREDENTIALS_FILE', 'credentials');
}

/** Names the profile in use; none if the environment holds a key and names no profile. */
export function profileInUse(named: string | undefined, env: Environment): string | undefined {
  const profile = named ?? env.AWS_PROFILE;
  if (profile !== undefined && profile !== '') {
    return profile;
  }
  return env.AWS_ACCESS_KEY_ID === undefined ? 'default' : undefined;
}

/**
 * Reads the device of a profile (`mfa_serial`); refuses a profile that would call this program, or that assumes a role.
 *
 * @throws RunbookError `session/source-profile`
 */
export async function readSourceProfile(
  profile: string | undefined,
  env: Environment,
  files: Files,
): Promise<{ readonly device: string | undefined }> {
  if (profile === undefined) {
    return { device: undefined };
  }
  const settings = readConfigProfile(
    (await files.read(sharedFile(env, 'AWS_CONFIG_FILE', 'config'))) ?? '',
    profile,
  );
  if (settings.role_arn !== undefined) {
    throw refused(profile, `assumes ${settings.role_arn}`, settings.source_profile);
  }
  const asksUs = settings.credential_process !== undefined && /mfa-runbook/.test(settings.credential_process);
  if (asksUs) {
    const keys = readCredentialsProfile((await files.read(credentialsFile(env))) ?? '', profile);
    // With a key in the credentials file, the process is never started.
    if (!('aws_access_key_id' in keys)) {
      throw refused(profile, 'gets its credentials from mfa-runbook', undefined);
    }
  }
  return { device: settings.mfa_serial };
}

function refused(profile: string, why: string, source: string | undefined): RunbookError {
  return new RunbookError(
    'session/source-profile',
    `profile ${profile} ${why}, so it holds no key to open a session with`,
    {
      hints: [
        `pass --profile ${source ?? 'NAME'}: the profile that holds your long-term access key (in credential_process lines, too)`,
      ],
      state: 'no session was opened, no code was sent',
    },
  );
}
