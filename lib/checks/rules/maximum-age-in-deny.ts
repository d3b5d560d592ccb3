import { MFA_PRESENT } from '../../policy/mfa-keys';
import { requestsNotDenied, showMfaConditions, showRequests } from '../denies';
import { AGE_NAME, isAboutMfa, matchesWithMfa, mfaConditionsOf } from '../requests-without-mfa';
import { judgeStatements, type Rule } from '../rule';

/**
 * A Deny of MFA that is too old needs a Deny of requests without MFA as well, because without MFA there is no age to
 * compare.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthage
 */
export const maximumAgeInDeny: Rule = {
  id: 'MaximumAgeInDeny',
  severity: 'error',
  check: (policy) =>
    judgeStatements(
      policy,
      (statement) =>
        isAboutMfa(statement, 'Deny') &&
        matchesWithMfa(statement) &&
        mfaConditionsOf(statement).some(
          ({ keyName, test }) => keyName === AGE_NAME && /^NumericGreaterThan/i.test(test),
        ),
      (statement) => {
        const passing = requestsNotDenied(policy, statement, statement);
        if (passing.length === 0) {
          return undefined;
        }
        return {
          problem: `denies by ${showMfaConditions(statement)} alone, but lets ${showRequests(passing)} through: without MFA there is no age`,
          fix: `write NumericGreaterThanIfExists, or add the same Deny with { "BoolIfExists": { "${MFA_PRESENT}": "false" } }`,
        };
      },
    ),
};
