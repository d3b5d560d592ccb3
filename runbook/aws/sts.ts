/** STS calls: the caller's identity, AWS's time, temporary credentials. */
import type { Credentials } from '@aws-sdk/client-sts';
import { AwsFault, type CallerIdentity } from './aws';
import { toAwsFault } from './faults';
import { observe } from './observe';
import type { AwsSettings, ClientConfiguration, Sdk } from './session';
import type { TemporaryCredentials } from './session-issuer';

/** Calls GetCallerIdentity; the `Date` header of the answer shows how far this machine's clock is off. */
export async function callerIdentity(
  settings: AwsSettings,
  configuration: ClientConfiguration,
  { sts: { GetCallerIdentityCommand, STSClient } }: Sdk,
): Promise<CallerIdentity> {
  const client = observe(settings, 'sts', new STSClient(configuration));
  let clockOffsetMs: number | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentAtMs = settings.now();
      const result = await next(args);
      clockOffsetMs = clockOffset(sentAtMs, settings.now(), dateHeader(result.response));
      return result;
    },
    // Inside the retries, so that the time measured is that of one request.
    { step: 'deserialize', name: 'clockOffset', priority: 'low' },
  );
  try {
    const { Account: account = '', Arn: arn = '' } = await client.send(new GetCallerIdentityCommand({}));
    return { account, arn, partition: arn.split(':')[1] ?? 'aws', clockOffsetMs };
  } catch (error) {
    // The SDK looks up the Region and the profile before the first request, outside the observed call.
    throw toAwsFault('sts:GetCallerIdentity', error);
  } finally {
    client.destroy();
  }
}

function dateHeader(response: unknown): string | undefined {
  if (typeof response !== 'object' || response === null || !('headers' in response)) {
    return undefined;
  }
  return (response.headers as Record<string, string | undefined>).date;
}

/**
 * Computes the local clock minus the remote one in milliseconds: the smallest difference that explains the header, which
 * has whole seconds only; 0 if the two may agree. `undefined` without a readable header.
 */
export function clockOffset(
  sentAtMs: number,
  answeredAtMs: number,
  date: string | undefined,
): number | undefined {
  const remote = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(remote)) {
    return undefined;
  }
  if (answeredAtMs < remote) {
    return answeredAtMs - remote;
  }
  if (sentAtMs > remote + 1000) {
    return sentAtMs - (remote + 1000);
  }
  return 0;
}

/**
 * Converts the credentials of an answer.
 *
 * @param action the call that was answered
 * @throws AwsFault `no-answer` if anything is missing
 */
export function toTemporaryCredentials(
  action: string,
  answered: Partial<Credentials> | undefined,
): TemporaryCredentials {
  const {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expiresAt,
  } = answered ?? {};
  if (!accessKeyId || !secretAccessKey || !sessionToken || !expiresAt) {
    throw new AwsFault(action, 'no-answer', 'the answer holds no credentials');
  }
  return { accessKeyId, secretAccessKey, sessionToken, expiresAt };
}
