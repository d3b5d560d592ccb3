import { MFA_PRESENT } from '../../policy/mfa-keys';
import { showMfaConditions } from '../denies';
import { denyConditionsFor, exemptionFor } from '../deny-fix';
import { AGE_NAME } from '../mfa-key';
import { mayBeOpen } from '../open-without-mfa';
import type { Policy } from '../policy';
import { mfaConditionsOf, requestsWithoutMfa, surelyMatchesWithMfa } from '../requests-without-mfa';
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
  severity: 'error',
  check: (policy) =>
    judgeStatements(
      policy,
      (statement) => statement.effect !== undefined && mfaConditionsOf(statement).length > 0,
      (statement) => judgeForm(policy, statement) ?? judgeDirection(policy, statement),
    ),
};

/** Judges operators and values; a Deny that matches too little by them is a finding of its own. */
function judgeForm(policy: Policy, statement: Statement): Found {
  if (statement.effect === 'Deny' && !surelyMatchesWithMfa(statement)) {
    return undefined;
  }
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
  return /^String/i.test(test) && known.some((value) => ['true', 'false'].includes(value))
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
  const matchesWithMfa = surelyMatchesWithMfa(statement);
  if (statement.effect === 'Deny') {
    return matchesWithMfa && !isAboutAge(statement)
      ? { problem: `denies by ${by}, which is true of people who gave MFA`, fix: fixOf(policy, statement) }
      : undefined;
  }
  if (matchesWithMfa || policy.kind === 'trust') {
    return undefined;
  }
  if (requestsWithoutMfa(statement).length === 0) {
    return { problem: `allows by ${by}, which is true of no request`, fix: REQUIRE_MFA };
  }
  return statement.actions?.every(mayBeOpen)
    ? undefined
    : { problem: `allows by ${by}, which is true only of requests without MFA`, fix: REQUIRE_MFA };
}

/** Tells whether the statement denies MFA that is too old, which is another rule's. */
function isAboutAge(statement: Statement): boolean {
  return mfaConditionsOf(statement).some((condition) => condition.keyName === AGE_NAME && !isNull(condition));
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
