import { mfaConditionsOf, requestsWithoutMfa } from '../requests-without-mfa';
import { judgeStatements, type Rule } from '../rule';
import type { Statement } from '../statement';
import { isKnown, show } from '../template-text';

const NEVER = {
  service: 'services',
  federated: 'SAML and OIDC sessions',
  role: 'sessions of roles',
} as const;

/**
 * A statement that asks for MFA trusts only who can have it: services, SAML, OIDC, Identity Center and other roles
 * never do, so they could never assume the role.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
 */
export const mfaAskedOfMachines: Rule = {
  id: 'MfaAskedOfMachines',
  severity: 'error',
  check: (policy) =>
    judgeStatements(
      policy,
      (statement) => policy.kind === 'trust' && asksForMfa(statement),
      ({ principals }) => {
        const [machine] = principals.flatMap(({ kind, name }) =>
          kind === 'service' || kind === 'federated' || kind === 'role' ? [{ kind, name }] : [],
        );
        if (machine === undefined) return undefined;
        return {
          problem: `asks ${show(machine.name)} for MFA, which ${NEVER[machine.kind]} never have: it can never assume the role`,
          fix: 'trust it in a statement, better in a role, of its own without the condition; ask for MFA where the people behind it sign in',
        };
      },
    ),
};

function asksForMfa(statement: Statement): boolean {
  const conditions = mfaConditionsOf(statement);
  return (
    statement.effect === 'Allow' &&
    conditions.length > 0 &&
    conditions.every(({ values }) => values.every(isKnown)) &&
    requestsWithoutMfa(statement).length === 0
  );
}
