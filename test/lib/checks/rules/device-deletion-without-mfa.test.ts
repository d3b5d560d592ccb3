import { deviceDeletionWithoutMfa } from '../../../../lib/checks/rules/device-deletion-without-mfa';
import { permissions, resource, severitiesOf, verdictOf } from '../verdicts';

const MFA = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };
const WITHOUT_MFA = { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } };
function allow(Action: unknown, Condition: unknown = {}) {
  return {
    Effect: 'Allow',
    Action,
    Resource: 'arn:aws:iam::*:mfa/*',
    Condition,
  };
}
function denyAllBut(...NotAction: readonly string[]) {
  return {
    Effect: 'Deny',
    NotAction,
    Resource: '*',
    Condition: WITHOUT_MFA,
  };
}
const DELETE = 'iam:DeleteVirtualMFADevice';

test.each([
  ['by name', [allow(['iam:CreateVirtualMFADevice', DELETE])], DELETE],
  ['by name in another case', [allow('IAM:deletevirtualmfadevice')], 'IAM:deletevirtualmfadevice'],
  ['by a pattern', [allow('iam:*VirtualMFADevice')], 'iam:*VirtualMFADevice'],
  ['by a wider pattern', [allow('iam:Delete*')], 'iam:Delete*'],
  ['exempt from the Deny', [allow(DELETE), denyAllBut(DELETE, 'iam:ListMFADevices')], DELETE],
  ['exempt by a pattern', [allow(DELETE), denyAllBut('iam:*MFADevice')], DELETE],
  [
    'with a Deny that long-term keys pass',
    [
      allow(DELETE),
      { ...denyAllBut('iam:ListMFADevices'), Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'false' } } },
    ],
    DELETE,
  ],
  ['as all of IAM on devices', [allow('iam:*')], 'iam:*'],
  ['as everything on devices', [allow('*')], '*'],
])('devices can be deleted without MFA %s', (_name, statements, shown) => {
  expect(verdictOf(deviceDeletionWithoutMfa, permissions(...statements))).toBe(
    `Properties.PolicyDocument.Statement.0: allows ${shown} without MFA: a thief who has a password can delete a device that nobody uses, and remove the second factor next to a policy that allows iam:DeactivateMFADevice`,
  );
  expect(severitiesOf(deviceDeletionWithoutMfa, permissions(...statements))).toEqual(['warning']);
});

test.each([
  ['it requires MFA', [allow(DELETE, MFA)]],
  [
    'it requires MFA in a way that another rule finds',
    [allow(DELETE, { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } })],
  ],
  ['all is denied without MFA', [allow(DELETE), denyAllBut('iam:ListMFADevices')]],
  [
    'it is denied without MFA',
    [
      allow(DELETE),
      { Effect: 'Deny', Action: 'iam:Delete*', Resource: 'arn:aws:iam::*:mfa/*', Condition: WITHOUT_MFA },
    ],
  ],
  ['it is denied', [allow(DELETE), { Effect: 'Deny', Action: DELETE, Resource: '*' }]],
])('devices cannot be deleted without MFA: %s', (_name, statements) => {
  expect(verdictOf(deviceDeletionWithoutMfa, permissions(...statements))).toBe('compliant');
});

test.each([
  ['other actions', permissions(allow('iam:CreateVirtualMFADevice'))],
  ['administrators', permissions({ ...allow('*'), Resource: '*' })],
  ['administrators of IAM', permissions({ ...allow('iam:*'), Resource: '*' })],
  ['everything on a bucket', permissions({ ...allow('*'), Resource: 'arn:aws:s3:::b/*' })],
  ['everything but IAM', permissions({ Effect: 'Allow', NotAction: ['iam:*', 'sts:*'], Resource: '*' })],
  ['deactivation on what is no user', permissions(allow('iam:DeactivateMFADevice'))],
  [
    'everything but users and devices',
    permissions({
      Effect: 'Allow',
      Action: 'iam:*',
      NotResource: [
        'arn:aws:iam::*:user/*',
        { 'Fn::Join': ['', ['arn:aws:iam::', { Ref: 'AWS::AccountId' }, ':mfa/*']] },
      ],
    }),
  ],
  ['a Deny', permissions({ ...allow(DELETE), Effect: 'Deny' })],
  ['an action of the deployment', permissions(allow({ Ref: 'Action' }))],
])('it is not about %s', (_name, template) => {
  expect(verdictOf(deviceDeletionWithoutMfa, template)).toBe('not applicable');
});

