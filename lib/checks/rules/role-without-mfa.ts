import { MFA_PRESENT } from '../../policy/mfa-keys';
import { doorsOf, showPeople } from '../doors';
import { overlap } from '../principal';
import { NOT_APPLICABLE, type Rule } from '../rule';

/**
 * People assume a role with MFA only: each statement that trusts an account, an IAM user or `*` asks for it.
 *
 * An account can be trusted for the sake of its roles alone. The template does not tell, so a role for machines names
 * them, or is acknowledged with the reason.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
 */
export const roleWithoutMfa: Rule = {
  id: 'RoleWithoutMfa',
  severity: 'error',
  check(policy) {
    const doors = policy.kind === 'trust' ? doorsOf(policy) : [];
    if (doors.length === 0) {
      return NOT_APPLICABLE;
    }
    const asking = doors.filter(({ asksForMfa }) => asksForMfa).flatMap(({ people }) => people);
    return doors
      .filter(
        ({ isOpen, people }) => isOpen && !people.some((one) => asking.some((other) => overlap(one, other))),
      )
      .map((door) => ({
        location: door.statement.location,
        problem: `lets ${showPeople(door)} assume the role without MFA: a stolen password or access key is enough`,
        fix:
          `add the condition { "Bool": { "${MFA_PRESENT}": "true" } }, in CDK by requireMfa(principal) or MfaRole; ` +
          'if only machines come this way, trust their roles by ARN instead of the account, or acknowledge with the reason',
      }));
  },
};
