/** The profile whose long-term key opens the session. */
import type { Files } from '../files/files';
import { RunbookError } from '../runbook-error';
import { checkProfile } from './profile-causes';
import { readCredentialsProfiles, readProfiles } from './shared-lines';
import { type Environment, readSharedTexts } from './shared-texts';

/** Names the profile in use; none if the environment holds a key and names no profile. */
export function profileInUse(named: string | undefined, env: Environment): string | undefined {
  const profile = named || env.AWS_DEFAULT_PROFILE || env.AWS_PROFILE;
  if (profile) {
    return profile;
  }
  return env.AWS_ACCESS_KEY_ID === undefined ? 'default' : undefined;
}

/**
 * Reads the device of a profile (`mfa_serial`); refuses a profile that would call this program, that assumes a role, or
 * that gives no credentials.
 *
 * @throws RunbookError `session/source-profile`, `profile/…`
 */
export async function readSourceProfile(
  profile: string | undefined,
  env: Environment,
  files: Files,
): Promise<{ readonly device: string | undefined }> {
  if (profile === undefined) {
    return { device: undefined };
  }
  const texts = await readSharedTexts(env, files);
  const settings = readProfiles(texts).get(profile);
  const role = settings?.get('role_arn');
  if (role !== undefined) {
    throw refused(profile, `assumes ${role}`, settings?.get('source_profile'));
  }
  // With a key in the credentials file, the process is never started.
  const hasKey = readCredentialsProfiles(texts.credentials).get(profile)?.has('aws_access_key_id') === true;
  if (settings?.get('credential_process')?.includes('mfa-runbook') && !hasKey) {
    throw refused(profile, 'gets its credentials from mfa-runbook', undefined);
  }
  try {
    checkProfile(profile, texts, env);
  } catch (error) {
    throw error instanceof RunbookError ? error.withState('no session was opened, no code was sent') : error;
  }
  return { device: settings?.get('mfa_serial') };
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
