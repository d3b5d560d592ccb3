/**
 * The person whose profile the ceremonies work with: opens the session of the role that it names, with a code of their own
 * device, and keeps it for the next command.
 */
import type { AccessKey } from '../aws/aws';
import type { ProfileOwner, RoleOfProfile } from '../aws/credential-chain';
import type { RoleRequest, SessionIssuer, TemporaryCredentials } from '../aws/session-issuer';
import { RunbookError } from '../runbook-error';
import { callRole, sessionNameOf } from './call-role';
import { checkProfile, explainEnvironment, explainSource } from './profile-causes';
import { cachePath, formatCached, parseCached } from './session-cache';
import { explainSession } from './session-errors';
import { type Environment, readSharedTexts } from './shared-texts';
import type { SignIn } from './sign-in';
import { profileInUse } from './source-profile';
import { submitCode } from './submit-code';

/** Everything that opening the session needs. */
interface OwnerSettings {
  readonly profile: string | undefined;
  readonly env: Environment;
  /** Connects with the credentials that the role is assumed with. */
  readonly issuerWith: (source: AccessKey) => SessionIssuer;
  readonly signal: AbortSignal;
}

export function profileOwner(
  settings: OwnerSettings,
  signIn: Omit<SignIn, 'issuer' | 'issuerWith'>,
): ProfileOwner {
  return {
    check: async () => {
      const profile = profileInUse(settings.profile, settings.env);
      if (profile !== undefined) {
        checkProfile(profile, await readSharedTexts(settings.env, signIn.files), settings.env);
      }
    },
    explain: async (error) => {
      const profile = profileInUse(settings.profile, settings.env);
      if (error instanceof RunbookError) {
        return error;
      }
      const texts = await readSharedTexts(settings.env, signIn.files);
      const ofProfile = profile === undefined ? undefined : explainSource(profile, texts, error);
      return ofProfile ?? explainEnvironment(settings.env, error) ?? error;
    },
    assumeRole: async (source, role, leastMs) => {
      try {
        return await open(source, role, { settings, signIn, leastMs });
      } catch (error) {
        throw explainSession(error, signIn.line);
      }
    },
  };
}

/** The means to open a session. */
interface Opening {
  readonly settings: OwnerSettings;
  readonly signIn: Omit<SignIn, 'issuer' | 'issuerWith'>;
  readonly leastMs: number;
}

async function open(
  source: AccessKey,
  role: RoleOfProfile,
  { settings, signIn, leastMs }: Opening,
): Promise<TemporaryCredentials> {
  const { deviceArn, durationSeconds } = role;
  checkDevice(deviceArn);
  const { roleArn: arn, externalId, sessionName } = role;
  const file = cachePath(signIn.files.cacheFolder, {
    accessKeyId: source.accessKeyId,
    role: { arn, externalId, sessionName },
    deviceArn,
    durationSeconds,
  });
  const kept = parseCached((await signIn.privateFiles.read(file)) ?? '');
  if (kept !== undefined && kept.expiresAt.getTime() - signIn.clock.now() >= leastMs) {
    return kept;
  }
  const issuer = settings.issuerWith(source);
  const identity = await issuer.identity();
  const call: RoleRequest = {
    mfa: undefined,
    roleArn: arn,
    sessionName: sessionName ?? sessionNameOf(identity.arn),
    durationSeconds,
    ...(externalId === undefined ? {} : { externalId }),
  };
  const opened =
    deviceArn === undefined
      ? await callRole(issuer, call, identity)
      : await submitCode(
          {
            device: { arn: deviceArn, enabledAt: undefined },
            callerArn: identity.arn,
            clockOffsetMs: identity.clockOffsetMs ?? 0,
            prompt: { name: 'operator-code', message: `code of your own device ${deviceArn}` },
            send: (mfa) => callRole(issuer, { ...call, mfa }, identity),
          },
          { ...signIn, issuer, issuerWith: settings.issuerWith },
          settings.signal,
        );
  // A full disk does not cost a session that is already open.
  await signIn.privateFiles.write(file, formatCached(opened)).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    signIn.terminal.note(`cannot keep the session for the next command: ${reason}`);
  });
  return opened;
}

/** Refuses what can be no device of a profile before a code is asked for. */
function checkDevice(device: string | undefined): void {
  if (device !== undefined && /:(?:u2f|fido)\//.test(device)) {
    throw new RunbookError(
      'session/fido',
      `mfa_serial is ${device}, a FIDO key or passkey, which works in a browser only`,
      { hints: ['set mfa_serial to a device that shows codes, then run `{command}` again'] },
    );
  }
  // AWS's own tokens are named by the serial that is printed on them, which has letters.
  if (device !== undefined && !/^arn:aws[a-z-]*:iam::\d{12}:mfa\/|^(?=.*[A-Z])[A-Z0-9]{9,32}$/.test(device)) {
    throw new RunbookError('session/no-device', `mfa_serial is ${device}, which is not the ARN of a device`, {
      hints: [
        'set mfa_serial to the ARN that `aws iam list-mfa-devices` lists as SerialNumber, then run `{command}` again',
      ],
    });
  }
}
