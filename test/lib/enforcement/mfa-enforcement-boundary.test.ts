import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  AccountRootPrincipal,
  Group,
  ManagedPolicy,
  PermissionsBoundary,
  PolicyStatement,
  Role,
  ServicePrincipal,
  User,
} from 'aws-cdk-lib/aws-iam';
import { MfaEnforcementBoundary } from '../../../lib/enforcement/mfa-enforcement-boundary';
import { MfaSelfService } from '../../../lib/enforcement/mfa-enforcement-rules';
import {
  ADMINISTRATOR,
  type Caller,
  decide,
  policySize,
  roleSession,
  user,
} from '../../support/policy-simulation';
import { emptyStack, newApp, onlyResource, withoutBootstrap } from '../fixtures';
import { answersOf, deployed, templateOf } from './forms';

const boundary = deployed('the boundary', {});
const SELF_SERVICE = deployed('the managed policy', {});

function answers(
  caller: Caller,
  policies: readonly unknown[],
  action: string,
  resource: string,
): Promise<string> {
  return answersOf({ caller, policies, boundary, action, resource });
}

describe.each(['/', '/people/eu/'])('a user at the path %s under the boundary', (path) => {
  const olga = user('olga', path);

  test('does with MFA what their own policies allow, and without MFA what is open', async () => {
    expect(await answers(olga, [ADMINISTRATOR], 's3:ListAllMyBuckets', '*')).toBe('--++');
    expect(await answers(olga, [ADMINISTRATOR], 'iam:EnableMFADevice', olga.arn)).toBe('++++');
    expect(await answers(olga, [ADMINISTRATOR], 'iam:EnableMFADevice', user('mallory').arn)).toBe('--++');
    expect(await answers(olga, [ADMINISTRATOR], 'iam:ChangePassword', olga.arn)).toBe('--++');
    expect(await answers(olga, [ADMINISTRATOR], 'sts:GetSessionToken', '*')).toBe('++++');
  });

  test('gets nothing from it: who has no policy may do nothing', async () => {
    expect(await answers(olga, [], 's3:ListAllMyBuckets', '*')).toBe('----');
    expect(await answers(olga, [], 'iam:EnableMFADevice', olga.arn)).toBe('----');
  });

  test('enrolls with the permission of an MfaEnforcementPolicy', async () => {
    expect(await answers(olga, [SELF_SERVICE], 'iam:EnableMFADevice', olga.arn)).toBe('++++');
    expect(await answers(olga, [SELF_SERVICE], 'iam:DeactivateMFADevice', olga.arn)).toBe('--++');
  });
});

test('a role that has the boundary is not touched, the session of a service-linked role included', async () => {
  for (const role of ['Deployer', 'aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS']) {
    const session = roleSession(role);
    expect(await answers(session, [ADMINISTRATOR], 's3:ListAllMyBuckets', '*')).toBe('++++');
    expect(await answers(session, [], 's3:ListAllMyBuckets', '*')).toBe('----');
  }
});

test('without self-service no user under it changes their own devices, with MFA or without', async () => {
  const none = deployed('the boundary', { selfService: MfaSelfService.NONE });
  const olga = user('olga', '/people/');
  const request = { caller: olga, policies: [ADMINISTRATOR], boundary: none, resource: olga.arn } as const;
  for (const action of ['iam:EnableMFADevice', 'iam:ResyncMFADevice', 'iam:DeactivateMFADevice']) {
    expect(await decide({ ...request, signIn: 'fresh MFA', action })).toBe('ExplicitlyDenied');
  }
  expect(await decide({ ...request, signIn: 'fresh MFA', action: 'iam:ListMFADevices' })).toBe('Allowed');
});

