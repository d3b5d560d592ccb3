/** The statements of a trust policy by which people assume the role. */
import { leavesNoUsers } from './callers';
import { requestsNotDenied } from './denies';
import type { Policy } from './policy';
import { ANYBODY, isOwnAccount, isPeople, type Principal } from './principal';
import { demandsMfa, matchesWithMfa, mfaConditionsOf } from './requests-without-mfa';
import { isAboutAction } from './scope';
import { type Condition, isNull, requiresKey, type Statement } from './statement';
import { show } from './template-text';

const ASSUME_ROLE = 'sts:AssumeRole';

/** A statement by which people assume the role. */
interface PeopleTrust {
  readonly statement: Statement;
  readonly people: readonly Principal[];
  /** True if the statement requires MFA in some way; another rule judges whether that way is right. */
  readonly requiresMfa: boolean;
  /** True if the statement allows requests without MFA and no Deny of the policy stops them. */
  readonly isWithoutMfa: boolean;
}

/** Returns the statements of a trust policy by which people assume the role, in its order; none for other policies. */
export function peopleTrustsOf(policy: Policy): readonly PeopleTrust[] {
  if (policy.kind !== 'trust') {
    return [];
  }
  return policy.statements.flatMap((statement) => {
    const people = peopleOf(statement);
    if (people.length === 0) {
      return [];
    }
    const requiresMfa =
      demandsMfa(statement) || (mfaConditionsOf(statement).length > 0 && matchesWithMfa(statement));
    const isDenied = requestsNotDenied(policy, { ...statement, actions: [ASSUME_ROLE] }).length === 0;
    return [{ statement, people, requiresMfa, isWithoutMfa: !requiresMfa && !isDenied }];
  });
}

/** Formats the people whom a statement trusts. */
export function showPeople({ people, statement }: PeopleTrust): string {
  const limit = organizationOf(statement) ?? accountOf(statement);
  const anybody = limit === undefined ? 'anybody (*)' : `every user of ${limit}`;
  return people.map(({ kind, name }) => (kind === 'anybody' ? anybody : show(name))).join(', ');
}

/** Tells whether the statement trusts `*`, limited to the accounts of an organization. */
export function isOfOrganization({ people, statement }: PeopleTrust): boolean {
  return people.every(({ kind }) => kind === 'anybody') && organizationOf(statement) !== undefined;
}

function organizationOf(statement: Statement): string | undefined {
  return limitOf(statement, /^aws:principalorg(id|paths)$/, 'the organization');
}

function accountOf(statement: Statement): string | undefined {
  return limitOf(statement, /^aws:principalaccount$/, 'the account');
}

/** Returns the values to which a condition on the key limits everybody, with what they are. */
function limitOf({ conditions }: Statement, key: RegExp, what: string): string | undefined {
  const [limit] = conditions.filter(
    (condition) =>
      key.test(condition.keyName) &&
      requiresKey(condition) &&
      !isNull(condition) &&
      condition.values.every((value) => !/^[*?/]*$/.test(value)),
  );
  return limit === undefined ? undefined : `${what} ${limit.values.map(show).join(' or ')}`;
}

function peopleOf(statement: Statement): readonly Principal[] {
  const { effect, hasNotPrincipal, principals } = statement;
  if (effect !== 'Allow' || !isAboutAction(statement, ASSUME_ROLE) || leavesNoUsers(statement)) {
    return [];
  }
  if (hasNotPrincipal) {
    return [ANYBODY];
  }
  const hasExternalId = statement.conditions.some(isExternalId);
  return principals.filter(
    // An external id is for the software of another company, which cannot give MFA, whether it trusts an account or a user.
    (one) => isPeople(one) && !(hasExternalId && one.kind !== 'anybody' && !isOwnAccount(one)),
  );
}

/** Tells whether a condition requires an external id of one company, not any or none. */
function isExternalId(condition: Condition): boolean {
  const { keyName, values } = condition;
  return (
    keyName === 'sts:externalid' &&
    !isNull(condition) &&
    requiresKey(condition) &&
    values.length > 0 &&
    !values.some((value) => /^[*?]*$/.test(value))
  );
}
