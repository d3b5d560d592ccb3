import { isOfRolesAlone, mayBeOfRoles } from '../attachment';
import { concernsPeople, leavesUsersOnly } from '../callers';
import { showMfaConditions } from '../denies';
import { exceptionForRoles, USERS_ONLY } from '../deny-fix';
import type { Policy } from '../policy';
import type { Principal } from '../principal';
import {
  isAboutMfa,
  matchesWithMfa,
  mfaConditionsOf,
  type RequestWithoutMfa,
  requestsWithoutMfa,
} from '../requests-without-mfa';
import { type Finding, judgeStatements, NOT_APPLICABLE, type Rule } from '../rule';
import { covers } from '../scope';
import type { Statement } from '../statement';
import { isKnown, show } from '../template-text';

type Found = Omit<Finding, 'location'> | undefined;

const CALLERS_WITHOUT_MFA = {
  service: 'services',
  federated: 'SAML and OIDC sessions',
  role: 'sessions of roles',
} as const;

type Machine = Principal & { readonly kind: keyof typeof CALLERS_WITHOUT_MFA };

const FIX_OF_DENY = `add the condition { ${USERS_ONLY} }`;
const FIX_OF_ROLE =
  'require MFA in the trust policy of the role instead, in CDK by requireMfa(principal) or MfaRole';

/**
 * A statement about MFA is only for callers that can have it. Services, SAML, OIDC, Identity Center and roles never have MFA:
 * an Allow that requires it never matches them, and a Deny without it always does.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
 */
export const mfaRequiredOfMachines: Rule = {
  id: 'MfaRequiredOfMachines',
  summary: 'MFA is required of a service, a role or a federated session, which never have it.',
  severity: 'error',
  check: (policy) => {
    switch (policy.kind) {
      case 'trust':
      case 'resource':
        return judgeStatements(
          policy,
          (statement) => isAboutMachines(policy, statement),
          (statement) => judgeNamed(policy, statement),
        );
      case 'identity':
        return judgeStatements(
          policy,
          (statement) =>
            policy.attachedTo.size > 0 &&
            mayBeOfRoles(policy.attachedTo) &&
            isAboutMachines(policy, statement),
          (statement) => judgePermission(policy, statement),
        );
      default:
        return NOT_APPLICABLE;
    }
  },
};

function isAboutMachines(policy: Policy, statement: Statement): boolean {
  return neverMatches(policy, statement) || (isAboutMfa(statement, 'Deny') && isJudged(statement));
}

/** Judges a statement that names its principals. */
function judgeNamed(policy: Policy, statement: Statement): Found {
  if (statement.effect === 'Deny') {
    return deniesWithoutMfa(statement) && !leavesUsersOnly(statement)
      ? judgeDeny(policy, statement)
      : undefined;
  }
  const [machine] = machinesOf(statement);
  if (machine === undefined) {
    return undefined;
  }
  const asks =
    requestsWithoutMfa(statement).length === 0
      ? `requires MFA of ${show(machine.name)}, which`
      : `allows ${show(machine.name)} by ${showMfaConditions(statement)}, a key that`;
  const never = policy.kind === 'trust' ? 'it can never assume the role' : 'the statement never matches it';
  return {
    problem: `${asks} ${CALLERS_WITHOUT_MFA[machine.kind]} never have: ${never}`,
    fix:
      policy.kind === 'trust'
        ? 'trust it without the condition, in its own statement or better in its own role; require MFA where the people behind it sign in'
        : `allow it without the condition, in its own statement; ${FIX_OF_ROLE}`,
  };
}

