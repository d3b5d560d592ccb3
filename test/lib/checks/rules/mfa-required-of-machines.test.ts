import { checkTemplates } from '../../../../lib/checks/check-templates';
import { mfaRequiredOfMachines } from '../../../../lib/checks/rules/mfa-required-of-machines';
import { permissions, resource, trust, verdictOf } from '../verdicts';

const MFA = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };
function allow(Principal: unknown, Condition: unknown = MFA) {
  return {
    Effect: 'Allow',
    Principal,
    Action: 'sts:AssumeRole',
    Condition,
  };
}

test.each([
  [
    'a service',
    allow({ Service: 'ec2.amazonaws.com' }),
    'requires MFA of ec2.amazonaws.com, which services never have',
  ],
  [
    'a service next to people',
    allow({ AWS: '111122223333', Service: ['ecs.amazonaws.com'] }),
    'requires MFA of ecs.amazonaws.com',
  ],
  [
    'SAML',
    allow({ Federated: 'arn:aws:iam::111122223333:saml-provider/idp' }),
    'SAML and OIDC sessions never have',
  ],
  ['a role', allow({ AWS: 'arn:aws:iam::111122223333:role/ci' }), 'sessions of roles never have'],
  [
    'an age',
    allow({ Service: 'ec2.amazonaws.com' }, { NumericLessThan: { 'aws:MultiFactorAuthAge': '60' } }),
    'requires MFA of ec2.amazonaws.com',
  ],
])('%s can never assume the role', (_name, statement, problem) => {
  expect(verdictOf(mfaRequiredOfMachines, trust(statement))).toContain(problem);
});

test.each([
  ['an account', allow({ AWS: '111122223333' })],
  ['a user', allow({ AWS: 'arn:aws:iam::111122223333:user/olga' })],
  ['a principal of the deployment', allow({ AWS: { Ref: 'Principal' } })],
])('%s can', (_name, statement) => {
  expect(verdictOf(mfaRequiredOfMachines, trust(statement))).toBe('compliant');
});

test.each([
  ['a service that is not asked', trust(allow({ Service: 'ec2.amazonaws.com' }, {}))],
  [
    'a service that passes',
    trust(
      allow({ Service: 'ec2.amazonaws.com' }, { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } }),
    ),
  ],
  [
    'a value of the deployment',
    trust(allow({ Service: 'ec2.amazonaws.com' }, { Bool: { 'aws:MultiFactorAuthPresent': { Ref: 'P' } } })),
  ],
  ['permissions', permissions({ Effect: 'Allow', Action: '*', Resource: '*', Condition: MFA })],
])('it is not about %s', (_name, template) => {
  expect(verdictOf(mfaRequiredOfMachines, template)).toBe('not applicable');
});

