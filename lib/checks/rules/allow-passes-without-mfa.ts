import { MFA_AGE, MFA_PRESENT } from '../../policy/mfa-keys';
import { concernsPeople } from '../callers';
import { requestsNotDenied, showMfaConditions, showRequests } from '../denies';
import { exceptionForRoles } from '../deny-fix';
import { hasMistypedKey, isAboutMfa, matchesWithMfa, requestsWithoutMfa } from '../requests-without-mfa';
import { judgeStatements, type Rule } from '../rule';

/**
 * An Allow that requires MFA matches no request without it. With `…IfExists` it would match a long-term access key, whose
 * requests lack the MFA key.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IfExists
 */
export const allowPassesWithoutMfa: Rule = {
  id: 'AllowPassesWithoutMfa',
  summary: 'An Allow that requires MFA also matches requests without it.',
  severity: 'error',
  check: (policy) =>
    judgeStatements(
      policy,
      (statement) =>
        isAboutMfa(statement, 'Allow') &&
        matchesWithMfa(statement) &&
        concernsPeople(policy, statement) &&
        !hasMistypedKey(statement),
      (statement) => {
        const notDenied = requestsNotDenied(policy, statement, statement);
        const passing = requestsWithoutMfa(statement).filter((request) => notDenied.includes(request));
        if (passing.length === 0) {
          return undefined;
        }
        return {
          problem: `requires MFA by ${showMfaConditions(statement)}, but lets ${showRequests(passing)} through`,
          fix:
            `write { "Bool": { "${MFA_PRESENT}": "true" } }, and a maximum age as { "NumericLessThan": { "${MFA_AGE}": "3600" } }` +
            exceptionForRoles(policy),
        };
      },
    ),
};
