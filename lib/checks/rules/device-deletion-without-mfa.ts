import { MFA_PRESENT } from '../../policy/mfa-keys';
import { matchesPattern } from '../../policy/wildcards';
import { mayBeOfPeople } from '../attachment';
import { leavesNoUsers } from '../callers';
import { requestsNotDenied } from '../denies';
import { denyConditionsFor, exceptionForRoles } from '../deny-fix';
import type { Policy } from '../policy';
import { demandsMfa } from '../requests-without-mfa';
import { judgeStatements, type Rule } from '../rule';
import { isAboutAction } from '../scope';
import type { Statement } from '../statement';
import { isKnown } from '../template-text';

/** A device is deactivated before it can be deleted; the one is authorized on the user, the other on the device. */
const REMOVALS = [
  { action: 'iam:DeactivateMFADevice', type: 'user' },
  { action: 'iam:DeleteVirtualMFADevice', type: 'mfa' },
] as const;

/** Patterns that allow everything; whether an administrator needs MFA at all is another question. */
const ADMINISTRATION = ['*', '*:*', 'iam:*'];

/**
 * Deactivating or deleting an MFA device requires MFA: otherwise a stolen password is enough to remove the second factor.
 *
 * The rule judges the permissions of people. It leaves out policies that only roles have (who can assume the role matters
 * there), permissions boundaries (they allow nothing), and plain administrators (`*` or `iam:*` on all resources), whom only
 * a Deny without MFA can limit.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html
 */
export const deviceDeletionWithoutMfa: Rule = {
  id: 'DeviceDeletionWithoutMfa',
  severity: 'error',
  check: (policy) =>
    judgeStatements(
      policy,
      (statement) =>
        policy.kind === 'identity' &&
        mayBeOfPeople(policy.attachedTo) &&
        !isAdministration(statement) &&
        removalsOf(statement).length > 0 &&
        !leavesNoUsers(statement),
      (statement) => {
        const open = removalsOf(statement).filter((action) => isOpen(policy, statement, action));
        if (demandsMfa(statement) || open.length === 0) {
          return undefined;
        }
        return {
          problem: `allows ${[...new Set(open.map((action) => writtenFor(statement, action)))].join(' and ')} without MFA: a thief who has a password can remove the second factor`,
          fix: fixOf(policy, statement, open),
        };
      },
    ),
};

function fixOf(policy: Policy, statement: Statement, open: readonly string[]): string {
  const isNamed = statement.actions?.every((action) => !/[*?]/.test(action)) === true;
  return isNamed
    ? `move ${open.join(' and ')} to a statement with { "Bool": { "${MFA_PRESENT}": "true" } }, and let an operator delete devices that an interrupted setup left behind${exceptionForRoles(policy)}`
    : `add { "Effect": "Deny", "Action": ${JSON.stringify(open)}, "Resource": "*", "Condition": ${denyConditionsFor(policy, statement)} }`;
}

function isOpen(policy: Policy, statement: Statement, action: string): boolean {
  return (
    requestsNotDenied(policy, { ...statement, actions: [action], notActions: undefined }, statement).length >
    0
  );
}

/** Returns the removals that a statement allows: both authorized on its resources and among its actions. */
function removalsOf(statement: Statement): readonly string[] {
  if (statement.effect !== 'Allow') {
    return [];
  }
  const { resources } = statement;
  return REMOVALS.filter(
    ({ action, type }) =>
      isAboutAction(statement, action) &&
      (resources?.some((resource) => mayBeOfType(resource, type)) ?? true),
  ).map(({ action }) => action);
}

/** Tells whether a resource may be one of IAM of the type. */
function mayBeOfType(resource: string, type: string): boolean {
  const parts = resource.split(':');
  if (parts.length < 6) {
    return resource.startsWith('*') || !isKnown(resource);
  }
  const written = parts[5]?.split('/')[0] ?? '';
  return matchesPattern(parts[2] ?? '', 'iam') && (matchesPattern(written, type) || !isKnown(written));
}

function isAdministration({ actions = [], notActions, resources = [] }: Statement): boolean {
  return (
    notActions === undefined &&
    resources.includes('*') &&
    actions.some((action) => ADMINISTRATION.includes(action.toLowerCase()))
  );
}

/** Returns the pattern by which a statement allows an action, as written. */
function writtenFor({ actions, notActions = [] }: Statement, action: string): string {
  return (
    actions?.find((written) => matchesPattern(written, action)) ??
    `${action}, as everything but ${notActions.slice(0, 3).join(', ')},`
  );
}
