/** Implements `SessionIssuer` with the SDK, which is loaded at the first call. */
import type { STSClient } from '@aws-sdk/client-sts';
import type { AssignedDevice, CallerIdentity } from './aws';
import { toAwsFault } from './faults';
import { MfaDevices } from './iam';
import {
  type AwsSettings,
  type ClientConfiguration,
  clientConfiguration,
  observe,
  type Sdk,
} from './session';
import type {
  MfaFactor,
  RoleRequest,
  SessionIssuer,
  SigningKey,
  TemporaryCredentials,
} from './session-issuer';
import { callerIdentity, toTemporaryCredentials } from './sts';

/** Connects to AWS through the SDK for a person's own sessions. Nothing is loaded or called before the first call. */
export function connectSessions(settings: AwsSettings): SessionIssuer {
  let made: SdkSessionIssuer | undefined;
  function issuer(): SdkSessionIssuer {
    made ??= new SdkSessionIssuer(settings, require('./sdk'));
    return made;
  }
  return {
    signingKey: async () => issuer().signingKey(),
    identity: async () => issuer().identity(),
    ownDevices: async () => issuer().ownDevices(),
    sessionToken: async (request) => issuer().sessionToken(request),
    assumeRole: async (request) => issuer().assumeRole(request),
  };
}

class SdkSessionIssuer implements SessionIssuer {
  readonly #settings: AwsSettings;
  readonly #sdk: Sdk;
  readonly #configuration: ClientConfiguration;

  public constructor(settings: AwsSettings, sdk: Sdk) {
    this.#settings = settings;
    this.#sdk = sdk;
    this.#configuration = clientConfiguration(settings, sdk);
  }

  public async signingKey(): Promise<SigningKey> {
    return this.#withSts(5, async ({ config }) => {
      try {
        const { accessKeyId, sessionToken } = await config.credentials();
        return {
          accessKeyId,
          isTemporary: sessionToken !== undefined,
          region: await regionOf(config.region),
        };
      } catch (error) {
        throw toAwsFault('sts:GetCallerIdentity', error);
      }
    });
  }

  public async identity(): Promise<CallerIdentity> {
    try {
      return await callerIdentity(this.#settings, this.#configuration, this.#sdk);
    } catch (error) {
      // The SDK looks up the Region and the profile before the first request, outside the observed call.
      throw toAwsFault('sts:GetCallerIdentity', error);
    }
  }

  public async ownDevices(): Promise<readonly AssignedDevice[]> {
    const client = observe(this.#settings, 'iam', new this.#sdk.iam.IAMClient(this.#configuration));
    try {
      return await new MfaDevices(this.#sdk.iam, client).of();
    } finally {
      client.destroy();
    }
  }

  public async sessionToken(request: {
    readonly mfa: MfaFactor;
    readonly durationSeconds: number;
  }): Promise<TemporaryCredentials> {
    return this.#withSts(1, async (client) => {
      const { Credentials } = await client.send(
        new this.#sdk.sts.GetSessionTokenCommand({
          DurationSeconds: request.durationSeconds,
          ...mfaParameters(request.mfa),
        }),
      );
      return toTemporaryCredentials('sts:GetSessionToken', Credentials);
    });
  }

  public async assumeRole(request: RoleRequest): Promise<TemporaryCredentials> {
    return this.#withSts(request.mfa === undefined ? 5 : 1, async (client) => {
      const { Credentials } = await client.send(
        new this.#sdk.sts.AssumeRoleCommand({
          RoleArn: request.roleArn,
          RoleSessionName: request.sessionName,
          DurationSeconds: request.durationSeconds,
          ...(request.externalId === undefined ? {} : { ExternalId: request.externalId }),
          ...(request.mfa === undefined ? {} : mfaParameters(request.mfa)),
        }),
      );
      return toTemporaryCredentials('sts:AssumeRole', Credentials);
    });
  }

  /** @param maxAttempts 1 for a call with a code: a retry after a lost answer would send a code that is used already */
  async #withSts<T>(maxAttempts: number, call: (client: STSClient) => Promise<T>): Promise<T> {
    const client = new this.#sdk.sts.STSClient({ ...this.#configuration, maxAttempts });
    try {
      return await call(observe(this.#settings, 'sts', client));
    } finally {
      client.destroy();
    }
  }
}

function mfaParameters({ deviceArn, code }: MfaFactor) {
  return { SerialNumber: deviceArn, TokenCode: code };
}

/** Looks up the Region in use; a call that needs one fails on its own if there is none. */
async function regionOf(region: () => Promise<string>): Promise<string | undefined> {
  try {
    return await region();
  } catch (error) {
    if (toAwsFault('sts:GetCallerIdentity', error).code === 'no-region') {
      return undefined;
    }
    throw error;
  }
}
