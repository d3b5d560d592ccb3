/**
 * The requests without MFA that a statement matches. There are two of them: a session without MFA, where
 * `aws:MultiFactorAuthPresent` is false, and a long-term access key, where the key is absent. `aws:MultiFactorAuthAge`
 * is absent in both.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { AGE_NAME, PRESENT_NAME } from './mfa-key';
import { type Condition, isNegated, isNull, type Statement } from './statement';
import { isKnown } from './template-text';

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

/** Tells whether every request with MFA of some age passes them, whatever the deployment decides. */
export function surelyMatchesWithMfa(statement: Statement): boolean {
  return mfaConditionsOf(statement).every((condition) => matches(condition, 'with MFA') === true);
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

/** Tells whether a request passes a condition; `undefined` if a value of the deployment decides. */
function matches(condition: Condition, request: RequestWithoutMfa | 'with MFA'): boolean | undefined {
  if (condition.values.length > 0 && !condition.values.some(isKnown)) {
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
    return condition.values.every(isKnown) ? true : undefined;
  }
  const isEqual = equals(condition, String(request === 'with MFA'));
  return isEqual === undefined ? undefined : isEqual !== isNegated(condition);
}

function matchesAbsentKey(condition: Condition): boolean | undefined {
  const { quantifier, ifExists } = condition;
  // AWS says what each of the two means for an absent key, and not what they mean together.
  if (quantifier === 'ForAnyValue') {
    return ifExists ? undefined : false;
  }
  return ifExists || isNegated(condition) || quantifier === 'ForAllValues';
}

/** One value that is equal decides, whatever the deployment adds to it. Texts are compared with their case, booleans without. */
function equals({ test, values }: Condition, actual: string): boolean | undefined {
  const isText = /^string/i.test(test) && !/ignorecase$/i.test(test);
  const isLike = /like$/i.test(test);
  if (
    values.some((value) => (isLike && value === '*') || (isText ? value : value.toLowerCase()) === actual)
  ) {
    return true;
  }
  return values.every(isKnown) ? false : undefined;
}
