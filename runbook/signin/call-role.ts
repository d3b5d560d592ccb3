/** Assumes a role, and says why that is refused. */
import { AwsFault, type CallerIdentity } from '../aws/aws';
import { isDenied } from '../aws/faults';
import type { RoleRequest, SessionIssuer, TemporaryCredentials } from '../aws/session-issuer';
import { whyDenied } from './denial';
import { formatDuration } from './duration';
import { roleRefused, tooLongForRole } from './session-errors';

/** Names a session after the user, for CloudTrail: the last part of the ARN, as STS accepts it. */
export function sessionNameOf(callerArn: string): string {
  const name = callerArn.slice(callerArn.search(/[/:][^/:]*$/) + 1).replace(/[^\w+=,.@-]/g, '-');
  return name.length < 2 ? `${name}-session` : name.slice(0, 64);
}

/**
 * Assumes a role. A denial is about the role if the call has no code, or if AWS says so.
 *
 * @throws RunbookError `session/role-refused`, `session/duration`; AwsFault for a code that AWS rejects
 */
export async function callRole(
  issuer: SessionIssuer,
  call: RoleRequest,
  identity: CallerIdentity,
): Promise<TemporaryCredentials> {
  try {
    return await issuer.assumeRole(call);
  } catch (error) {
    if (!(error instanceof AwsFault)) {
      throw error;
    }
    // Everything else that STS validates was validated here, before the call.
    if (error.code === 'ValidationError' || error.code === 'Validation') {
      throw tooLongForRole(call.roleArn, formatDuration(call.durationSeconds), error);
    }
    const isAboutRole = call.mfa === undefined || whyDenied(error) === 'role';
    throw isDenied(error) && isAboutRole ? roleRefused(call, identity.arn, error) : error;
  }
}
