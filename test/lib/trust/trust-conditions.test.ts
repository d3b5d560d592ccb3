import { guarded, Refusal } from '../../../lib/trust/trust-conditions';

type Conditions = Readonly<Record<string, unknown>>;

const OLGA = { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:user/olga' } };

function refusalOf(statement: object): string | undefined {
  const outcome = guarded(statement, '900');
  return outcome instanceof Refusal ? `${outcome.part}: ${outcome.reason}` : undefined;
}

const MFA = {
  Bool: { 'aws:MultiFactorAuthPresent': 'true' },
  NumericLessThan: { 'aws:MultiFactorAuthAge': '900' },
};

describe('MFA conditions', () => {
  test.each<readonly [string, Conditions, Conditions]>([
    ['are added to nothing', {}, MFA],
    ['are not added twice', MFA, MFA],
    ['stay next to other operators', { StringEquals: { a: 'b' } }, { StringEquals: { a: 'b' }, ...MFA }],
    [
      'stay next to other keys of their operators',
      { Bool: { a: 'false' }, NumericLessThan: { b: 1 } },
      { Bool: { a: 'false', ...MFA.Bool }, NumericLessThan: { b: 1, ...MFA.NumericLessThan } },
    ],
    [
      'accept a boolean and a lower age, in any case of the keys',
      { Bool: { 'AWS:multifactorauthpresent': true }, NumericLessThan: { 'AWS:multifactorauthage': 60 } },
      { Bool: { 'AWS:multifactorauthpresent': true }, NumericLessThan: { 'AWS:multifactorauthage': 60 } },
    ],
    [
      'are added although BoolIfExists asks for less',
      { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } },
      { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' }, ...MFA },
    ],
    [
      'are added although an age is asked for in another way',
      { NumericLessThanEquals: { 'aws:MultiFactorAuthAge': '7200' } },
      { NumericLessThanEquals: { 'aws:MultiFactorAuthAge': '7200' }, ...MFA },
    ],
  ])('%s', (_name, before, after) => {
    expect(guarded({ ...OLGA, Condition: before }, '900')).toEqual({ ...OLGA, Condition: after });
  });

  test('leave the conditions they were given untouched', () => {
    const before = { Bool: { a: 'false' } };
    guarded({ ...OLGA, Condition: before }, '900');

    expect(before).toEqual({ Bool: { a: 'false' } });
  });

  test.each<readonly [Conditions, string]>([
    [{ Bool: { 'aws:MultiFactorAuthPresent': false } }, 'is false, must be "true"'],
    [{ NumericLessThan: { 'aws:MultiFactorAuthAge': 901 } }, 'is 901, must be at most 900'],
    [
      { NumericLessThan: { 'aws:MultiFactorAuthAge': { Ref: 'Age' } } },
      'is {"Ref":"Age"}, cannot be compared',
    ],
    [
      { Bool: { 'aws:MultiFactorAuthPresent': 'true', 'aws:multifactorauthpresent': 'false' } },
      'aws:multifactorauthpresent is "false", must be "true"',
    ],
    [{ Bool: { 'aws:MultiFactorAuthPresent': [] } }, 'is [], must be "true"'],
    [
      { NumericLessThan: { 'aws:MultiFactorAuthAge': '60', 'aws:multifactorauthage': '7200' } },
      'aws:multifactorauthage is "7200", must be at most 900',
    ],
    [{ NumericLessThan: { 'aws:MultiFactorAuthAge': [] } }, 'is [], cannot be compared'],
    [{ NumericLessThan: { 'aws:MultiFactorAuthAge': ' ' } }, 'is " ", cannot be compared'],
    [{ Bool: { 'Fn::If': ['A', {}, {}] } }, 'not known before deployment'],
    [{ 'Fn::If': ['A', {}, {}] }, 'not known before deployment'],
  ])('refuse %j', (before, message) => {
    expect(refusalOf({ ...OLGA, Condition: before })).toContain(message);
    expect(refusalOf({ ...OLGA, Condition: before })).toMatch(/^conditions: /);
  });
});

test.each([
  [
    {
      Effect: 'Allow',
      Principal: { AWS: ['arn:aws:iam::111122223333:user/a', 'arn:aws:iam::111122223333:role/b'] },
    },
    /role\/b/,
  ],
  [{ Effect: 'Allow', Principal: { Service: { 'Fn::Sub': 'x' } } }, /trusts the service, which/],
  [{ Effect: 'Allow', Principal: '*' }, /trusts '\*'/],
  [{ Effect: 'Allow', NotPrincipal: { AWS: 'x' } }, /NotPrincipal/],
  [
    { Effect: 'Allow', Principal: { AWS: 'olga' } },
    /trusts 'olga', which is neither an IAM user nor an account/,
  ],
  [{ Effect: 'Allow', Principal: { AWS: '' } }, /trusts '', which is neither/],
  [{ Effect: 'Allow', Principal: {} }, /trusts nobody/],
  [{ Effect: 'Allow' }, /trusts nobody/],
  [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:group/staff' } }, /neither an IAM user/],
])('the statement %j is refused', (statement, reason) => {
  expect(refusalOf(statement)).toMatch(reason);
  expect(refusalOf(statement)).toMatch(/^principal: /);
});

test.each<Conditions>([
  { StringLike: { 'aws:PrincipalOrgID': 'o-*' } },
  { StringLike: { 'aws:PrincipalOrgID': ['o-1', 'o-?'] } },
  { StringLike: { 'aws:PrincipalAccount': '????????????' } },
  { StringLike: { 'aws:PrincipalAccount': { Ref: 'Account' } } },
  { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': 'o-*/r-ab12/*' } },
  { StringEquals: { 'aws:PrincipalOrgID': [] } },
  { 'ForAllValues:StringEquals': { 'aws:PrincipalOrgID': 'o-1' } },
  { StringEqualsIfExists: { 'aws:PrincipalOrgID': 'o-1' } },
  { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } },
  { StringEquals: { 'aws:SourceAccount': '111122223333' } },
])('the principal * is not narrowed by %j', (Condition) => {
  expect(refusalOf({ Effect: 'Allow', Principal: '*', Condition })).toMatch(/trusts '\*'/);
});

test.each([
  [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:user/role/a' } }],
  [{ Effect: 'Allow', Principal: { AWS: { 'Fn::GetAtt': ['User', 'Arn'] } } }],
  [{ Effect: 'Allow', Principal: { AWS: ['111122223333', 'arn:aws-us-gov:iam::111122223333:root'] } }],
  [{ Effect: 'Allow', Principal: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }],
  [
    {
      Effect: 'Allow',
      Principal: '*',
      Condition: { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': 'o-1/*' } },
    },
  ],
  [
    {
      Effect: 'Allow',
      Principal: '*',
      Condition: { StringLike: { 'aws:PrincipalAccount': '111122223333' } },
    },
  ],
  [
    {
      Effect: 'Allow',
      Principal: '*',
      Condition: { StringEquals: { 'aws:PrincipalOrgID': { Ref: 'Org' } } },
    },
  ],
  [{ Effect: 'Deny', Principal: '*' }],
  [{ Effect: 'Deny', Principal: { Service: 'ec2.amazonaws.com' } }],
])('the statement %j is not', (statement) => {
  expect(refusalOf(statement)).toBeUndefined();
});

test('a statement that denies stays as it is', () => {
  const statement = { Effect: 'Deny', Principal: '*', Condition: { Bool: { a: 'false' } } };

  expect(guarded(statement, '900')).toBe(statement);
});

test('conditions that are no object are refused, not dropped', () => {
  expect(refusalOf({ ...OLGA, Condition: 'of the deployment' })).toContain('not known before deployment');
});
