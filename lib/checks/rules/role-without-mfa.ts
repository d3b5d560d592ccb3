import { MFA_PRESENT } from '../../policy/mfa-keys';
import { isOfOrganization, peopleTrustsOf, showPeople } from '../people-trust';
import type { Policy } from '../policy';
import { overlap } from '../principal';
import { NOT_APPLICABLE, type Rule } from '../rule';

/**
 * People assume a role with MFA only: each statement that trusts an account, an IAM user or `*` requires it.
 *
 * An account may be trusted only for its roles, which the template does not show. A role for machines names those roles,
 * or is acknowledged with the reason.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
 */
export const roleWithoutMfa: Rule = {
  id: 'RoleWithoutMfa',
  summary: 'People can assume a role without MFA.',
  severity: 'error',
  check(policy) {
    const trusts = peopleTrustsOf(policy);
    if (trusts.length === 0) {
      return NOT_APPLICABLE;
    }
    const withMfa = trusts.filter(({ requiresMfa }) => requiresMfa).flatMap(({ people }) => people);
    return trusts
      .filter(
        ({ isWithoutMfa, people }) =>
          isWithoutMfa && !people.some((one) => withMfa.some((other) => overlap(one, other))),
      )
      .map((trust) => ({
        location: trust.statement.location,
        ...(isOfOrganization(trust) || isMachinesOfAws(policy) ? { severity: 'warning' as const } : {}),
        problem: `lets ${showPeople(trust)} assume the role without MFA: a stolen password or access key is enough`,
        fix:
          `add the condition { "Bool": { "${MFA_PRESENT}": "true" } }, in CDK by requireMfa(principal) or MfaRole; ` +
          'if only machines use this statement, trust their roles by ARN instead of the account, or acknowledge with the reason',
      }));
  },
};

/**
 * The names of roles that AWS's own templates create for machines: StackSets, Control Tower, and the asset and lookup roles of
 * CDK's bootstrap stack.
 */
const OF_AWS =
  /^(AWSCloudFormationStackSetExecutionRole|AWSControlTowerExecution|cdk-.+-(file-publishing|image-publishing|lookup)-role-.+)$/;

function isMachinesOfAws({ name }: Policy): boolean {
  return name !== undefined && OF_AWS.test(name);
}
