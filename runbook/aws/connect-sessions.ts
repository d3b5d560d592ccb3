/** Implements `SessionIssuer` with the SDK, which is loaded at the first call. */
import type { STSClient } from '@aws-sdk/client-sts';
import { loadSdk, once } from './connect';
import { toAwsFault } from './faults';
import { MfaDevices } from './iam';
import { observe } from './observe';
import { type AwsSettings, clientConfiguration } from './session';
import type { MfaFactor, SessionIssuer } from './session-issuer';
import { callerIdentity, toTemporaryCredentials } from './sts';

/** Connects to AWS through the SDK for a person's own sessions. Nothing is loaded or called before the first call. */
export function connectSessions(settings: AwsSettings): SessionIssuer {
  const sdk = once(loadSdk);
  const configuration = once(() => clientConfiguration(settings, sdk()));
  /** @param maxAttempts 1 for a call with a code: a retry after a lost answer would send a code that is used already */
  async function withSts<T>(maxAttempts: number, call: (client: STSClient) => Promise<T>): Promise<T> {
    const client = new (sdk().sts.STSClient)({ ...configuration(), maxAttempts });
    try {
      return await call(observe(settings, 'sts', client));
    } finally {
      client.destroy();
    }
  }
  return {
    signingKey: () =>
      withSts(5, async ({ config }) => {
        try {
          const { accessKeyId, sessionToken } = await config.credentials();
          const region = await regionOf(config.region);
          return { accessKeyId, isTemporary: sessionToken !== undefined, region };
        } catch (error) {
          throw toAwsFault('sts:GetCallerIdentity', error);
        }
      }),
    identity: async () => callerIdentity(settings, configuration(), sdk()),
    ownDevices: async (user) => {
      const client = observe(settings, 'iam', new (sdk().iam.IAMClient)(configuration()));
      try {
        return await new MfaDevices(sdk().iam, client).of(user);
      } finally {
        client.destroy();
      }
    },
    sessionToken: ({ mfa, durationSeconds }) =>
      withSts(1, async (client) => {
        const { Credentials } = await client.send(
          new (sdk().sts.GetSessionTokenCommand)({ DurationSeconds: durationSeconds, ...mfaParameters(mfa) }),
        );
        return toTemporaryCredentials('sts:GetSessionToken', Credentials);
      }),
    assumeRole: ({ mfa, roleArn, sessionName, durationSeconds, externalId }) =>
      withSts(mfa === undefined ? 5 : 1, async (client) => {
        const { Credentials } = await client.send(
          new (sdk().sts.AssumeRoleCommand)({
            RoleArn: roleArn,
            RoleSessionName: sessionName,
            DurationSeconds: durationSeconds,
            ...(externalId === undefined ? {} : { ExternalId: externalId }),
            ...(mfa === undefined ? {} : mfaParameters(mfa)),
          }),
        );
        return toTemporaryCredentials('sts:AssumeRole', Credentials);
      }),
  };
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
