/**
 * Limits of temporary credentials, which no policy can lift.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
 */

import type { Caller } from './caller';
import { accessDenied } from './common-errors';
import { AwsError, type ServiceName } from './operation';

const openToUserSessions = new Set(['AssumeRole', 'GetCallerIdentity']);

/** @throws AwsError */
export function refuseLimitedSession(caller: Caller, service: ServiceName, operation: string): void {
  if (caller.kind === 'user-key') {
    return;
  }
  if (service === 'sts' && operation === 'GetSessionToken') {
    throw accessDenied('Cannot call GetSessionToken with session credentials');
  }
  if (service === 'sts' && caller.kind === 'root-session' && operation !== 'GetCallerIdentity') {
    throw accessDenied(`Cannot call ${operation} with session credentials of the root user`);
  }
  if (caller.kind !== 'user-session') {
    return;
  }
  if (service === 'sts' && !openToUserSessions.has(operation)) {
    throw accessDenied(`Cannot call ${operation} with session credentials`);
  }
  if (service === 'iam' && caller.mfaAt === undefined) {
    throw new AwsError('InvalidClientTokenId', 403, 'The security token included in the request is invalid');
  }
}
