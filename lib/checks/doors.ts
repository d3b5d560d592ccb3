/** The statements of a trust policy by which people come in. */
import { leavesNoUsers } from './callers';
import { requestsNotDenied } from './denies';
import type { Policy } from './policy';
import { ANYBODY, isOwnAccount, isPeople, type Principal } from './principal';
import { demandsMfa, matchesWithMfa, mfaConditionsOf } from './requests-without-mfa';
import { isAboutAction } from './scope';
import { type Condition, isNull, requiresKey, type Statement } from './statement';
import { show } from './template-text';

const ASSUME_ROLE = 'sts:AssumeRole';

/** A statement by which people come in, and which people. */
interface Door {
  readonly statement: Statement;
  readonly people: readonly Principal[];
  /** True if MFA is required in some way; another rule judges whether the way is right. */
  readonly asksForMfa: boolean;
  /** True if somebody can assume the role without MFA. */
  readonly isOpen: boolean;
}

/** The doors of a trust policy, in its order. */
export function doorsOf(policy: Policy): readonly Door[] {
  return policy.statements.flatMap((statement) => {
    const people = peopleOf(statement);
    if (people.length === 0) {
      return [];
    }
    const asksForMfa =
      demandsMfa(statement) || (mfaConditionsOf(statement).length > 0 && matchesWithMfa(statement));
    const isDenied = requestsNotDenied(policy, { ...statement, actions: [ASSUME_ROLE] }).length === 0;
    return [{ statement, people, asksForMfa, isOpen: !asksForMfa && !isDenied }];
  });
}

/** The people of a door, for people. */
export function showPeople({ people }: Door): string {
  return people.map(({ kind, name }) => (kind === 'anybody' ? 'anybody (*)' : show(name))).join(', ');
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
    // An external id is for the software of another company, which cannot give MFA.
    (one) => isPeople(one) && !(hasExternalId && one.kind === 'account' && !isOwnAccount(one)),
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
