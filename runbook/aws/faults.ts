/** Turns whatever the SDK throws into an AwsFault. Of AWS's answers codes are matched, never texts. */
import { AwsFault } from './aws';

/** Codes by which AWS says that the caller may not. */
const DENIED = new Set(['AccessDenied', 'UnauthorizedOperation']);

/** Codes by which AWS says that the credentials themselves do not count. */
const BAD_CREDENTIALS = new Set([
  'ExpiredToken',
  'InvalidClientTokenId',
  'InvalidSignature',
  'UnrecognizedClient',
  'SignatureDoesNotMatch',
  'MissingAuthenticationToken',
]);

/** Codes by which AWS asks for patience. */
const THROTTLED = new Set(['Throttling', 'TooManyRequests', 'RequestLimitExceeded']);

/** The caller's policies (or their lack of MFA) forbid the action. */
export function isDenied(fault: AwsFault): boolean {
  return DENIED.has(fault.code);
}

/** The credentials are expired, deleted or wrong. */
export function isBadCredentials(fault: AwsFault): boolean {
  return BAD_CREDENTIALS.has(fault.code);
}

/** AWS still asked for fewer requests after the SDK's own retries. */
export function isThrottled(fault: AwsFault): boolean {
  return THROTTLED.has(fault.code);
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
  readonly $metadata: { readonly attempts?: number };
}

function isAnswer(error: unknown): error is Answer {
  return typeof error === 'object' && error !== null && '$fault' in error && '$metadata' in error;
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

/** The one action whose answer holds a seed: an answer that cannot be read must not hang on to an error. */
const SECRET_ACTION = 'iam:CreateVirtualMFADevice';

/** @param action IAM's name of the action that was called */
export function toAwsFault(action: string, error: unknown): AwsFault {
  if (error instanceof AwsFault) {
    return error;
  }
  const cause = action === SECRET_ACTION ? {} : { cause: error };
  if (!isAnswer(error)) {
    return new AwsFault(action, localCode(error), messageOf(error), cause);
  }
  const wasRefused = error.$fault === 'client' && error.$metadata.attempts === 1;
  return new AwsFault(action, nameOf(error).replace(/Exception$/, ''), messageOf(error), {
    ...cause,
    wasRefused,
  });
}

/** What kept the credential chain from giving credentials: a missing profile, or a role that was refused. */
export function toCredentialFault(error: unknown): AwsFault {
  const code = isAnswer(error) ? 'no-credentials' : localCode(error);
  return new AwsFault('sts:AssumeRole', code === 'no-answer' ? 'no-credentials' : code, messageOf(error), {
    cause: error,
  });
}
