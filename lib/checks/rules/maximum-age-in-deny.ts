import { concernsPeople } from '../callers';
import { requestsNotDenied, showMfaConditions, showRequests } from '../denies';
import { denyConditionsFor, exemptionFor } from '../deny-fix';
import { AGE_NAME } from '../mfa-key';
import {
  hasMistypedKey,
  isAboutMfa,
  mfaConditionsOf,
  surelyMatchesFreshMfa,
  surelyMatchesWithMfa,
} from '../requests-without-mfa';
import { judgeStatements, type Rule } from '../rule';

/**
 * A Deny of MFA that is too old needs a Deny of requests without MFA as well, because without MFA there is no age to
 * compare.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthage
 */
export const maximumAgeInDeny: Rule = {
  id: 'MaximumAgeInDeny',
  summary: 'A Deny of old MFA lets requests without any MFA through.',
  severity: 'error',
  check: (policy) =>
    judgeStatements(
      policy,
      (statement) =>
        isAboutMfa(statement, 'Deny') &&
        surelyMatchesWithMfa(statement) &&
        !surelyMatchesFreshMfa(statement) &&
        concernsPeople(policy, statement) &&
        !hasMistypedKey(statement) &&
        mfaConditionsOf(statement).some(
          ({ keyName, test }) => keyName === AGE_NAME && /^Numeric/i.test(test),
        ),
      (statement) => {
        const passing = requestsNotDenied(policy, statement, statement);
        if (passing.length === 0) {
          return undefined;
        }
        const exemption = exemptionFor(statement);
        return {
          problem: `denies by ${showMfaConditions(statement)} alone, but lets ${showRequests(passing)} through: without MFA there is no age`,
          fix:
            `add the same Deny with the condition ${denyConditionsFor(policy, statement)} instead` +
            (exemption === '' ? '' : `, and with ${exemption} in place of its actions`),
        };
      },
    ),
};