test('every denial is limited to IAM users or their federated sessions, and every other statement is the one that allows everything', () => {
  const [allow, ...denials] = boundary.Statement;
  expect(allow).toEqual({ Sid: 'AllowAll', Effect: 'Allow', Action: '*', Resource: '*' });
  expect(denials.map(({ Sid }) => Sid)).toEqual([
    'DenyFederatedUsers',
    'DenyAllWithoutMfa',
    'DenyOtherUsersWithoutMfa',
    'DenyOtherSignInWithoutMfa',
    'DenyFleetDevicesWithoutMfa',
  ]);
  expect(denials[0]?.Condition).toEqual({
    ArnLike: { 'aws:PrincipalArn': 'arn:aws:sts::111122223333:federated-user/*' },
  });
  for (const { Effect, Condition } of denials.slice(1)) {
    expect(Effect).toBe('Deny');
    expect(Condition).toEqual({
      ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:user/*' },
      BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' },
    });
  }
});

test('it is well under 6,144 characters, and renders for every partition', () => {
  expect(policySize(boundary)).toBeLessThan(2500);
  const text = JSON.stringify(templateOf('the boundary', {}));
  expect(text).toContain('{"Ref":"AWS::Partition"}');
  expect(text).not.toContain('arn:aws');
});

test('it is set as the boundary of users and roles', () => {
  const stack = emptyStack();
  const guardrail = new MfaEnforcementBoundary(stack, 'Boundary', { managedPolicyName: 'mfa-boundary' });
  const olga = new User(stack, 'Olga');
  PermissionsBoundary.of(olga).apply(guardrail);
  new Role(stack, 'Deployer', {
    assumedBy: new ServicePrincipal('codebuild.amazonaws.com'),
    permissionsBoundary: guardrail,
  });

  const arn = stack.resolve(guardrail.managedPolicyArn);
  expect(onlyResource(stack, 'AWS::IAM::User')).toEqual({ PermissionsBoundary: arn });
  expect(onlyResource(stack, 'AWS::IAM::Role')).toMatchObject({ PermissionsBoundary: arn });
  const policy = onlyResource(stack, 'AWS::IAM::ManagedPolicy');
  expect(policy).toMatchObject({ ManagedPolicyName: 'mfa-boundary' });
  for (const attached of ['Users', 'Groups', 'Roles']) {
    expect(policy).not.toHaveProperty(attached);
  }
  expect(guardrail.selfService).toBe(MfaSelfService.ALL_DEVICES);
});

describe('as an identity policy it would create an administrator, so it is refused', () => {
  const WHY =
    'it allows everything, as a boundary must, so as an identity policy it would create an administrator';
  const attach = {
    user: (stack: Stack, policy: MfaEnforcementBoundary) => policy.attachToUser(new User(stack, 'It')),
    group: (stack: Stack, policy: MfaEnforcementBoundary) => policy.attachToGroup(new Group(stack, 'It')),
    role: (stack: Stack, policy: MfaEnforcementBoundary) => policy.attachToRole(roleIn(stack)),
  };

  test.each(Object.entries(attach))('by attaching it to a %s', (kind, attachIt) => {
    const stack = emptyStack();
    expect(() => attachIt(stack, new MfaEnforcementBoundary(stack, 'Boundary'))).toThrow(
      `MfaEnforcementBoundary 'Test/Boundary' cannot be attached to ${kind} 'Test/It': ${WHY}`,
    );
  });

  const add = {
    user: (stack: Stack) => new User(stack, 'It'),
    group: (stack: Stack) => new Group(stack, 'It'),
    role: (stack: Stack) => roleIn(stack),
  };

  test.each(Object.entries(add))('by adding it to a %s, at synthesis', (_kind, identity) => {
    const stack = emptyStack();
    identity(stack).addManagedPolicy(new MfaEnforcementBoundary(stack, 'Boundary'));
    expect(() => Template.fromStack(stack)).toThrow(
      `policy 'Test/Boundary' is attached to 'Test/It/Resource': ${WHY}`,
    );
  });

  test('by adding it in another stack, by its ARN', () => {
    const app = newApp();
    const [here, there] = ['Here', 'There'].map(
      (id) => new Stack(app, id, { synthesizer: withoutBootstrap() }),
    ) as [Stack, Stack];
    const guardrail = new MfaEnforcementBoundary(here, 'Boundary');
    const imported = ManagedPolicy.fromManagedPolicyArn(there, 'Imported', guardrail.managedPolicyArn);
    new User(there, 'It', { managedPolicies: [imported] });
    expect(() => app.synth()).toThrow(`policy 'Here/Boundary' is attached to 'There/It/Resource': ${WHY}`);
  });

  test('and next to another policy, which may be attached', () => {
    const stack = emptyStack();
    new MfaEnforcementBoundary(stack, 'Boundary');
    const other = new ManagedPolicy(stack, 'Other', {
      statements: [new PolicyStatement({ actions: ['s3:ListAllMyBuckets'], resources: ['*'] })],
    });
    new User(stack, 'It', { managedPolicies: [other] });
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});

function roleIn(stack: Stack): Role {
  return new Role(stack, 'It', { assumedBy: new AccountRootPrincipal() });
}
