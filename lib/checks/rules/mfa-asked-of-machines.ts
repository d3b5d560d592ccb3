import { leavesUsersOnly } from '../callers';
import { showMfaConditions } from '../denies';
import { isAboutMfa, mfaConditionsOf, requestsWithoutMfa } from '../requests-without-mfa';
import { type Finding, judgeStatements, type Rule } from '../rule';
import type { Statement } from '../statement';
import { isKnown, show } from '../template-text';

const NEVER = {
  service: 'services',
  federated: 'SAML and OIDC sessions',
  role: 'sessions of roles',
} as const;

/**
 * A statement that asks for MFA is about those only who can have it. Services, SAML, OIDC, Identity Center and other roles
 * never do, so they could never assume the role; nor does the session of a role, so its own permissions ask in vain.
 *
 * A policy that people have as well as roles is not judged: it may be meant for them.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
 */
export const mfaAskedOfMachines: Rule = {
  id: 'MfaAskedOfMachines',
  severity: 'error',
  check: (policy) => {
    if (policy.kind === 'trust') {
      return judgeStatements(policy, asksForMfa, judgeTrust);
    }
    const isOfRoles = policy.kind === 'identity' && policy.attachedTo === 'roles';
    return judgeStatements(
      policy,
      (statement) => isOfRoles && (asksForMfa(statement) || deniesWithoutMfa(statement)),
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
    problem: `asks ${show(machine.name)} for MFA, which ${NEVER[machine.kind]} never have: it can never assume the role`,
    fix: 'trust it in a statement, better in a role, of its own without the condition; ask for MFA where the people behind it sign in',
  };
}

function judgePermission(statement: Statement): Omit<Finding, 'location'> | undefined {
  if (leavesUsersOnly(statement)) {
    return undefined;
  }
  const asked = showMfaConditions(statement);
  return {
    problem:
      statement.effect === 'Deny'
        ? `denies a role by ${asked}, whatever it was assumed with: sessions of roles never have MFA`
        : `allows a role nothing by ${asked}, whatever it was assumed with: sessions of roles never have MFA`,
    fix: 'remove the condition, and ask for MFA in the trust policy of the role, in CDK by requireMfa(principal) or MfaRole',
  };
}

function asksForMfa(statement: Statement): boolean {
  return isAboutMfa(statement, 'Allow') && isJudged(statement) && requestsWithoutMfa(statement).length === 0;
}

/** The session of a role has no more of the key than a long-term access key. */
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