describe('permissions of roles, whose sessions never have MFA', () => {
  const ALLOW = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
  const NO_MFA = { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } };
  const DENY = { Effect: 'Deny', Action: '*', Resource: '*', Condition: NO_MFA };
  function document(...Statement: readonly unknown[]) {
    return { PolicyDocument: { Statement } };
  }
  function roleWith(...statements: readonly unknown[]) {
    return resource('AWS::IAM::Role', { Policies: [document(...statements)] });
  }
  function managed(properties: object, others = {}) {
    return resource('AWS::IAM::ManagedPolicy', { ...document(DENY), ...properties }, others);
  }
  const role = { Type: 'AWS::IAM::Role', Properties: { ManagedPolicyArns: [{ Ref: 'Judged' }] } };

  test.each([
    ['an Allow with MFA only', roleWith({ ...ALLOW, Condition: MFA }), 'allows a role nothing by Bool'],
    [
      'an Allow with recent MFA only',
      roleWith({ ...ALLOW, Condition: { NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' } } }),
      'allows a role nothing by NumericLessThan aws:MultiFactorAuthAge "3600"',
    ],
    [
      'a Deny without MFA',
      roleWith(DENY),
      'denies a role by BoolIfExists aws:MultiFactorAuthPresent "false"',
    ],
    [
      'a Deny of the absent key',
      roleWith({ ...DENY, Condition: { Null: { 'aws:MultiFactorAuthPresent': 'true' } } }),
      'denies a role by Null',
    ],
    [
      'a Deny of old MFA, or of none',
      roleWith({ ...DENY, Condition: { NumericGreaterThanIfExists: { 'aws:MultiFactorAuthAge': '3600' } } }),
      'denies a role by NumericGreaterThanIfExists',
    ],
    ['a managed policy that a role names', managed({}, { Machine: role }), 'denies a role by'],
    ['a managed policy of roles', managed({ Roles: ['ci'] }), 'denies a role by'],
    [
      'a Deny that no session of a role matches',
      roleWith({ ...DENY, Condition: { Bool: NO_MFA.BoolIfExists } }),
      'denies a role nothing by Bool',
    ],
    [
      'a permissions boundary',
      managed({}, { R: { Type: 'AWS::IAM::Role', Properties: { PermissionsBoundary: { Ref: 'Judged' } } } }),
      'denies a role by',
    ],
    ['a policy of roles and groups', managed({ Roles: ['ci'], Groups: ['people'] }), 'denies a role by'],
    [
      'a policy that a role and a user name',
      managed({}, { Machine: role, Olga: { ...role, Type: 'AWS::IAM::User' } }),
      'denies a role by',
    ],
    [
      'an Allow that roles share with people',
      resource('AWS::IAM::ManagedPolicy', {
        ...document({ ...ALLOW, Condition: MFA }),
        Roles: ['ci'],
        Groups: ['people'],
      }),
      'allows a role nothing by Bool',
    ],
    [
      'a permission set',
      resource('AWS::SSO::PermissionSet', { InlinePolicy: document(DENY).PolicyDocument }),
      'denies a role by',
    ],
  ])('%s requires it in vain', (_name, template, problem) => {
    expect(verdictOf(mfaRequiredOfMachines, template)).toContain(problem);
  });

  test('a Deny of users only is right', () => {
    const users = { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/*' } };
    expect(verdictOf(mfaRequiredOfMachines, roleWith({ ...DENY, Condition: { ...NO_MFA, ...users } }))).toBe(
      'compliant',
    );
  });

  test.each([
    ['an Allow that roles pass', roleWith({ ...ALLOW, Condition: { BoolIfExists: MFA.Bool } })],
    [
      'a value of the deployment',
      roleWith({ ...ALLOW, Condition: { Bool: { 'aws:MultiFactorAuthPresent': { Ref: 'Ask' } } } }),
    ],
    ['permissions without MFA', roleWith(ALLOW)],
    ['a policy of nobody yet', managed({})],
    [
      'a permissions boundary of people',
      managed({}, { O: { Type: 'AWS::IAM::User', Properties: { PermissionsBoundary: { Ref: 'Judged' } } } }),
    ],
  ])('it is not about %s', (_name, template) => {
    expect(verdictOf(mfaRequiredOfMachines, template)).toBe('not applicable');
  });
});

describe('policies of resources', () => {
  const NO_MFA = { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } };
  const CI = { AWS: 'arn:aws:iam::111122223333:role/ci' };
  const ALLOW = { Effect: 'Allow', Principal: CI, Action: 's3:GetObject', Resource: '*' };
  const DENY = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*', Condition: NO_MFA };
  function bucket(...Statement: readonly unknown[]) {
    return resource('AWS::S3::BucketPolicy', { PolicyDocument: { Statement } });
  }

  test.each([
    [
      'an Allow that requires MFA of a role',
      bucket({ ...ALLOW, Condition: MFA }),
      'the statement never matches it',
    ],
    [
      'an Allow of a key that requires MFA of a service',
      resource('AWS::KMS::Key', {
        KeyPolicy: {
          Statement: [
            { ...ALLOW, Principal: { Service: 'logs.amazonaws.com' }, Action: 'kms:*', Condition: MFA },
          ],
        },
      }),
      'requires MFA of logs.amazonaws.com',
    ],
    ['a Deny of a role that is allowed', bucket(ALLOW, DENY), 'what the policy allows it has no effect'],
    ['a Deny of everybody', bucket(DENY), 'also denies machines by BoolIfExists'],
    ['a Deny of a role by name', bucket({ ...DENY, Principal: CI }), 'whatever the people behind it gave'],
  ])('%s', (_name, template, problem) => {
    expect(verdictOf(mfaRequiredOfMachines, template)).toContain(problem);
  });

  test.each([
    [
      'an Allow that requires MFA of an account',
      bucket({ ...ALLOW, Principal: { AWS: '111122223333' }, Condition: MFA }),
    ],
    [
      'a Deny of users',
      bucket(ALLOW, {
        ...DENY,
        Condition: { ...NO_MFA, ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/*' } },
      }),
    ],
    [
      'a Deny that long-term keys pass, which is another rule’s',
      bucket(ALLOW, { ...DENY, Condition: { Bool: NO_MFA.BoolIfExists } }),
    ],
  ])('%s stops no machine', (_name, template) => {
    expect(verdictOf(mfaRequiredOfMachines, template)).toBe('compliant');
  });
});

test('a Deny in a trust policy stops the services and roles that the policy allows', () => {
  const service = allow({ Service: 'ec2.amazonaws.com' }, {});
  const stop = {
    ...allow('*', { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } }),
    Effect: 'Deny',
  };
  expect(verdictOf(mfaRequiredOfMachines, trust(service, stop))).toContain('denies ec2.amazonaws.com by');
  expect(
    verdictOf(mfaRequiredOfMachines, trust(service, { ...stop, Principal: { AWS: '111122223333' } })),
  ).toBe('compliant');
});

test.each([
  [
    'an Allow by the absence of MFA, which a role has not either',
    'Allow',
    { Bool: { 'aws:MultiFactorAuthPresent': 'false' } },
  ],
  ['an Allow by a value that the key never has', 'Allow', { Bool: { 'aws:MultiFactorAuthPresent': '*' } }],
  ['a Deny of those who gave MFA', 'Deny', { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } }],
  ['a Deny by the absent key', 'Deny', { Null: { 'aws:MultiFactorAuthPresent': 'true' } }],
])('a statement for machines has this finding alone: %s', (_name, Effect, Condition) => {
  for (const Principal of [{ Service: 'ec2.amazonaws.com' }, { AWS: 'arn:aws:iam::111122223333:role/app' }]) {
    const template = trust({ Effect, Action: 'sts:AssumeRole', Principal, Condition });
    const { findings } = checkTemplates([{ path: 't.json', account: undefined, template }]);
    expect(findings.map(({ rule }) => rule)).toEqual(['MfaRequiredOfMachines']);
  }
});

test('a Deny of users by name stops no machine, and one of all but a role denies without MFA', () => {
  const statement = {
    Effect: 'Deny',
    Action: 's3:*',
    Resource: '*',
    Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
  };
  function rulesFor(principals: object) {
    const template = resource('AWS::S3::BucketPolicy', {
      PolicyDocument: { Statement: { ...statement, ...principals } },
    });
    return checkTemplates([{ path: 't.json', account: undefined, template }]).findings.map(
      ({ rule, severity }) => `${severity} ${rule}`,
    );
  }
  expect(rulesFor({ Principal: { AWS: 'arn:aws:iam::111122223333:user/olga' } })).toEqual([]);
  expect(rulesFor({ NotPrincipal: { AWS: 'arn:aws:iam::111122223333:role/app' } })).toEqual([
    'warning MfaRequiredOfMachines',
  ]);
});
