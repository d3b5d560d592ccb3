// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables
import { denyLeavesOpen } from '../../../../lib/checks/rules/deny-leaves-open';
import { permissions, resource, severitiesOf, verdictOf } from '../verdicts';

const WITHOUT_MFA = { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } };
const OWN_USER = 'arn:aws:iam::*:user/${aws:username}';
function deny(more: object) {
  return { Effect: 'Deny', Condition: WITHOUT_MFA, ...more };
}
function denyAllBut(...NotAction: readonly unknown[]) {
  return deny({ NotAction, Resource: '*' });
}

describe('a Deny that leaves open what gives permissions or credentials', () => {
  test.each([
    ['all of IAM', [deny({ NotAction: 'iam:*', Resource: '*' })], 'leaves iam:* open'],
    ['all of IAM in another case', [denyAllBut('IAM:*')], 'leaves IAM:* open'],
    ['all of STS', [denyAllBut('sts:*')], 'leaves sts:* open'],
    ['roles', [denyAllBut('sts:AssumeRole')], 'leaves sts:AssumeRole open'],
    ['access keys', [denyAllBut('iam:ListUsers', 'iam:CreateAccessKey')], 'leaves iam:CreateAccessKey open'],
    ['a pattern of both kinds', [denyAllBut('iam:*MFADevice')], 'leaves iam:*MFADevice open'],
    [
      'the own user',
      [deny({ Action: '*', NotResource: OWN_USER })],
      'leaves iam:AttachUserPolicy, iam:CreateAccessKey, iam:CreateLoginProfile and more open',
    ],
    ['everything', [denyAllBut('*')], 'leaves * open'],
    [
      'all of IAM by its ARNs',
      [deny({ Action: '*', NotResource: 'arn:aws:iam::*' })],
      'leaves iam:AttachUserPolicy, iam:CreateAccessKey, iam:CreateLoginProfile and more open',
    ],
    [
      'everything of an account',
      [deny({ Action: 'iam:*', NotResource: 'arn:aws:iam::111122223333:*' })],
      'leaves iam:AttachUserPolicy',
    ],
    ['roles', [deny({ Action: '*', NotResource: 'arn:aws:iam::*:role/*' })], 'leaves sts:AssumeRole'],
    [
      'groups',
      [deny({ Action: 'iam:*', NotResource: ['arn:aws:iam::*:group/*'] })],
      'leaves iam:AddUserToGroup',
    ],
    [
      'policies',
      [deny({ Action: '*', NotResource: 'arn:aws:iam::*:policy/*' })],
      'leaves iam:CreatePolicyVersion',
    ],
    [
      'all of IAM, of old MFA as well',
      [
        {
          ...denyAllBut('iam:*'),
          Condition: { NumericGreaterThanIfExists: { 'aws:MultiFactorAuthAge': '3600' } },
        },
      ],
      'leaves iam:* open',
    ],
    [
      'all of IAM, next to a Deny elsewhere',
      [denyAllBut('iam:*'), deny({ Action: 'iam:*', NotResource: OWN_USER })],
      'leaves iam:* open',
    ],
    [
      'with halves that are not the same',
      [denyAllBut('iam:*'), { Effect: 'Deny', Action: 'iam:Create*', Resource: '*', Condition: WITHOUT_MFA }],
      'leaves iam:* open',
    ],
  ])('%s', (_name, statements, problem) => {
    expect(verdictOf(denyLeavesOpen, permissions(...statements))).toContain(problem);
    expect(severitiesOf(denyLeavesOpen, permissions(...statements))).toContain('error');
  });

  test('in a service control policy and in a boundary of people', () => {
    const Statement = denyAllBut('iam:*');
    expect(
      verdictOf(denyLeavesOpen, resource('AWS::Organizations::Policy', { Content: { Statement } })),
    ).toContain('leaves iam:* open');
    expect(
      verdictOf(
        denyLeavesOpen,
        resource(
          'AWS::IAM::ManagedPolicy',
          { PolicyDocument: { Statement } },
          { O: { Type: 'AWS::IAM::User', Properties: { PermissionsBoundary: { Ref: 'Judged' } } } },
        ),
      ),
    ).toContain('leaves iam:* open');
  });

  test('a whole other service is a warning', () => {
    const template = permissions(denyAllBut('s3:*'));
    expect(verdictOf(denyLeavesOpen, template)).toContain('leaves s3:* open');
    expect(severitiesOf(denyLeavesOpen, template)).toEqual(['warning']);
  });

  test.each([
    ['by name', denyAllBut('iam:DeleteVirtualMFADevice', 'iam:EnableMFADevice')],
    ['by a pattern', denyAllBut('iam:*VirtualMFADevice')],
    ['by the devices', deny({ Action: 'iam:*', NotResource: 'arn:aws:iam::*:mfa/${aws:username}' })],
  ])(
    'the deletion of a device alone, which IAM refuses while it is in use, is a warning: %s',
    (_name, statement) => {
      const template = permissions(statement);
      expect(verdictOf(denyLeavesOpen, template)).toContain('VirtualMFADevice open');
      expect(severitiesOf(denyLeavesOpen, template)).toEqual(['warning']);
    },
  );
});

