/** The profile whose long-term key opens the session: what it says of its owner's device, and why it may not do. */
import type { Files } from '../files/files';
import { RunbookError } from '../runbook-error';
import { readConfigProfile, readCredentialsProfile } from './shared-files';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where `aws` and the SDKs keep a file of theirs. */
function sharedFile(env: Environment, variable: string, name: string): string {
  return env[variable] ?? `${env.HOME ?? env.USERPROFILE ?? ''}/.aws/${name}`;
}

/** `~/.aws/config`, or where AWS_CONFIG_FILE says. */
export function configFile(env: Environment): string {
  return sharedFile(env, 'AWS_CONFIG_FILE', 'config');
}
/** `~/.aws/credentials`, or where AWS_SHARED_CREDENTIALS_FILE says. */
export function credentialsFile(env: Environment): string {
  return sharedFile(env, 'AWS_SHARED_CREDENTIALS_FILE', 'credentials');
}

/** The profile in use; none where a key of the environment counts. */
export function profileInUse(named: string | undefined, env: Environment): string | undefined {
  const profile = named ?? env.AWS_PROFILE;
  if (profile !== undefined && profile !== '') {
    return profile;
  }
  return env.AWS_ACCESS_KEY_ID === undefined ? 'default' : undefined;
}

/** A profile that can open sessions. */
export interface SourceProfile {
  /** `mfa_serial` */
  readonly device: string | undefined;
}

/**
 * Reads a profile, and refuses one that would ask this very program, or assume a role before anything else.
 *
 * @throws RunbookError `session/source-profile`
 */
export async function readSourceProfile(
  profile: string | undefined,
  env: Environment,
  files: Files,
): Promise<SourceProfile> {
  if (profile === undefined) {
    return { device: undefined };
  }
  const settings = readConfigProfile((await files.read(configFile(env))) ?? '', profile);
  if (settings.role_arn !== undefined) {
    throw refused(profile, `assumes ${settings.role_arn}`, settings.source_profile);
  }
  const asksUs = settings.credential_process !== undefined && /mfa-runbook/.test(settings.credential_process);
  if (asksUs) {
    const keys = readCredentialsProfile((await files.read(credentialsFile(env))) ?? '', profile);
    // With a key of its own the process is never asked.
    if (!('aws_access_key_id' in keys)) {
      throw refused(profile, 'gets its credentials from mfa-runbook itself', undefined);
    }
  }
  return { device: settings.mfa_serial };
}

function refused(profile: string, why: string, source: string | undefined): RunbookError {
  return new RunbookError(
    'session/source-profile',
    `profile ${profile} ${why}, it holds no key to open a session with`,
    {
      hints: [
        `pass --profile ${source ?? 'NAME'}: the profile that holds your long-term access key, in credential_process lines too`,
      ],
      state: 'no session was opened, no code was sent',
    },
  );
}
