/** Turns the errors of the SDK into AwsFaults. AWS's errors are matched by code, never by message. */
import { AwsFault } from './aws';

/** Tells whether the caller's policies (or a lack of MFA) forbid the action. */
export function isDenied({ code }: AwsFault): boolean {
  return code === 'AccessDenied' || code === 'UnauthorizedOperation';
}

/** Waits for an answer; `undefined` if the caller may not ask. */
export async function unlessDenied<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof AwsFault && isDenied(error)) {
      return undefined;
    }
    throw error;
  }
}

/** Tells whether the credentials are expired, deleted or wrong. */
export function isBadCredentials({ code }: AwsFault): boolean {
  return [
    'ExpiredToken',
    'InvalidClientTokenId',
    'InvalidSignature',
    'UnrecognizedClient',
    'SignatureDoesNotMatch',
    'MissingAuthenticationToken',
  ].includes(code);
}

/** Tells whether IAM has no such device or user; any other error says nothing about it. */
export function isGone(error: unknown): boolean {
  return error instanceof AwsFault && error.code === 'NoSuchEntity';
}

/** Returns what a call returns; `undefined` if IAM has no such device or user. */
export async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isGone(error)) {
      return undefined;
    }
    throw error;
  }
}

/** Tells whether AWS still throttled the call after the SDK's own retries. */
export function isThrottled({ code }: AwsFault): boolean {
  return ['Throttling', 'TooManyRequests', 'RequestLimitExceeded'].includes(code);
}

/** Tells whether nobody knows what AWS did: the answer was lost, or AWS had an error of its own. */
export function isLost({ code, wasRefused }: AwsFault): boolean {
  return !wasRefused && (code === 'no-answer' || /^(Internal|Service)/.test(code));
}

function nameOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error && typeof error.name === 'string'
    ? error.name
    : 'Error';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error that AWS answered, as the SDK throws it. */
interface Answer {
  readonly $fault: 'client' | 'server';
  readonly $metadata: { readonly attempts?: number; readonly requestId: string };
}

/** An error without a request id is not AWS's, whatever it says. */
function isAnswer(error: unknown): error is Answer {
  if (typeof error !== 'object' || error === null || !('$fault' in error) || !('$metadata' in error)) {
    return false;
  }
  const { requestId } = error.$metadata as { readonly requestId?: unknown };
  return typeof requestId === 'string' && nameOf(error) !== 'Unknown';
}

function localCode(error: unknown): string {
  const name = nameOf(error);
  if (name === 'AbortError') {
    return 'cancelled';
  }
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    return /profile/i.test(messageOf(error)) ? 'no-profile' : 'no-credentials';
  }
  if (messageOf(error) === 'Region is missing') {
    return 'no-region';
  }
  return 'no-answer';
}

/** Codes of connections that were never made. */
const NEVER_CONNECTED: ReadonlySet<unknown> = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EPROTO'],
  ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'SELF_SIGNED_CERT_IN_CHAIN'],
  ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_HAS_EXPIRED'],
]);

/** Tells whether the only attempt got no connection; an earlier one may have had one. */
function wasNeverSent(error: unknown): boolean {
  const { code, $metadata } = Object(error) as {
    readonly code?: unknown;
    readonly $metadata?: { readonly attempts?: number };
  };
  return $metadata?.attempts === 1 && NEVER_CONNECTED.has(code);
}

/** The only action whose answer holds a seed: no error may keep an answer that could not be parsed. */
const SECRET_ACTION = 'iam:CreateVirtualMFADevice';

/**
 * Turns an error of a call into an AwsFault.
 *
 * @param action IAM's name of the action
 * @param network the network in use, for the message about an answer that was lost
 */
export function toAwsFault(action: string, error: unknown, network?: string): AwsFault {
  if (error instanceof AwsFault) {
    return error;
  }
  const cause = action === SECRET_ACTION ? {} : { cause: error };
  if (!isAnswer(error)) {
    const code = localCode(error);
    const where = code !== 'no-answer' || network === undefined ? '' : ` (${network})`;
    return new AwsFault(action, code, `${messageOf(error)}${where}`, {
      ...cause,
      wasRefused: wasNeverSent(error),
    });
  }
  const wasRefused = error.$fault === 'client' && error.$metadata.attempts === 1;
  return new AwsFault(action, nameOf(error).replace(/Exception$/, ''), messageOf(error), {
    ...cause,
    wasRefused,
  });
}

/** Turns an error of the credential chain into an AwsFault: a profile is missing, or a role was refused. */
export function toCredentialFault(error: unknown): AwsFault {
  const code = isAnswer(error) ? 'no-credentials' : localCode(error);
  return new AwsFault('sts:AssumeRole', code === 'no-answer' ? 'no-credentials' : code, messageOf(error), {
    cause: error,
  });
}
