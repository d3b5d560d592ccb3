import { denyPassesWithoutMfa } from '../../../../lib/checks/rules/deny-passes-without-mfa';
import { fixOf, permissions, resource, verdictOf } from '../verdicts';

function deny(Condition: unknown, more: object = {}) {
  return {
    Effect: 'Deny',
    NotAction: ['iam:ListMFADevices', 'sts:GetSessionToken'],
    Resource: '*',
    Condition,
    ...more,
  };
}
function present(operator: string, value: unknown = 'false') {
  return {
    [operator]: { 'aws:MultiFactorAuthPresent': value },
  };
}

const LONG_TERM_KEY = 'but lets a long-term access key (the condition key is absent) through';
const SESSION = 'but lets a session without MFA (the condition key is false) through';
const BOTH =
  'but lets a long-term access key (the condition key is absent) and a session without MFA (the condition key is false) through';

describe('a Deny that some requests without MFA pass', () => {
  test.each([
    ['Bool', deny(present('Bool')), LONG_TERM_KEY],
    ['Bool with a boolean', deny(present('Bool', false)), LONG_TERM_KEY],
    ['the key in another case', deny({ Bool: { 'AWS:MULTIFACTORAUTHPRESENT': 'false' } }), LONG_TERM_KEY],
    ['ForAnyValue:Bool', deny(present('ForAnyValue:Bool')), LONG_TERM_KEY],
    ['StringEquals', deny(present('StringEquals')), LONG_TERM_KEY],
    ['Null of the key', deny(present('Null', 'true')), SESSION],
    [
      'two conditions that are never true together',
      deny({ ...present('Bool'), NumericGreaterThan: { 'aws:MultiFactorAuthAge': '3600' } }),
      BOTH,
    ],
    [
      'Bool and Null in one statement',
      deny({ ...present('Bool'), Null: { 'aws:MultiFactorAuthPresent': 'true' } }),
      BOTH,
    ],
  ])('%s', (_name, statement, passing) => {
    const verdict = verdictOf(denyPassesWithoutMfa, permissions(statement));
    expect(verdict).toContain('Properties.PolicyDocument.Statement.0: denies by ');
    expect(verdict).toContain(passing);
  });

  test('the condition is shown as written, and the fix is the one that matches both', () => {
    const template = resource('AWS::IAM::Policy', {
      PolicyDocument: { Statement: deny(present('Bool')) },
      Groups: ['people'],
    });
    expect(verdictOf(denyPassesWithoutMfa, template)).toContain(
      'denies by Bool aws:MultiFactorAuthPresent "false", but lets',
    );
    expect(fixOf(denyPassesWithoutMfa, template)).toContain(
      '{ "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } }',
    );
  });

  test('in any policy there is, a bucket’s or a trust policy', () => {
    const Statement = deny(present('Bool'), { Principal: '*' });
    expect(
      verdictOf(denyPassesWithoutMfa, resource('AWS::S3::BucketPolicy', { PolicyDocument: { Statement } })),
    ).toContain(LONG_TERM_KEY);
    expect(
      verdictOf(
        denyPassesWithoutMfa,
        resource('AWS::IAM::Role', { AssumeRolePolicyDocument: { Statement } }),
      ),
    ).toContain(LONG_TERM_KEY);
  });

  test('next to another Deny that does not reach as far', () => {
    const narrow = deny(present('Null', 'true'), { NotAction: undefined, Action: 's3:*' });
    expect(verdictOf(denyPassesWithoutMfa, permissions(deny(present('Bool')), narrow))).toContain(
      LONG_TERM_KEY,
    );
  });
});

describe('a Deny that no request without MFA passes', () => {
  test.each([
    ['BoolIfExists', [deny(present('BoolIfExists'))]],
    ['Null of the age', [deny({ Null: { 'aws:MultiFactorAuthAge': 'true' } })]],
    ['ForAllValues, which is true of an absent key', [deny(present('ForAllValues:Bool'))]],
    ['StringNotEquals, which is true of an absent key', [deny(present('StringNotEquals', 'true'))]],
    ['two halves', [deny(present('Bool')), deny(present('Null', 'true'))]],
    [
      'two halves for the same callers',
      [
        deny({ ...present('Bool'), StringEquals: { 'aws:PrincipalTag/team': 'a' } }),
        deny({ ...present('Null', 'true'), StringEquals: { 'aws:PrincipalTag/team': 'a' } }),
      ],
    ],
  ])('%s', (_name, statements) => {
    expect(verdictOf(denyPassesWithoutMfa, permissions(...statements))).toBe('compliant');
  });
});

test.each([
  ['an Allow', { ...deny(present('Bool')), Effect: 'Allow' }],
  ['a Deny without MFA conditions', deny({ StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } })],
  ['a Deny of those who have MFA', deny(present('Bool', 'true'))],
  ['a Deny of old MFA', deny({ NumericGreaterThan: { 'aws:MultiFactorAuthAge': '3600' } })],
  ['a Deny of roles', deny({ ...present('Bool'), ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*' } })],
  ['a value of the deployment', deny(present('Bool', { Ref: 'Value' }))],
  ['conditions of the deployment', deny({ 'Fn::If': ['Strict', present('Bool'), {}] })],
])('it is not about %s', (_name, statement) => {
  expect(verdictOf(denyPassesWithoutMfa, permissions(statement))).toBe('not applicable');
});
