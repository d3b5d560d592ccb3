import { concernsPeople } from '../callers';
import { requestsNotDenied, showMfaConditions, showRequests } from '../denies';
import { denyConditionsFor, exemptionFor } from '../deny-fix';
import { hasMistypedKey, isAboutMfa, mfaConditionsOf, surelyMatchesWithMfa } from '../requests-without-mfa';
import { judgeStatements, type Rule } from '../rule';
import { isKnown } from '../template-text';

/**
 * A Deny of requests without MFA matches both kinds of them: those of a session, where the MFA key is false, and those of a
 * long-term access key, where the MFA key is absent and `Bool` does not match.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
 */
export const denyPassesWithoutMfa: Rule = {
  id: 'DenyPassesWithoutMfa',
  summary: 'A Deny of requests without MFA misses some of them.',
  severity: 'error',
  check: (policy) =>
    judgeStatements(
      policy,
      (statement) =>
        isAboutMfa(statement, 'Deny') &&
        !surelyMatchesWithMfa(statement) &&
        mfaConditionsOf(statement).every(({ values }) => values.length === 0 || values.some(isKnown)) &&
        concernsPeople(policy, statement) &&
        !hasMistypedKey(statement),
      (statement) => {
        const passing = requestsNotDenied(policy, statement, statement);
        if (passing.length === 0) {
          return undefined;
        }
        const exemption = exemptionFor(statement);
        return {
          problem: `denies by ${showMfaConditions(statement)}, but lets ${showRequests(passing)} through`,
          fix:
            `write the condition ${denyConditionsFor(policy, statement)}, which matches both, and remove other conditions on MFA` +
            (exemption === '' ? '' : `; so that people can still enroll a device, write ${exemption}`),
        };
      },
    ),
};
