import { mfaConditionMistaken } from '../../../../lib/checks/rules/mfa-condition-mistaken';
import { permissions, trust, verdictOf } from '../verdicts';

const PRESENT = 'aws:MultiFactorAuthPresent';
const AGE = 'aws:MultiFactorAuthAge';
function allow(Condition: unknown, Action: unknown = 's3:*') {
  return { Effect: 'Allow', Action, Resource: '*', Condition };
}
function deny(Condition: unknown) {
  return { ...allow(Condition), Effect: 'Deny' };
}

test.each([
  ['a Deny of those who gave MFA', deny({ Bool: { [PRESENT]: 'true' } }), 'is true of people who gave MFA'],
  ['a Deny by an age that exists', deny({ Null: { [AGE]: 'false' } }), 'is true of people who gave MFA'],
  ['a Deny of everybody', deny({ BoolIfExists: { [PRESENT]: ['true', 'false'] } }), 'is true of people'],
  [
    'a Deny of new MFA',
    deny({ NumericLessThanIfExists: { [AGE]: '3600' } }),
    'is true of people who gave MFA',
  ],
  [
    'a Deny of any other age',
    deny({ NumericNotEquals: { [AGE]: '3600' } }),
    'is true of people who gave MFA',
  ],
  [
    'an Allow of old MFA',
    allow({ NumericGreaterThan: { [AGE]: '3600' } }),
    'only of people who gave MFA long ago',
  ],
  ['an Allow without MFA', allow({ Bool: { [PRESENT]: 'false' } }), 'only of requests without MFA'],
  [
    'an Allow if the key exists, without MFA',
    allow({ BoolIfExists: { [PRESENT]: false } }),
    'only of requests',
  ],
  ['an Allow of the absent key', allow({ Null: { [PRESENT]: 'true' } }), 'only of requests without MFA'],
  [
    'an Allow of two that exclude each other',
    allow({ Bool: { [PRESENT]: 'true' }, Null: { [AGE]: 'true' } }),
    'of no request',
  ],
  ['text in another case', allow({ StringEquals: { [PRESENT]: 'True' } }), 'in lower case'],
  ['another value', allow({ Bool: { [PRESENT]: 'yes' } }), 'is not "true" or "false"'],
  ['a number for a boolean', allow({ NumericEquals: { [PRESENT]: '1' } }), 'the key is a boolean'],
  ['an ARN for a boolean', allow({ ArnLike: { [PRESENT]: 'true' } }), 'the key is a boolean'],
  ['a boolean for a number', allow({ Bool: { [AGE]: 'true' } }), 'a number of seconds'],
  ['a date for a number', allow({ DateLessThan: { [AGE]: '3600' } }), 'a number of seconds'],
  ['a number that is none', allow({ NumericLessThan: { [AGE]: '1h' } }), 'a number of seconds'],
  ['Null with IfExists', allow({ NullIfExists: { [AGE]: 'false' } }), 'is not an operator of IAM'],
  ['Null of another value', allow({ Null: { [AGE]: 'no' } }), 'is not "true" or "false"'],
])('%s', (_name, statement, problem) => {
  expect(verdictOf(mfaConditionMistaken, permissions(statement))).toContain(problem);
});

test.each([
  ['an Allow with MFA', allow({ Bool: { [PRESENT]: 'true' } })],
  ['an Allow with recent MFA', allow({ NumericLessThan: { [AGE]: 3600 } })],
  ['an Allow as text', allow({ StringEquals: { [PRESENT]: 'true' } })],
  ['an Allow as text in any case', allow({ StringEqualsIgnoreCase: { [PRESENT]: 'true' } })],
  ['a Deny without MFA', deny({ BoolIfExists: { [PRESENT]: 'false' } })],
  ['a Deny of old MFA', deny({ NumericGreaterThan: { [AGE]: '3600' } })],
  [
    'a Deny of old MFA that is there',
    deny({ Bool: { [PRESENT]: 'true' }, NumericGreaterThan: { [AGE]: '60' } }),
  ],
  ['a Deny that another rule finds', deny({ StringEquals: { [PRESENT]: 'False' } })],
  [
    'enrolling while there is no MFA',
    allow({ BoolIfExists: { [PRESENT]: 'false' } }, ['iam:EnableMFADevice']),
  ],
  ['a value of the deployment', allow({ Bool: { [PRESENT]: { Ref: 'Required' } } })],
])('%s is as it should be', (_name, statement) => {
  expect(verdictOf(mfaConditionMistaken, permissions(statement))).toBe('compliant');
});

test('it leaves a trust policy that people pass without MFA to the rule about roles', () => {
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: '111122223333' },
    Action: 'sts:AssumeRole',
    Condition: { Bool: { [PRESENT]: 'false' } },
  };
  expect(verdictOf(mfaConditionMistaken, trust(statement))).toBe('compliant');
});

test.each([
  ['other conditions', permissions(allow({ StringEquals: { 's3:prefix': 'true' } }))],
  ['conditions of the deployment', permissions(allow({ 'Fn::If': ['Strict', { Bool: {} }, {}] }))],
])('it is not about %s', (_name, template) => {
  expect(verdictOf(mfaConditionMistaken, template)).toBe('not applicable');
});
