/**
 * The requests without MFA that a statement matches. There are two of them: a session without MFA, where
 * `aws:MultiFactorAuthPresent` is false, and a long-term access key, where the key is absent. `aws:MultiFactorAuthAge`
 * is absent in both.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { matchesFolded } from '../policy/wildcards';
import { AGE_NAME, PRESENT_NAME } from './mfa-key';
import { type Condition, isNegated, isNull, type Statement } from './statement';
import { isKnown } from './template-text';
import { isMistyped } from './vocabulary';

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

/** Tells whether an MFA key of a statement is mistyped. That is a finding of its own; the rest is judged once the key is right. */
export function hasMistypedKey(statement: Statement): boolean {
  return mfaConditionsOf(statement).some(
    ({ key, keyName }) => key.toLowerCase() !== keyName && isMistyped(key, keyName),
  );
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

/** Tells whether a request with MFA that was given just now surely passes the MFA conditions of a statement, whatever the deployment decides. */
export function surelyMatchesFreshMfa(statement: Statement): boolean {
  return mfaConditionsOf(statement).every((condition) => matches(condition, FRESH) === true);
}

/** Tells whether a request with MFA of some age surely passes the MFA conditions of a statement. */
export function surelyMatchesWithMfa(statement: Statement): boolean {
  const conditions = mfaConditionsOf(statement);
  return agesIn(conditions).some((age) => conditions.every((condition) => matches(condition, age) === true));
}

/** Tells whether a request with MFA of some age passes the MFA conditions of a statement. */
export function matchesWithMfa(statement: Statement): boolean {
  const conditions = mfaConditionsOf(statement);
  return agesIn(conditions).some((age) => conditions.every((condition) => matches(condition, age) ?? true));
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

/** The seconds since MFA was given, in a request right after it and in the last one of the longest session. */
const FRESH = 1;
const OLDEST = 129_600;

/** Returns the ages of MFA that the conditions may tell apart. */
function agesIn(conditions: readonly Condition[]): readonly number[] {
  const limits = conditions
    .filter(({ keyName }) => keyName === AGE_NAME)
    .flatMap(({ values }) => values.map(Number))
    .flatMap((limit) => [limit - 1, limit, limit + 1]);
  return [FRESH, ...limits.filter((age) => age > 0 && age < OLDEST), OLDEST];
}

/**
 * Tells whether a request passes a condition; `undefined` if a value of the deployment decides.
 *
 * @param request without MFA, or the age of its MFA
 */
function matches(condition: Condition, request: RequestWithoutMfa | number): boolean | undefined {
  if (condition.values.length > 0 && !condition.values.some(isKnown)) {
    return undefined;
  }
  const isAbsent = request === LONG_TERM_KEY || (request === SESSION && condition.keyName === AGE_NAME);
  if (isNull(condition)) {
    return equals({ ...condition, test: 'Bool' }, String(isAbsent));
  }
  if (isAbsent) {
    return matchesAbsentKey(condition);
  }
  const isEqual = equals(condition, String(condition.keyName === AGE_NAME ? request : request !== SESSION));
  return isEqual === undefined ? undefined : isEqual !== isNegated(condition);
}

/** `ForAnyValue` finds no value that would match, with `IfExists` as well: AWS does not say that it passes. */
function matchesAbsentKey(condition: Condition): boolean {
  const { quantifier, ifExists } = condition;
  return quantifier !== 'ForAnyValue' && (ifExists || isNegated(condition) || quantifier === 'ForAllValues');
}

/** Tells whether a value that is known may be that of a boolean key, as the operator compares it. */
export function mayBeBoolean({ test, values }: Condition): boolean {
  return values.some((value) => isEqual(test, value, 'true') || isEqual(test, value, 'false'));
}

/** One value that is equal decides, whatever the deployment adds to it. */
function equals({ test, values }: Condition, actual: string): boolean | undefined {
  if (values.some((value) => isKnown(value) && isEqual(test, value, actual))) {
    return true;
  }
  return values.every(isKnown) ? false : undefined;
}

/** Compares as the operator does, negated or not. A date may be a number of seconds; other types find nothing equal. */
function isEqual(test: string, value: string, actual: string): boolean {
  switch (test.toLowerCase().replace('not', '').replace('date', 'numeric')) {
    case 'bool':
      return value.toLowerCase() === actual && /^[tf]/.test(actual);
    case 'stringequalsignorecase':
      return value.toLowerCase() === actual;
    case 'stringequals':
      return value === actual;
    case 'stringlike':
      return matchesFolded(value, actual);
    case 'numericequals':
      return Number(actual) === Number(value);
    case 'numericlessthan':
      return Number(actual) < Number(value);
    case 'numericlessthanequals':
      return Number(actual) <= Number(value);
    case 'numericgreaterthan':
      return Number(actual) > Number(value);
    case 'numericgreaterthanequals':
      return Number(actual) >= Number(value);
    default:
      return false;
  }
}