/** Judges a Deny by what the policy allows: roles and services that are allowed, and then always denied. */
function judgeDeny(policy: Policy, statement: Statement): Found {
  const [stopped] = policy.statements
    .filter((allow) => allow.effect === 'Allow' && mfaConditionsOf(allow).length === 0)
    .flatMap((allow) =>
      machinesOf(allow).filter((machine) =>
        covers(statement, { ...allow, principals: [machine], hasNotPrincipal: false }),
      ),
    );
  const by = showMfaConditions(statement);
  if (stopped !== undefined) {
    return {
      problem: `denies ${show(stopped.name)} by ${by}, which ${CALLERS_WITHOUT_MFA[stopped.kind]} never have: what the policy allows it has no effect`,
      fix: FIX_OF_DENY,
    };
  }
  const [machine] = machinesOf(statement);
  if (machine !== undefined) {
    return {
      problem: `denies ${show(machine.name)} by ${by}, which ${CALLERS_WITHOUT_MFA[machine.kind]} never have: it is denied whatever the people behind it gave`,
      fix: `remove the statement if it is meant for people; ${FIX_OF_ROLE}`,
    };
  }
  return policy.kind === 'resource' && !isOfUsersAlone(statement)
    ? {
        severity: 'warning',
        problem: `also denies machines by ${by}: roles, Identity Center and services never have MFA, so they stop working here`,
        fix: FIX_OF_DENY,
      }
    : undefined;
}

function isOfUsersAlone({ principals }: Statement): boolean {
  return principals.length > 0 && principals.every(({ kind }) => kind === 'user');
}

function machinesOf({ principals }: Statement): readonly Machine[] {
  return principals.filter((one): one is Machine => one.kind in CALLERS_WITHOUT_MFA);
}

/** Judges a permission that roles have, alone or together with people. */
function judgePermission(policy: Policy, statement: Statement): Found {
  const isShared = !isOfRolesAlone(policy.attachedTo);
  const by = showMfaConditions(statement);
  if (leavesUsersOnly(statement)) {
    return undefined;
  }
  if (statement.effect === 'Allow') {
    // A statement that matches nobody is a mistake of its own.
    if (isAllowedToRoles(policy, statement) || (isShared && !matchesWithMfa(statement))) {
      return undefined;
    }
    return {
      ...(isShared ? { severity: 'warning' } : {}),
      problem: `allows a role nothing by ${by}, even if it was assumed with MFA: sessions of roles never have MFA`,
      fix: isShared
        ? `keep it for people${exceptionForRoles(policy)}`
        : `remove the condition, and ${FIX_OF_ROLE}`,
    };
  }
  if (deniesWithoutMfa(statement)) {
    return {
      problem: `denies a role by ${by}, even if it was assumed with MFA: sessions of roles never have MFA`,
      fix: isShared ? FIX_OF_DENY : `remove the statement, and ${FIX_OF_ROLE}`,
    };
  }
  return isShared || matchesWithMfa(statement)
    ? undefined
    : {
        problem: `denies a role nothing by ${by}: sessions of roles never have the key`,
        fix: `remove the statement, and ${FIX_OF_ROLE}`,
      };
}

/** Tells whether another statement of the policy allows the same without MFA, as it may to roles. */
function isAllowedToRoles({ statements }: Policy, statement: Statement): boolean {
  return statements.some(
    (other) =>
      other.effect === 'Allow' &&
      mfaConditionsOf(other).length === 0 &&
      !leavesUsersOnly(other) &&
      covers(other, statement),
  );
}

/** Tells whether an Allow matches no machine. If people pass it without MFA, that is another rule's finding. */
function neverMatches(policy: Policy, statement: Statement): boolean {
  const requests = requestsWithoutMfa(statement);
  return (
    isAboutMfa(statement, 'Allow') &&
    isJudged(statement) &&
    (requests.length === 0 || (isWithoutKey(requests) && !concernsPeople(policy, statement)))
  );
}

/** Judges by the long-term access key, since the session of a role lacks the MFA key as well. */
function deniesWithoutMfa(statement: Statement): boolean {
  return !isWithoutKey(requestsWithoutMfa(statement));
}

function isWithoutKey(requests: readonly RequestWithoutMfa[]): boolean {
  return !requests.includes('a long-term access key');
}

function isJudged(statement: Statement): boolean {
  return mfaConditionsOf(statement).every(({ values }) => values.every(isKnown));
}
