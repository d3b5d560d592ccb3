/**
 * Every operator on both MFA keys, with every effect, judged next to an evaluator that is not ours: a statement that does
 * what it should has no finding, one that does not has exactly one.
 */
import { checkTemplates } from '../../../lib/checks/check-templates';
import { ADMINISTRATOR, decideUnchecked, type SignIn, user } from '../../support/policy-simulation';

const PRESENT = 'aws:MultiFactorAuthPresent';
const AGE = 'aws:MultiFactorAuthAge';
const OF_PRESENT = ['Bool', 'StringEquals', 'StringEqualsIgnoreCase', 'StringLike'];
const NOT_PRESENT = ['StringNotEquals', 'StringNotEqualsIgnoreCase', 'StringNotLike'];
const OF_AGE = ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map(
  (name) => `Numeric${name}`,
);

type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function forms(operators: readonly string[]): readonly string[] {
  return operators.flatMap((operator) =>
    ['', 'ForAnyValue:', 'ForAllValues:'].flatMap((quantifier) =>
      ['', 'IfExists'].map((suffix) => quantifier + operator + suffix),
    ),
  );
}

function each(operators: readonly string[], key: string, values: readonly unknown[]): readonly Conditions[] {
  return operators.flatMap((operator) => values.map((value) => ({ [operator]: { [key]: value } })));
}

const SINGLE: readonly Conditions[] = [
  ...each(forms([...OF_PRESENT, ...NOT_PRESENT]), PRESENT, ['true', 'false', true, ['true', 'false'], []]),
  ...each(forms(OF_AGE), AGE, ['3600', 300, ['60', '3600'], []]),
  ...each(['Null'], PRESENT, ['true', 'false', true]),
  ...each(['Null'], AGE, ['true', 'false', true]),
];
const USUAL: readonly Conditions[] = [
  ...each(['Bool', 'BoolIfExists'], PRESENT, ['true', 'false']),
  ...each(['Null'], PRESENT, ['true', 'false']),
  ...each(['NumericLessThan', 'NumericGreaterThan', 'NumericGreaterThanIfExists'], AGE, ['3600']),
];
const PAIRS = USUAL.flatMap((one) => USUAL.map((other) => ({ ...one, ...other })));
/** Those that fit no key, or no value of it: what an evaluator makes of them is not what counts. */
const ILL_FORMED: readonly Conditions[] = [
  ...each(forms([...OF_PRESENT, ...NOT_PRESENT]), PRESENT, ['True', '*', 't*', '?????', 'yes', '1']),
  ...each(forms(['NumericLessThan', 'DateLessThan', 'ArnLike', 'IpAddress', 'BinaryEquals']), PRESENT, [
    'true',
  ]),
  ...each(forms(['Bool', 'StringEquals', 'ArnLike']), AGE, ['3600', 'true']),
  ...each(['Null', 'NullIfExists'], PRESENT, ['yes']),
];

const SIGN_INS: readonly SignIn[] = [
  'a long-term key',
  'a session without MFA',
  'fresh MFA',
  'MFA of yesterday',
];

function documentOf(effect: string, conditions: Conditions) {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: effect, Action: 's3:*', Resource: '*', Condition: conditions }],
  };
}

/** Tells which of the requests the statement matches. */
function matched(effect: string, conditions: Conditions): readonly boolean[] {
  const document = documentOf(effect, conditions);
  return SIGN_INS.map((signIn) => {
    const decision = decideUnchecked({
      caller: user('olga'),
      signIn,
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::bucket/key',
      policies: effect === 'Deny' ? [ADMINISTRATOR, document] : [document],
    });
    return decision === (effect === 'Deny' ? 'ExplicitlyDenied' : 'Allowed');
  });
}

function rulesIn(effect: string, conditions: Conditions): readonly string[] {
  const Properties = { Groups: ['people'], PolicyDocument: documentOf(effect, conditions) };
  const template = { Resources: { P: { Type: 'AWS::IAM::ManagedPolicy', Properties } } };
  return checkTemplates([{ path: 't.json', account: undefined, template }]).findings.map(({ rule }) => rule);
}

/** A Deny stops all without MFA, an Allow none of them; neither harms those who gave MFA just now. */
function isRight(effect: string, [key, session, fresh]: readonly boolean[]): boolean {
  return effect === 'Deny'
    ? key === true && session === true && fresh === false
    : !key && !session && fresh === true;
}

describe.each(['Deny', 'Allow'])('%s', (effect) => {
  test('has one finding where an evaluator says that it does something else, and none where it is right', () => {
    const judged = [...SINGLE, ...PAIRS].map((conditions) => ({
      conditions,
      isRight: isRight(effect, matched(effect, conditions)),
      rules: rulesIn(effect, conditions),
    }));
    expect(judged.filter((one) => one.isRight).length).toBeGreaterThan(20);
    expect(judged.filter((one) => one.rules.length !== (one.isRight ? 0 : 1))).toEqual([]);
  });

  test('has at most one finding where it is ill-formed, and one where something passes by it', () => {
    const judged = ILL_FORMED.map((conditions) => ({
      conditions,
      isRight: isRight(effect, matched(effect, conditions)),
      rules: rulesIn(effect, conditions),
    }));
    expect(judged.filter(({ rules }) => rules.length > 1)).toEqual([]);
    expect(judged.filter((one) => !one.isRight && one.rules.length === 0)).toEqual([]);
  });

  test.each([
    ['Bool', 'aws:MultiFactorAuthPresnt', 'true'],
    ['BoolIfExists', 'aws:MultiFactorAuthPresnt', 'false'],
    ['Null', 'aws:MultiFactorAuthPresent ', 'true'],
    ['NumericGreaterThan', 'aws:MultiFactorAuthAgee', '3600'],
  ])('has one finding for a mistyped key: %s %s', (operator, key, value) => {
    expect(rulesIn(effect, { [operator]: { [key]: value } })).toEqual(['UnknownConditionKey']);
  });
});
