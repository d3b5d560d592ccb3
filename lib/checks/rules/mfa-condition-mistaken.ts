import { MFA_PRESENT } from '../../policy/mfa-keys';
import { concernsPeople } from '../callers';
import { showMfaConditions } from '../denies';
import { denyConditionsFor, exemptionFor } from '../deny-fix';
import { AGE_NAME } from '../mfa-key';
import { mayBeOpen } from '../open-without-mfa';
import type { Policy } from '../policy';
import {
  hasMistypedKey,
  matchesWithMfa,
  mayBeBoolean,
  mfaConditionsOf,
  requestsWithoutMfa,
  surelyMatchesFreshMfa,
  surelyMatchesWithMfa,
} from '../requests-without-mfa';
import { type Finding, judgeStatements, type Rule } from '../rule';
import { type Condition, isNull, type Statement } from '../statement';
import { isKnown } from '../template-text';

type Found = Omit<Finding, 'location'> | undefined;

const REQUIRE_MFA = `write the condition { "Bool": { "${MFA_PRESENT}": "true" } }`;

/**
 * A condition on MFA uses an operator and a value that the key has, and asks for the presence of MFA, not for its absence.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export const mfaConditionMistaken: Rule = {
  id: 'MfaConditionMistaken',
  summary: 'A condition on MFA is reversed, or compares with a value that its key never has.',
  severity: 'error',
  check: (policy) =>
    judgeStatements(
      policy,
      (statement) => statement.effect !== undefined && mfaConditionsOf(statement).length > 0,
      (statement) =>
        isOfAnotherRule(policy, statement)
          ? undefined
          : (judgeForm(policy, statement) ?? judgeDirection(policy, statement)),
    ),
};

/**
 * Tells whether a mistake is another rule's finding: an Allow of people with and without MFA, a Deny that reaches nobody with
 * MFA, a mistyped key, or a condition on machines.
 */
function isOfAnotherRule(policy: Policy, statement: Statement): boolean {
  if (!concernsPeople(policy, statement) || hasMistypedKey(statement)) {
    return true;
  }
  return statement.effect === 'Deny'
    ? !surelyMatchesWithMfa(statement)
    : requestsWithoutMfa(statement).length > 0 && (matchesWithMfa(statement) || policy.kind === 'trust');
}

/** Judges operators and values. */
function judgeForm(policy: Policy, statement: Statement): Found {
  const mistake = mfaConditionsOf(statement)
    .map(mistakeOf)
    .find((each) => each !== undefined);
  return mistake === undefined
    ? undefined
    : { problem: `${showMfaConditions(statement)}: ${mistake}`, fix: fixOf(policy, statement) };
}

function mistakeOf(condition: Condition): string | undefined {
  const { keyName, test, ifExists, operator, values } = condition;
  const known = values.filter(isKnown);
  if (isNull(condition)) {
    return ifExists
      ? `${operator} is not an operator of IAM, because Null itself asks whether the key exists`
      : notBoolean(known);
  }
  if (keyName === AGE_NAME) {
    return /^Numeric/i.test(test)
      ? known.some((value) => !/^\d+(\.\d+)?$/.test(value))
        ? 'the age is a number of seconds'
        : undefined
      : `the age is a number of seconds, which ${operator} does not compare`;
  }
  if (/^Bool$/i.test(test)) {
    return notBoolean(known);
  }
  return /^String/i.test(test) && mayBeBoolean(condition)
    ? undefined
    : `the key is a boolean, "true" or "false" in lower case, which ${operator} does not match with this value`;
}

function notBoolean(known: readonly string[]): string | undefined {
  return known.some((value) => !/^(true|false)$/i.test(value))
    ? 'the value is not "true" or "false"'
    : undefined;
}

/** Judges whether the condition is the reverse of the one that was meant. */
function judgeDirection(policy: Policy, statement: Statement): Found {
  const by = showMfaConditions(statement);
  if (!mfaConditionsOf(statement).every(({ values }) => values.every(isKnown))) {
    return undefined;
  }
  const isOfFreshMfa = surelyMatchesFreshMfa(statement);
  if (statement.effect === 'Deny') {
    return isOfFreshMfa
      ? { problem: `denies by ${by}, which is true of people who gave MFA`, fix: fixOf(policy, statement) }
      : undefined;
  }
  if (isOfFreshMfa) {
    return undefined;
  }
  const isOfOldMfa = surelyMatchesWithMfa(statement);
  if (isOfOldMfa || requestsWithoutMfa(statement).length === 0) {
    const who = isOfOldMfa ? 'only of people who gave MFA long ago' : 'of no request';
    return { problem: `allows by ${by}, which is true ${who}`, fix: REQUIRE_MFA };
  }
  return statement.actions?.every(mayBeOpen)
    ? undefined
    : { problem: `allows by ${by}, which is true only of requests without MFA`, fix: REQUIRE_MFA };
}

function fixOf(policy: Policy, statement: Statement): string {
  if (statement.effect === 'Allow') {
    return REQUIRE_MFA;
  }
  const exemption = exemptionFor(statement);
  return (
    `write the condition ${denyConditionsFor(policy, statement)} instead` +
    (exemption === '' ? '' : `; so that people can still enroll a device, write ${exemption}`)
  );
}
