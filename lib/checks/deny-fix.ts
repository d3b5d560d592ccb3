/**
 * The Deny without MFA that a finding suggests. The rules it keeps, whatever the policy is attached to:
 *
 * - where roles or services may meet it, it is limited to users and root: nobody else ever has MFA;
 * - people without MFA can still enroll a device and get a session with MFA.
 */
import { MFA_PRESENT } from '../policy/mfa-keys';
import { mayBeOfRoles } from './attachment';
import { ENROLLING, mayBeOpen } from './open-without-mfa';
import type { Policy } from './policy';
import { requestsWithoutMfa } from './requests-without-mfa';
import { isAboutAction } from './scope';
import type { Statement } from './statement';
import { isKnown } from './template-text';

const WITHOUT_MFA = `"BoolIfExists": { "${MFA_PRESENT}": "false" }`;

/** The condition that leaves roles and services out. */
export const USERS_ONLY = '"ArnLike": { "aws:PrincipalArn": ["arn:*:iam::*:user/*", "arn:*:iam::*:root"] }';

const ROLES_ONLY = '{ "ArnLike": { "aws:PrincipalArn": "arn:*:iam::*:role/*" } }';

/**
 * Returns the conditions of a Deny without MFA in place of a statement, or next to it, as JSON. One that stops roles already
 * keeps doing so: that is a finding of its own, and somebody may have meant it.
 */
export function denyConditionsFor(policy: Policy, statement: Statement): string {
  const stopsRoles =
    statement.effect === 'Deny' && requestsWithoutMfa(statement).includes('a long-term access key');
  return mayMeetMachines(policy) && !stopsRoles ? `{ ${WITHOUT_MFA}, ${USERS_ONLY} }` : `{ ${WITHOUT_MFA} }`;
}

/** Returns the rest of the fix of an Allow that should require MFA: roles that have the policy keep what they had. */
export function exceptionForRoles(policy: Policy): string {
  return policy.kind !== 'trust' && mayMeetMachines(policy)
    ? `; if roles use it, allow it to them in another statement, with ${ROLES_ONLY}`
    : '';
}

/**
 * Returns the `NotAction` by which a statement leaves enrolling open, and nothing that must not be open; empty if it does not
 * cover enrolling, or leaves it open already.
 */
export function exemptionFor(statement: Statement): string {
  const { actions, notActions, resources = [] } = statement;
  const isWide = actions === undefined || actions.includes('*');
  if (!isWide || !resources.includes('*') || !ENROLLING.some((action) => isAboutAction(statement, action))) {
    return '';
  }
  const kept = (notActions ?? []).filter((action) => !isKnown(action) || mayBeOpen(action));
  return `"NotAction": ${JSON.stringify([...new Set([...kept, ...ENROLLING])])}`;
}

function mayMeetMachines({ kind, attachedTo, statements }: Policy): boolean {
  switch (kind) {
    case 'identity':
      return mayBeOfRoles(attachedTo);
    case 'trust':
      return statements.some(
        ({ effect, principals, hasNotPrincipal }) =>
          effect === 'Allow' && (hasNotPrincipal || principals.some(({ kind: one }) => one !== 'user')),
      );
    default:
      return true;
  }
}
