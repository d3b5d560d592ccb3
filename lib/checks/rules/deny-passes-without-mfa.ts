import { MFA_PRESENT } from '../../policy/mfa-keys';
import { leavesNoUsers } from '../callers';
import { requestsNotDenied, showMfaConditions, showRequests } from '../denies';
import { isAboutMfa, matchesWithMfa } from '../requests-without-mfa';
import { judgeStatements, type Rule } from '../rule';

/**
 * A Deny of requests without MFA matches both kinds of them: those of a session, where the MFA key is false, and those of a
 * long-term access key, where the MFA key is absent and `Bool` does not match.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
 */
export const denyPassesWithoutMfa: Rule = {
  id: 'DenyPassesWithoutMfa',
  severity: 'error',
  check: (policy) =>
    judgeStatements(
      policy,
      (statement) => isAboutMfa(statement, 'Deny') && !matchesWithMfa(statement) && !leavesNoUsers(statement),
      (statement) => {
        const passing = requestsNotDenied(policy, statement, statement);
        if (passing.length === 0) {
          return undefined;
        }
        return {
          problem: `denies by ${showMfaConditions(statement)}, but lets ${showRequests(passing)} through`,
          fix: `write { "BoolIfExists": { "${MFA_PRESENT}": "false" } }, which matches both, and remove other conditions on MFA`,
        };
      },
    ),
};
