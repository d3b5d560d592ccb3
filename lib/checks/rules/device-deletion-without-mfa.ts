import { MFA_PRESENT } from '../../policy/mfa-keys';
import { leavesNoUsers } from '../callers';
import { requestsNotDenied } from '../denies';
import { demandsMfa } from '../requests-without-mfa';
import { judgeStatements, type Rule } from '../rule';
import { matchesPattern } from '../scope';
import type { Statement } from '../statement';

const DELETE = 'iam:DeleteVirtualMFADevice';

/** They give everything; that a policy for administrators asks for MFA at all is another question. */
const ADMINISTRATION = ['*', '*:*', 'iam:*'];

/**
 * Deleting an MFA device requires MFA: otherwise a stolen password is enough to remove the second factor.
 *
 * It is about the permissions of people: a policy that only roles have is judged by who may assume them, a permissions
 * boundary gives nothing, and a plain administrator (`*`, `iam:*`) is judged by whether anything denies without MFA.
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
          problem: `allows ${deletionOf(statement)} without MFA: whoever has stolen a password can delete the second factor`,
          fix: `give it a statement of its own with { "Bool": { "${MFA_PRESENT}": "true" } }; devices left over by a broken set-up are for an operator to delete`,
        };
      },
    ),
};

/** The pattern by which a statement allows to delete devices, administration apart. */
function deletionOf({ effect, actions = [] }: Statement): string | undefined {
  if (effect !== 'Allow' || actions.some((action) => ADMINISTRATION.includes(action.toLowerCase()))) {
    return undefined;
  }
  return actions.find((action) => matchesPattern(action, DELETE));
}
