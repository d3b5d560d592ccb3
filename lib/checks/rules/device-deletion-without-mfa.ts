import { MFA_PRESENT } from '../../policy/mfa-keys';
import { matchesPattern } from '../../policy/wildcards';
import { mayBeOfPeople } from '../attachment';
import { leavesNoUsers } from '../callers';
import { requestsNotDenied } from '../denies';
import { denyConditionsFor, exceptionForRoles } from '../deny-fix';
import { DELETION } from '../open-without-mfa';
import type { Policy } from '../policy';
import { isAboutMfa } from '../requests-without-mfa';
import { judgeStatements, type Rule } from '../rule';
import { isAboutAction, isAllOfIam, mayBeOfIam } from '../scope';
import type { Statement } from '../statement';

const DEACTIVATE = 'iam:DeactivateMFADevice';

/** A device is deactivated before it can be deleted; the one is authorized on the user, the other on the device. */
const REMOVALS = [
  { action: DEACTIVATE, type: 'user' },
  { action: DELETION, type: 'mfa' },
] as const;

/** Patterns that allow everything; whether an administrator needs MFA at all is another question. */
const ADMINISTRATION = /^(\*+(:\*+)?|iam:\*+)$/i;

/**
 * Deactivating or deleting an MFA device requires MFA: otherwise a stolen password is enough to remove the second factor. An
 * error if the statement allows deactivating, which is enough; deletion alone, which needs it first, is a warning.
 *
 * The rule judges the permissions of people. It leaves out policies that only roles have (who can assume the role matters
 * there), permissions boundaries (they allow nothing), and plain administrators (`*` or `iam:*` on all resources), whom only
 * a Deny without MFA can limit.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html
 */
export const deviceDeletionWithoutMfa: Rule = {
  id: 'DeviceDeletionWithoutMfa',
  summary: 'People may deactivate or delete an MFA device without MFA.',
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
        // An Allow by MFA that passes without it is another rule's.
        if (isAboutMfa(statement, 'Allow') || !statement.conditionsKnown || open.length === 0) {
          return undefined;
        }
        const canRemove = open.includes(DEACTIVATE);
        return {
          severity: canRemove ? 'error' : 'warning',
          problem: `allows ${[...new Set(open.map((action) => writtenFor(statement, action)))].join(' and ')} without MFA: a thief who has a password can ${canRemove ? 'remove the second factor' : `delete a device that nobody uses, and remove the second factor next to a policy that allows ${DEACTIVATE}`}`,
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
  const { resources, notResources = [] } = statement;
  return REMOVALS.filter(
    ({ action, type }) =>
      isAboutAction(statement, action) &&
      (resources?.some((resource) => mayBeOfIam(resource, type)) ??
        !notResources.some((resource) => isAllOfIam(resource, type))),
  ).map(({ action }) => action);
}

function isAdministration({ actions = [], notActions, resources = [] }: Statement): boolean {
  return (
    notActions === undefined &&
    resources.includes('*') &&
    actions.some((action) => ADMINISTRATION.test(action))
  );
}

/** Returns the pattern by which a statement allows an action, as written. */
function writtenFor({ actions, notActions = [] }: Statement, action: string): string {
  return (
    actions?.find((written) => matchesPattern(written, action)) ??
    `${action}, as everything but ${notActions.slice(0, 3).join(', ')},`
  );
}
