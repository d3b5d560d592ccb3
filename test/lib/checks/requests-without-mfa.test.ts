import { policiesOf } from '../../../lib/checks/policy';
import { demandsMfa, matchesWithMfa, requestsWithoutMfa } from '../../../lib/checks/requests-without-mfa';
import type { Statement } from '../../../lib/checks/statement';
import { ACCOUNT, decideUnchecked, type SignIn, user } from '../../support/policy-simulation';
import { permissions } from './verdicts';

const PRESENT = 'aws:MultiFactorAuthPresent';
const AGE = 'aws:MultiFactorAuthAge';
const ON_PRESENCE = [
  'Bool',
  'StringEquals',
  'StringNotEquals',
  'StringLike',
  'StringNotLike',
  'StringEqualsIgnoreCase',
];
const ON_AGE = ['NumericLessThan', 'NumericLessThanEquals', 'NumericGreaterThan', 'NumericGreaterThanEquals'];
const PREFIXES = ['', 'ForAnyValue:', 'ForAllValues:'];

const ON_PRESENCE_FORMS = ON_PRESENCE.flatMap((operator) =>
  PREFIXES.flatMap((prefix) => ['', 'IfExists'].map((suffix) => prefix + operator + suffix)),
);

/** Every condition on the MFA keys that there is a use for, and many that there is none for. */
const CONDITIONS = [
  ...ON_PRESENCE_FORMS.flatMap((operator) =>
    ['true', 'false'].map((value) => ({ [operator]: { [PRESENT]: value } })),
  ),
  ...ON_AGE.flatMap((operator) =>
    ['', 'IfExists'].map((suffix) => ({ [operator + suffix]: { [AGE]: '3600' } })),
  ),
  ...[PRESENT, AGE].flatMap((key) => ['true', 'false'].map((value) => ({ Null: { [key]: value } }))),
  { Bool: { [PRESENT]: ['true', 'false'] } },
  { Bool: { [PRESENT]: 'true' }, NumericLessThan: { [AGE]: '3600' } },
  { BoolIfExists: { [PRESENT]: 'true' }, NumericLessThanIfExists: { [AGE]: '3600' } },
  { Bool: { [PRESENT]: 'false' }, Null: { [PRESENT]: 'true' } },
];

function statementWith(condition: unknown, effect = 'Allow'): Statement {
  const [policy] = policiesOf(
    permissions({ Effect: effect, Action: '*', Resource: '*', Condition: condition }),
  );
  const [statement] = policy?.statements ?? [];
  if (statement === undefined) {
    throw new Error('there is no statement');
  }
  return statement;
}

/** Asks an independent evaluator whether a request passes an Allow with this condition. */
function passes(condition: unknown, signIn: SignIn): boolean {
  const Statement = [{ Effect: 'Allow', Action: '*', Resource: '*', Condition: condition }];
  const decision = decideUnchecked({
    caller: user('olga'),
    signIn,
    action: 'iam:GetUser',
    resource: `arn:aws:iam::${ACCOUNT}:user/olga`,
    policies: [{ Version: '2012-10-17', Statement }],
  });
  return decision === 'Allowed';
}

test.each(CONDITIONS.map((condition) => [JSON.stringify(condition), condition] as const))(
  '%s: an independent evaluator agrees on who passes',
  (_name, condition) => {
    const statement = statementWith(condition);
    const without = requestsWithoutMfa(statement);

    expect({
      key: without.includes('a long-term access key'),
      session: without.includes('a session without MFA'),
      mfa: matchesWithMfa(statement),
    }).toEqual({
      key: passes(condition, 'a long-term key'),
      session: passes(condition, 'a session without MFA'),
      mfa: passes(condition, 'fresh MFA') || passes(condition, 'MFA of yesterday'),
    });
    expect(demandsMfa(statement)).toBe(without.length === 0);
  },
);

test('what only the deployment knows lets nothing through an Allow, and everything into a Deny', () => {
  const condition = { Bool: { [PRESENT]: { Ref: 'Value' } } };
  expect(requestsWithoutMfa(statementWith(condition))).toEqual([]);
  expect(requestsWithoutMfa(statementWith(condition, 'Deny'))).toEqual([
    'a long-term access key',
    'a session without MFA',
  ]);
  expect(demandsMfa(statementWith({ 'Fn::If': ['Strict', {}, {}] }))).toBe(true);
});

test('ForAnyValue with IfExists passes no absent key, because AWS does not say that it does', () => {
  const condition = { 'ForAnyValue:BoolIfExists': { [PRESENT]: 'false' } };
  expect(requestsWithoutMfa(statementWith(condition))).toEqual(['a session without MFA']);
  expect(requestsWithoutMfa(statementWith(condition, 'Deny'))).toEqual(['a session without MFA']);
});

test('a statement without conditions on MFA does not demand it', () => {
  expect(demandsMfa(statementWith({ Bool: { 'aws:SecureTransport': 'true' } }))).toBe(false);
});
