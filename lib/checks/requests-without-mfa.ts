/**
 * The requests without MFA that a statement matches. There are two of them: a session without MFA, where
 * `aws:MultiFactorAuthPresent` is false, and a long-term access key, where the key is absent. `aws:MultiFactorAuthAge`
 * is absent in both.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { MFA_AGE, MFA_PRESENT } from '../policy/mfa-keys';
import { type Condition, isNegated, isNull, type Statement } from './statement';
import { isKnown } from './template-text';

/** In lower case, as a condition's `keyName`, because IAM ignores the case of keys. */
const PRESENT_NAME = MFA_PRESENT.toLowerCase();
export const AGE_NAME = MFA_AGE.toLowerCase();

/** A request without MFA, by the caller. */
export type RequestWithoutMfa = 'a long-term access key' | 'a session without MFA';

const LONG_TERM_KEY = 'a long-term access key';
const SESSION = 'a session without MFA';
export const WITHOUT_MFA: readonly RequestWithoutMfa[] = [LONG_TERM_KEY, SESSION];

/** Returns the conditions of a statement on the MFA keys. */
export function mfaConditionsOf({ conditions }: Statement): readonly Condition[] {
  return conditions.filter(isOnMfa);
}

/** Returns its other conditions. */
export function otherConditionsOf({ conditions }: Statement): readonly Condition[] {
  return conditions.filter((condition) => !isOnMfa(condition));
}

function isOnMfa({ keyName }: Condition): boolean {
  return keyName === PRESENT_NAME || keyName === AGE_NAME;
}

/**
 * Tells whether a statement allows, or denies, by conditions on the MFA keys. Conditions that are decided at deployment do
 * not count.
 */
export function isAboutMfa(statement: Statement, effect: 'Allow' | 'Deny'): boolean {
  return statement.effect === effect && mfaConditionsOf(statement).length > 0;
}

/**
 * Returns the requests without MFA that pass the MFA conditions of a statement. A value that is known only at deployment
 * counts as right: an Allow with it matches none of them, a Deny matches all.
 */
export function requestsWithoutMfa(statement: Statement): readonly RequestWithoutMfa[] {
  const conditions = mfaConditionsOf(statement);
  return WITHOUT_MFA.filter((request) =>
    conditions.every((condition) => matches(condition, request) ?? statement.effect === 'Deny'),
  );
}

/** Tells whether a request with MFA, of some age, passes the MFA conditions of a statement. */
export function matchesWithMfa(statement: Statement): boolean {
  return mfaConditionsOf(statement).every((condition) => matches(condition, 'with MFA') ?? true);
}

/**
 * Tells whether a statement matches no request without MFA, or may not because its conditions are decided at
 * deployment.
 */
export function demandsMfa(statement: Statement): boolean {
  return (
    !statement.conditionsKnown ||
    (mfaConditionsOf(statement).length > 0 && requestsWithoutMfa(statement).length === 0)
  );
}

function matches(condition: Condition, request: RequestWithoutMfa | 'with MFA'): boolean | undefined {
  if (!condition.values.every(isKnown)) {
    return undefined;
  }
  const isAbsent = request === LONG_TERM_KEY || (request === SESSION && condition.keyName === AGE_NAME);
  if (isNull(condition)) {
    return equals(condition, String(isAbsent));
  }
  if (isAbsent) {
    return matchesAbsentKey(condition);
  }
  if (condition.keyName === AGE_NAME) {
    return true;
  }
  return equals(condition, String(request === 'with MFA')) !== isNegated(condition);
}

function matchesAbsentKey(condition: Condition): boolean | undefined {
  const { quantifier, ifExists } = condition;
  // AWS says what each of the two means for an absent key, and not what they mean together.
  if (quantifier === 'ForAnyValue') {
    return ifExists ? undefined : false;
  }
  return ifExists || isNegated(condition) || quantifier === 'ForAllValues';
}

function equals({ values }: Condition, actual: string): boolean {
  return values.some((value) => value === '*' || value.toLowerCase() === actual);
}