describe('it is about people: roles give MFA when they are assumed', () => {
  const PolicyDocument = { Statement: [allow(DELETE)] };
  const document = { PolicyDocument };
  function attachedBy(Type: string) {
    return {
      Other: { Type, Properties: { ManagedPolicyArns: [{ Ref: 'Judged' }] } },
    };
  }

  test.each([
    ['a user', resource('AWS::IAM::User', { Policies: [document] })],
    ['a group', resource('AWS::IAM::Group', { Policies: [document] })],
    ['a policy of users', resource('AWS::IAM::Policy', { ...document, Users: ['olga'] })],
    [
      'a managed policy that a group names',
      resource('AWS::IAM::ManagedPolicy', document, attachedBy('AWS::IAM::Group')),
    ],
    [
      'a managed policy of roles and groups',
      resource('AWS::IAM::ManagedPolicy', { ...document, Roles: ['ci'], Groups: ['people'] }),
    ],
    [
      'a managed policy that a role and a user name',
      resource('AWS::IAM::ManagedPolicy', document, {
        Machine: { Type: 'AWS::IAM::Role', Properties: { ManagedPolicyArns: [{ Ref: 'Judged' }] } },
        ...attachedBy('AWS::IAM::User'),
      }),
    ],
    [
      'a managed policy of people that is a permissions boundary, too',
      resource(
        'AWS::IAM::ManagedPolicy',
        { ...document, Groups: ['people'] },
        {
          Olga: { Type: 'AWS::IAM::User', Properties: { PermissionsBoundary: { Ref: 'Judged' } } },
        },
      ),
    ],
    ['a managed policy of nobody yet', resource('AWS::IAM::ManagedPolicy', document)],
  ])('%s', (_name, template) => {
    expect(verdictOf(deviceDeletionWithoutMfa, template)).toContain('without MFA');
  });

  test.each([
    ['a role', resource('AWS::IAM::Role', { Policies: [document] })],
    ['a policy of roles', resource('AWS::IAM::Policy', { ...document, Roles: ['operator'] })],
    [
      'a managed policy that a role names',
      resource('AWS::IAM::ManagedPolicy', document, attachedBy('AWS::IAM::Role')),
    ],
    [
      'a managed policy that is a permissions boundary',
      resource('AWS::IAM::ManagedPolicy', document, {
        Olga: { Type: 'AWS::IAM::User', Properties: { PermissionsBoundary: { Ref: 'Judged' } } },
      }),
    ],
    ['a permission set', resource('AWS::SSO::PermissionSet', { InlinePolicy: PolicyDocument })],
    ['a policy of the organization', resource('AWS::Organizations::Policy', { Content: PolicyDocument })],
  ])('not %s', (_name, template) => {
    expect(verdictOf(deviceDeletionWithoutMfa, template)).toBe('not applicable');
  });
});

describe('deactivation comes before deletion', () => {
  const own = `arn:aws:iam::*:user/\${aws:username}`;
  const DEACTIVATE = 'iam:DeactivateMFADevice';

  test.each([
    ['by name, on the own user', [{ ...allow(DEACTIVATE), Resource: own }], `allows ${DEACTIVATE} without`],
    ['as all of IAM on the own user', [{ ...allow('iam:*'), Resource: [own] }], 'allows iam:* without'],
    ['on everything', [{ ...allow(DEACTIVATE), Resource: '*' }], `allows ${DEACTIVATE} without`],
    [
      'by a user name of the deployment',
      [{ ...allow(DEACTIVATE), Resource: { 'Fn::GetAtt': ['Olga', 'Arn'] } }],
      `allows ${DEACTIVATE} without`,
    ],
    [
      'as everything but another service',
      [{ Effect: 'Allow', NotAction: ['organizations:*', 'account:*'], Resource: '*' }],
      'everything but organizations:*, account:*',
    ],
    [
      'both, by one pattern',
      [{ ...allow('iam:De*MFADevice'), Resource: '*' }],
      'allows iam:De*MFADevice without',
    ],
  ])('%s', (_name, statements, shown) => {
    expect(verdictOf(deviceDeletionWithoutMfa, permissions(...statements))).toContain(shown);
    expect(severitiesOf(deviceDeletionWithoutMfa, permissions(...statements))).toEqual(['error']);
  });

  test('deletion alone is a warning, in a statement of its own and where deactivation is denied', () => {
    const both = { ...allow([DEACTIVATE, DELETE]), Resource: '*' };
    const denied = { Effect: 'Deny', Action: DEACTIVATE, Resource: '*', Condition: WITHOUT_MFA };
    expect(severitiesOf(deviceDeletionWithoutMfa, permissions(both, denied))).toEqual(['warning']);
    const apart = permissions(allow(DELETE), { ...allow(DEACTIVATE), Resource: own });
    expect(severitiesOf(deviceDeletionWithoutMfa, apart)).toEqual(['warning', 'error']);
  });

  test('it is denied without MFA by what AWS publishes', () => {
    const statements = [
      { ...allow([DEACTIVATE, 'iam:EnableMFADevice']), Resource: own },
      denyAllBut('iam:CreateVirtualMFADevice', 'iam:EnableMFADevice', 'sts:GetSessionToken'),
    ];
    expect(verdictOf(deviceDeletionWithoutMfa, permissions(...statements))).toBe('compliant');
  });
});
