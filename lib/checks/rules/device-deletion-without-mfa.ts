import { MFA_PRESENT } from '../../policy/mfa-keys';
import { leavesNoUsers } from '../callers';
import { requestsNotDenied } from '../denies';
import { demandsMfa } from '../requests-without-mfa';
import { judgeStatements, type Rule } from '../rule';
import { matchesPattern } from '../scope';
import type { Statement } from '../statement';

const DELETE = 'iam:DeleteVirtualMFADevice';

/** Patterns that allow everything; whether an administrator needs MFA at all is another question. */
const ADMINISTRATION = ['*', '*:*', 'iam:*'];

/**
 * Deleting an MFA device requires MFA: otherwise a stolen password is enough to remove the second factor.
 *
 * The rule judges the permissions of people. It leaves out policies that only roles have (who can assume the role matters
 * there), permissions boundaries (they allow nothing), and plain administrators (`*`, `iam:*`), whom only a Deny without
 * MFA can limit.
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
        (policy.attachedTo === 'people' || policy.attachedTo === 'unknown') &&
        deletionOf(statement) !== undefined &&
        !leavesNoUsers(statement),
      (statement) => {
        const isDenied =
          requestsNotDenied(policy, { ...statement, actions: [DELETE] }, statement).length === 0;
        if (demandsMfa(statement) || isDenied) {
          return undefined;
        }
        return {
          problem: `allows ${deletionOf(statement)} without MFA: a thief who has a password can delete the second factor`,
          fix: `move it to its own statement with { "Bool": { "${MFA_PRESENT}": "true" } }; let an operator delete devices that an interrupted setup left behind`,
        };
      },
    ),
};

/** Returns the pattern by which a statement allows the deletion of devices; `undefined` for administrators. */
function deletionOf({ effect, actions = [] }: Statement): string | undefined {
  if (effect !== 'Allow' || actions.some((action) => ADMINISTRATION.includes(action.toLowerCase()))) {
    return undefined;
  }
  return actions.find((action) => matchesPattern(action, DELETE));
}