describe('a Deny that leaves only harmless actions open', () => {
  test.each([
    ['words that are no actions', [denyAllBut('s3:HeadBucket', 'nosuchservice:*', 'sts:AssumeRoles')]],
    ['a pattern of actions that only read', [denyAllBut('s3:?ist*')]],
    [
      'those of AWS’s example',
      [
        denyAllBut(
          'iam:CreateVirtualMFADevice',
          'iam:EnableMFADevice',
          'iam:GetUser',
          'iam:GetMFADevice',
          'iam:ListMFADevices',
          'iam:ListVirtualMFADevices',
          'iam:ResyncMFADevice',
          'sts:GetSessionToken',
        ),
      ],
    ],
    ['a first password and reading', [denyAllBut('iam:ChangePassword', 'iam:Get*', 's3:ListAllMyBuckets')]],
    ['the console’s sign-in', [denyAllBut('signin:AuthorizeOAuth2Access', 'signin:CreateOAuth2Token')]],
    [
      'what another Deny stops',
      [denyAllBut('iam:*', 'sts:GetSessionToken'), deny({ Action: 'iam:*', Resource: '*' })],
    ],
    [
      'what is denied to everybody',
      [denyAllBut('sts:*'), { Effect: 'Deny', Action: 'sts:*', Resource: '*' }],
    ],
    ['an action of the deployment', [denyAllBut({ Ref: 'Action' })]],
    ['other resources', [deny({ Action: '*', NotResource: 'arn:aws:s3:::public/*' })]],
    ['enrolling on the own user', [deny({ Action: 'iam:EnableMFADevice', NotResource: OWN_USER })]],
  ])('%s', (_name, statements) => {
    expect(verdictOf(denyLeavesOpen, permissions(...statements))).toBe('compliant');
  });
});

test.each([
  ['a Deny of what it names', permissions(deny({ Action: 'ec2:*', Resource: '*' }))],
  ['a Deny without a condition on MFA', permissions({ Effect: 'Deny', NotAction: 'iam:*', Resource: '*' })],
  [
    'a Deny of old MFA',
    permissions({
      ...denyAllBut('iam:*'),
      Condition: { NumericGreaterThan: { 'aws:MultiFactorAuthAge': '3600' } },
    }),
  ],
  [
    'a policy of roles',
    resource('AWS::IAM::Role', { Policies: [{ PolicyDocument: { Statement: denyAllBut('iam:*') } }] }),
  ],
])('it is not about %s', (_name, template) => {
  expect(verdictOf(denyLeavesOpen, template)).toBe('not applicable');
});
