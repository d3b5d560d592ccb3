import { leavesUsersOnly } from '../callers';
import { showMfaConditions } from '../denies';
import { isAboutMfa, mfaConditionsOf, requestsWithoutMfa } from '../requests-without-mfa';
import { type Finding, judgeStatements, type Rule } from '../rule';
import type { Statement } from '../statement';
import { isKnown, show } from '../template-text';

const CALLERS_WITHOUT_MFA = {
  service: 'services',
  federated: 'SAML and OIDC sessions',
  role: 'sessions of roles',
} as const;

/**
 * A statement that requires MFA is only for callers that can have it. Services, SAML, OIDC, Identity Center and other roles
 * never have MFA, so they could never assume the role. The session of a role never has it either, so a role's own
 * permissions must not require it.
 *
 * A policy that both people and roles have is not judged: it may be meant for the people.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
 */
export const mfaAskedOfMachines: Rule = {
  id: 'MfaAskedOfMachines',
  severity: 'error',
  check: (policy) => {
    if (policy.kind === 'trust') {
      return judgeStatements(policy, requiresMfa, judgeTrust);
    }
    const isOfRoles = policy.kind === 'identity' && policy.attachedTo === 'roles';
    return judgeStatements(
      policy,
      (statement) => isOfRoles && (requiresMfa(statement) || deniesWithoutMfa(statement)),
      judgePermission,
    );
  },
};

function judgeTrust({ principals }: Statement): Omit<Finding, 'location'> | undefined {
  const [machine] = principals.flatMap(({ kind, name }) =>
    kind === 'service' || kind === 'federated' || kind === 'role' ? [{ kind, name }] : [],
  );
  if (machine === undefined) {
    return undefined;
  }
  return {
    problem: `requires MFA of ${show(machine.name)}, which ${CALLERS_WITHOUT_MFA[machine.kind]} never have: it can never assume the role`,
    fix: 'trust it without the condition, in its own statement or better in its own role; require MFA where the people behind it sign in',
  };
}

function judgePermission(statement: Statement): Omit<Finding, 'location'> | undefined {
  if (leavesUsersOnly(statement)) {
    return undefined;
  }
  const required = showMfaConditions(statement);
  return {
    problem:
      statement.effect === 'Deny'
        ? `denies a role by ${required}, even if it was assumed with MFA: sessions of roles never have MFA`
        : `allows a role nothing by ${required}, even if it was assumed with MFA: sessions of roles never have MFA`,
    fix: 'remove the condition, and require MFA in the trust policy of the role, in CDK by requireMfa(principal) or MfaRole',
  };
}

function requiresMfa(statement: Statement): boolean {
  return isAboutMfa(statement, 'Allow') && isJudged(statement) && requestsWithoutMfa(statement).length === 0;
}

/** Judges by the long-term access key, since the session of a role lacks the MFA key as well. */
function deniesWithoutMfa(statement: Statement): boolean {
  return (
    isAboutMfa(statement, 'Deny') &&
    isJudged(statement) &&
    requestsWithoutMfa(statement).includes('a long-term access key')
  );
}

function isJudged(statement: Statement): boolean {
  return mfaConditionsOf(statement).every(({ values }) => values.every(isKnown));
}
