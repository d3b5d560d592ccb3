/**
 * Resolves the credentials of a connection.
 *
 * Rules: the SDK gets credentials without an end, so that it never renews them by itself, in the background and with a
 * prompt. Those that need a person are renewed only when the caller says so; others when they are about to end.
 */
import type { AccessKey } from './aws';
import { toCredentialFault } from './faults';
import type { TemporaryCredentials } from './session-issuer';

/** The call that a profile describes: `role_arn` and what belongs to it. */
export interface RoleOfProfile {
  readonly roleArn: string;
  /** Absent if the profile names none. */
  readonly sessionName: string | undefined;
  readonly externalId: string | undefined;
  readonly durationSeconds: number;
  /** `mfa_serial` */
  readonly deviceArn: string | undefined;
}

/** The person whose profile it is. */
export interface ProfileOwner {
  /** Checks the profile before the SDK is asked. @throws Error with the cause */
  check(): Promise<void>;
  /** Finds the cause of a failure of the SDK, as a thing that a person can act on; returns any other error as it is. */
  explain(error: unknown): Promise<unknown>;
  /** Opens a session of a role, or finds one that is kept and lasts `leastMs`. */
  assumeRole(source: AccessKey, role: RoleOfProfile, leastMs: number): Promise<TemporaryCredentials>;
}

/** The settings of a connection that decide its credentials. */
export interface CredentialSettings {
  readonly region?: string;
  readonly profile?: string;
  /** The person whose profile it is, who assumes its role with a code. */
  readonly owner?: ProfileOwner;
  /** Returns Unix milliseconds. */
  readonly now: () => number;
}

type Sdk = Pick<typeof import('./sdk'), 'defaultProvider'>;
type RequestHandler = InstanceType<typeof import('./sdk')['NodeHttpHandler']>;

/** Credentials that end sooner are renewed, if that needs nobody. */
const LEAST_MS = 5 * 60_000;
/** A ceremony begins with credentials that last this long: a token takes some minutes. */
const CEREMONY_MS = 10 * 60_000;

/** The credentials that were resolved last. */
interface Resolved {
  readonly key: AccessKey;
  readonly endsAtMs: number | undefined;
  readonly isPersonal: boolean;
}

/** Returns the credentials of one connection; the SDK asks at each request. */
interface CredentialChain {
  (): Promise<AccessKey>;
  /** Renews the credentials if they end during a ceremony, which may ask a person for a code. */
  renew(): Promise<void>;
}

/** The parameters with which the SDK wants a role assumed. */
interface SdkRole {
  readonly RoleArn?: string | undefined;
  readonly RoleSessionName?: string | undefined;
  readonly ExternalId?: string | undefined;
  readonly DurationSeconds?: number | undefined;
  readonly SerialNumber?: string | undefined;
}

/** The SDK would otherwise print warnings on standard error, even for people who set nothing that it warns of. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {}, trace() {} };

/** @param requestHandler sends the calls of the chain itself, of STS and of single sign-on */
export function credentialChain(
  settings: CredentialSettings,
  sdk: Sdk,
  requestHandler: RequestHandler,
): CredentialChain {
  let resolving: Promise<Resolved> | undefined;
  function current(): Promise<Resolved> {
    resolving ??= resolve(settings, sdk, requestHandler).catch((error: unknown) => {
      resolving = undefined;
      throw error;
    });
    return resolving;
  }
  function endsWithin(leastMs: number, { endsAtMs }: Resolved): boolean {
    return endsAtMs !== undefined && endsAtMs - settings.now() < leastMs;
  }
  async function forCall(): Promise<Resolved> {
    const before = await current();
    if (endsWithin(LEAST_MS, before) && !before.isPersonal) {
      // The old credentials are valid for a while, which is better than nothing.
      resolving = resolve(settings, sdk, requestHandler).catch(() => before);
    }
    return current();
  }
  let renewing: Promise<Resolved> | undefined;
  async function renew(): Promise<void> {
    if (!endsWithin(CEREMONY_MS, await current())) {
      return;
    }
    // Calls use the old credentials until then: one that carries codes must not wait until somebody has found their phone.
    renewing ??= resolve(settings, sdk, requestHandler).finally(() => {
      renewing = undefined;
    });
    resolving = Promise.resolve(await renewing);
  }
  return Object.assign(async () => (await forCall()).key, {
    // With this, the SDK asks each time instead of keeping what it got.
    memoized: true,
    renew,
  });
}

async function resolve(
  settings: CredentialSettings,
  { defaultProvider }: Sdk,
  requestHandler: RequestHandler,
): Promise<Resolved> {
  const { profile, region, owner } = settings;
  const inner = { requestHandler, ...(region === undefined ? {} : { region }) };
  let isPersonal = false;
  async function roleAssumer(source: AccessKey, role: SdkRole) {
    const { accessKeyId, secretAccessKey, sessionToken } = source;
    isPersonal ||= role.SerialNumber !== undefined;
    const { expiresAt, ...key } = await ownerOf(settings).assumeRole(
      { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
      {
        roleArn: role.RoleArn ?? '',
        sessionName: /^aws-sdk-js-\d+$/.test(role.RoleSessionName ?? '') ? undefined : role.RoleSessionName,
        externalId: role.ExternalId,
        durationSeconds: role.DurationSeconds ?? 3_600,
        deviceArn: role.SerialNumber,
      },
      CEREMONY_MS,
    );
    return { ...key, expiration: expiresAt };
  }
  try {
    await owner?.check();
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await defaultProvider({
      logger: SILENT,
      ...(profile === undefined ? {} : { profile }),
      clientConfig: inner,
      parentClientConfig: inner,
      // The code is asked for in `roleAssumer`, once the credentials that it is sent with are there.
      ...(owner === undefined ? {} : { roleAssumer, mfaCodeProvider: async () => '000000' }),
    })();
    const key = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
    return { key, endsAtMs: expiration?.getTime(), isPersonal };
  } catch (error) {
    throw toCredentialFault(await (owner?.explain(error) ?? error));
  }
}

function ownerOf({ owner }: CredentialSettings): ProfileOwner {
  if (owner === undefined) {
    throw new Error('nobody can be asked to assume a role');
  }
  return owner;
}
