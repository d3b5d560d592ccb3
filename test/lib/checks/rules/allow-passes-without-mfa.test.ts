import { allowPassesWithoutMfa } from '../../../../lib/checks/rules/allow-passes-without-mfa';
import { roleWithoutMfa } from '../../../../lib/checks/rules/role-without-mfa';
import { fixOf, permissions, trust, verdictOf } from '../verdicts';

function allow(Condition: unknown) {
  return { Effect: 'Allow', Action: 's3:*', Resource: '*', Condition };
}
function present(operator: string, value: unknown = 'true') {
  return {
    [operator]: { 'aws:MultiFactorAuthPresent': value },
  };
}

describe('an Allow that requires MFA, and that a request without it passes', () => {
  test.each([
    [
      'BoolIfExists',
      present('BoolIfExists'),
      'but lets a long-term access key (the condition key is absent) through',
    ],
    [
      'either value',
      present('Bool', ['true', 'false']),
      'but lets a session without MFA (the condition key is false) through',
    ],
    [
      'the key that is there',
      present('Null', 'false'),
      'but lets a session without MFA (the condition key is false) through',
    ],
    [
      'StringNotEquals',
      present('StringNotEquals', 'false'),
      'but lets a long-term access key (the condition key is absent) through',
    ],
    [
      'ForAllValues',
      present('ForAllValues:Bool'),
      'but lets a long-term access key (the condition key is absent) through',
    ],
    [
      'an age, if there is one',
      { NumericLessThanIfExists: { 'aws:MultiFactorAuthAge': '3600' } },
      'but lets a long-term access key (the condition key is absent) and a session without MFA (the condition key is false) through',
    ],
  ])('%s', (_name, condition, passing) => {
    const verdict = verdictOf(allowPassesWithoutMfa, permissions(allow(condition)));
    expect(verdict).toContain('Properties.PolicyDocument.Statement.0: requires MFA by ');
    expect(verdict).toContain(passing);
  });

  test('in a trust policy it is this finding, not a second one', () => {
    const door = {
      Effect: 'Allow',
      Principal: { AWS: '111122223333' },
      Action: 'sts:AssumeRole',
      Condition: present('BoolIfExists'),
    };
    expect(verdictOf(allowPassesWithoutMfa, trust(door))).toContain(
      'BoolIfExists aws:MultiFactorAuthPresent "true"',
    );
    expect(verdictOf(roleWithoutMfa, trust(door))).toBe('compliant');
    expect(fixOf(allowPassesWithoutMfa, trust(door))).toContain(
      '{ "Bool": { "aws:MultiFactorAuthPresent": "true" } }',
    );
  });
});

test.each([
  ['Bool', [allow(present('Bool'))]],
  ['a maximum age', [allow({ NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' } })]],
  [
    'Bool, and an age if there is one',
    [allow({ ...present('Bool'), NumericLessThanIfExists: { 'aws:MultiFactorAuthAge': '60' } })],
  ],
  [
    'another Deny',
    [
      allow(present('BoolIfExists')),
      { Effect: 'Deny', Action: '*', Resource: '*', Condition: present('BoolIfExists', 'false') },
    ],
  ],
  ['a value of the deployment', [allow(present('BoolIfExists', { Ref: 'Value' }))]],
])('no request without MFA passes %s', (_name, statements) => {
  expect(verdictOf(allowPassesWithoutMfa, permissions(...statements))).toBe('compliant');
});

test.each([
  ['a Deny', { ...allow(present('BoolIfExists')), Effect: 'Deny' }],
  ['an Allow that does not ask', allow({ Bool: { 'aws:SecureTransport': 'true' } })],
  ['what is meant to be open without MFA', allow(present('BoolIfExists', 'false'))],
  [
    'roles',
    allow({
      ...present('BoolIfExists'),
      StringLike: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/*' },
    }),
  ],
])('it is not about %s', (_name, statement) => {
  expect(verdictOf(allowPassesWithoutMfa, permissions(statement))).toBe('not applicable');
});
