import { CfnParameter, Duration, Lazy, Stack, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountPrincipal, AnyPrincipal, ManagedPolicy, PolicyStatement, User } from 'aws-cdk-lib/aws-iam';
import { BreakGlassRole, type BreakGlassRoleProps } from '../../../lib/break-glass/break-glass-role';
import { BreakGlassUser, MfaEnforcedGroup, MfaEnforcementPolicy, MfaSelfService } from '../../../lib/index';
import { isFullExtent } from '../../support/extent';
import {
  ACCOUNT,
  ADMINISTRATOR,
  type Caller,
  decide,
  policySize,
  rendered,
  roleSession,
  type SignIn,
  user,
} from '../../support/policy-simulation';
import { emptyStack, newApp, onlyResource } from '../fixtures';

const FLEET_PATH = '/mfa-guardrails/break-glass/';

function enforcedGroup(stack: Stack): MfaEnforcedGroup {
  const enforcement = new MfaEnforcementPolicy(stack, 'Enforcement', { selfService: MfaSelfService.NONE });
  return new MfaEnforcedGroup(stack, 'Group', { enforcement });
}

function usersNamed(stack: Stack, names: readonly string[], path = FLEET_PATH): BreakGlassUser[] {
  const group = enforcedGroup(stack);
  return names.map((userName, index) => new BreakGlassUser(stack, `User${index}`, { userName, group, path }));
}

interface Made {
  readonly stack: Stack;
  readonly role: BreakGlassRole;
}

function make(props: Partial<BreakGlassRoleProps> = {}, names: readonly string[] = ['alice', 'bob']): Made {
  const stack = emptyStack();
  const role = new BreakGlassRole(stack, 'Emergency', { users: usersNamed(stack, names), ...props });
  return { stack, role };
}

/** The trust policy as IAM would have it, with the ARNs of the users. */
function trustOf(stack: Stack): unknown {
  const template = Template.fromStack(stack);
  const arns = Object.entries(template.findResources('AWS::IAM::User')).map(
    ([id, { Properties }]) => [id, user(Properties.UserName, Properties.Path).arn] as const,
  );
  const [role] = Object.values(template.findResources('AWS::IAM::Role'));
  let text = JSON.stringify(role?.Properties.AssumeRolePolicyDocument);
  for (const [id, arn] of arns) {
    text = text.replaceAll(`{"Fn::GetAtt":["${id}","Arn"]}`, JSON.stringify(arn));
  }
  return rendered(JSON.parse(text));
}

test('the role names its users in one statement, wants MFA of the last five minutes, and lasts an hour', () => {
  const { stack, role } = make({
    roleName: 'break-glass',
    managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('AdministratorAccess')],
  });

  const resource = onlyResource(stack, 'AWS::IAM::Role');
  expect(resource).toMatchObject({
    RoleName: 'break-glass',
    Description: 'For emergencies, assumed by break-glass users with MFA',
    MaxSessionDuration: 3600,
  });
  expect(JSON.stringify(resource.ManagedPolicyArns)).toContain('policy/AdministratorAccess');
  expect(trustOf(stack)).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Principal: { AWS: [user('alice', FLEET_PATH).arn, user('bob', FLEET_PATH).arn] },
        Condition: {
          Bool: { 'aws:MultiFactorAuthPresent': 'true' },
          NumericLessThan: { 'aws:MultiFactorAuthAge': '300' },
        },
      },
    ],
  });
  expect(stack.resolve(role.roleArn)).toEqual({ 'Fn::GetAtt': [expect.any(String), 'Arn'] });
});

test('the description, the age of MFA and the session are as told', () => {
  const { stack } = make({
    description: 'For the payments fleet',
    maxAge: Duration.minutes(1),
    maxSessionDuration: Duration.hours(2),
  });

  const resource = onlyResource(stack, 'AWS::IAM::Role');
  expect(resource).toMatchObject({ Description: 'For the payments fleet', MaxSessionDuration: 7200 });
  expect(JSON.stringify(resource.AssumeRolePolicyDocument)).toContain('"aws:MultiFactorAuthAge":"60"');
});

test('values known only at deployment are taken', () => {
  const stack = emptyStack();
  function parameter(id: string, type = 'String'): CfnParameter {
    return new CfnParameter(stack, id, { type });
  }
  new BreakGlassRole(stack, 'Emergency', {
    users: usersNamed(stack, [parameter('User').valueAsString]),
    roleName: parameter('Name').valueAsString,
    maxAge: Duration.seconds(parameter('Age', 'Number').valueAsNumber),
    maxSessionDuration: Duration.seconds(parameter('Session', 'Number').valueAsNumber),
    regions: [Lazy.string({ produce: () => 'eu-central-1' }), parameter('Region').valueAsString],
  });

  const resource = onlyResource(stack, 'AWS::IAM::Role');
  expect(resource).toMatchObject({ RoleName: { Ref: 'Name' }, MaxSessionDuration: { Ref: 'Session' } });
  const trust = JSON.stringify(resource.AssumeRolePolicyDocument);
  expect(trust).toContain('"aws:MultiFactorAuthAge":{"Ref":"Age"}');
  expect(trust).toContain('"aws:RequestedRegion":["eu-central-1",{"Ref":"Region"}]');
});

test('so is a list of Regions', () => {
  const stack = emptyStack();
  const regions = new CfnParameter(stack, 'Regions', { type: 'CommaDelimitedList' }).valueAsList;
  new BreakGlassRole(stack, 'Emergency', { users: usersNamed(stack, ['alice']), regions });

  expect(JSON.stringify(onlyResource(stack, 'AWS::IAM::Role').AssumeRolePolicyDocument)).toContain(
    '"aws:RequestedRegion":{"Ref":"Regions"}',
  );
});

describe('a role is refused', () => {
  test.each<readonly [string, Partial<BreakGlassRoleProps>, string]>([
    ['without users', { users: [] }, 'users is empty, must name at least one BreakGlassUser'],
    [
      'for a user of another kind',
      { users: [new User(emptyStack(), 'Olga')] },
      "users names 'Test/Olga', must be BreakGlassUsers, which are under MFA",
    ],
    ['without Regions', { regions: [] }, 'regions is empty, so the role could be assumed nowhere'],
    [
      'in every Region by a star',
      { regions: ['eu-west-1', '*'] },
      "regions names '*', must be Regions such as",
    ],
    ['in an availability zone', { regions: ['eu-west-1a'] }, "regions names 'eu-west-1a'"],
    [
      'in a Region twice',
      { regions: ['eu-west-1', 'us-east-1', 'eu-west-1'] },
      "regions names 'eu-west-1' twice, must name each once; remove one",
    ],
    [
      'in a Region next to a list known only at deployment',
      { regions: ['eu-west-1', ...Token.asList({ Ref: 'Regions' })] },
      'regions holds a list known only at deployment among other values, must be that list alone or Regions one by one',
    ],
    ['in an endpoint', { regions: ['sts.amazonaws.com'] }, "regions names 'sts.amazonaws.com'"],
    ['with MFA of two days', { maxAge: Duration.days(2) }, 'must be between 1 minute and 36 hours'],
    ['for half an hour', { maxSessionDuration: Duration.minutes(30) }, 'must be >= 3600sec (1hr)'],
  ])('%s', (_how, props, message) => {
    expect(() => make(props)).toThrow(message);
  });

  test.each(['us-east-1', 'ap-southeast-2', 'us-gov-west-1', 'cn-north-1', 'eusc-de-east-1', 'mx-central-1'])(
    'but not in %s',
    (region) => {
      expect(JSON.stringify(trustOf(make({ regions: [region] }).stack))).toContain(`["${region}"]`);
    },
  );
});

describe('the trust policy stays within the limit of IAM', () => {
  /** The stack of a role with so many users; `undefined` where it is refused. */
  function taken(length: number, count: number, path: string): Stack | undefined {
    const stack = emptyStack();
    const names = Array.from({ length: count }, (_, index) => String(index).padStart(length, 'u'));
    const users = usersNamed(stack, names, path);
    try {
      new BreakGlassRole(stack, 'Emergency', { users, regions: ['us-east-1', 'eu-central-1'] });
      return stack;
    } catch (error) {
      expect(String(error)).toMatch(
        /trust policy of break-glass role 'Test\/Emergency' has about \d+ characters \(users: \d+\), IAM's default quota, which alone counts here, allows 2048; give some of the users a BreakGlassRole of their own/,
      );
      return undefined;
    }
  }

  test.each([
    ['short names at the root path', 5, '/', 30],
    ['names at the path of a fleet', 17, FLEET_PATH, 16],
    ['the longest names at a long path', 64, `/${'p'.repeat(100)}/`, 7],
  ])('with %s', (_what, length, path, atLeast) => {
    const fitting: Stack[] = [];
    const first = isFullExtent ? 1 : atLeast;
    for (let count = first; count <= 45; count += 1) {
      const stack = taken(length, count, path);
      if (stack !== undefined) {
        fitting.push(stack);
      } else if (!isFullExtent) {
        break;
      }
    }
    const sizes = fitting.slice(-1).map((stack) => policySize(trustOf(stack)));

    const most = first - 1 + fitting.length;
    expect(most).toBeGreaterThanOrEqual(atLeast);
    expect(most).toBeLessThan(45);
    expect(sizes[0]).toBeLessThanOrEqual(2048);
    // Nor is one refused that would fit: another user, or a few placeholders shorter than they can be.
    const another = user('u'.repeat(length), path).arn.replace('arn:aws:', 'arn:aws-us-gov:').length + 3;
    expect(sizes[0]).toBeGreaterThan(2048 - another - 20);
  });

  test('with statements that are added later, at synthesis', () => {
    function trustedBy(accounts: number): Stack {
      const { stack, role } = make();
      for (let index = 0; index < accounts; index += 1) {
        role.assumeRolePolicy?.addStatements(
          new PolicyStatement({
            actions: ['sts:AssumeRole'],
            principals: [new AccountPrincipal(String(444455556666 + index))],
            conditions: { StringEquals: { 'sts:ExternalId': `a-secret-of-account-${index}` } },
          }),
        );
      }
      return stack;
    }

    expect(policySize(trustOf(trustedBy(5)))).toBeLessThanOrEqual(2048);
    expect(() => Template.fromStack(trustedBy(8))).toThrow(
      /the trust policy of 'Test\/Emergency' has about \d+ characters \(statements: 9, principals: 10\), IAM's default quota, which alone counts here, allows 2048; name an account/,
    );
  });

  test('and a user who is named twice counts once', () => {
    const stack = emptyStack();
    const [alice] = usersNamed(stack, ['alice']);
    const users = alice === undefined ? [] : Array.from({ length: 40 }, () => alice);
    new BreakGlassRole(stack, 'Emergency', { users });

    expect(JSON.stringify(trustOf(stack)).split(user('alice', FLEET_PATH).arn)).toHaveLength(2);
  });
});

test('a user of another stack is still referred to', () => {
  const app = newApp();
  const users = usersNamed(new Stack(app, 'Users'), ['alice']);
  const stack = new Stack(app, 'Roles');
  new BreakGlassRole(stack, 'Emergency', { users });

  const { Statement } = onlyResource(stack, 'AWS::IAM::Role').AssumeRolePolicyDocument as {
    Statement: { Principal: unknown }[];
  };
  expect(JSON.stringify(Statement[0]?.Principal)).toMatch(/Fn::(ImportValue|GetStackOutput)/);
});

describe('who may assume the role', () => {
  const { stack, role } = make({ regions: ['us-east-1', 'eu-central-1'] });
  role.assumeRolePolicy?.addStatements(
    new PolicyStatement({
      actions: ['sts:AssumeRole'],
      principals: [new AccountPrincipal('444455556666')],
    }),
  );
  const trust = trustOf(stack);
  const alice = user('alice', FLEET_PATH);
  const otto = user('otto', '/', '444455556666');

  const rows: readonly (readonly [string, Caller, SignIn, string, boolean])[] = [
    ['a user of it', alice, 'fresh MFA', 'eu-central-1', true],
    ['a user of it, through the global endpoint', alice, 'fresh MFA', 'us-east-1', true],
    ['a user of it, elsewhere', alice, 'fresh MFA', 'eu-west-1', false],
    ['a user of it, with a key', alice, 'a long-term key', 'eu-central-1', false],
    ['a user of it, with a password', alice, 'a session without MFA', 'eu-central-1', false],
    ['a user of it, with MFA of yesterday', alice, 'MFA of yesterday', 'eu-central-1', false],
    ['a user of the same name elsewhere', user('alice'), 'fresh MFA', 'eu-central-1', false],
    ['an administrator', user('mallory'), 'fresh MFA', 'eu-central-1', false],
    ['a role', roleSession('Admin'), 'a long-term key', 'eu-central-1', false],
    ['whom a later statement names', otto, 'fresh MFA', 'eu-central-1', true],
    ['whom a later statement names, with a key', otto, 'a long-term key', 'eu-central-1', false],
    ['whom a later statement names, with old MFA', otto, 'MFA of yesterday', 'eu-central-1', false],
    ['whom a later statement names, elsewhere', otto, 'fresh MFA', 'eu-west-1', false],
  ];

  test.each(rows)('%s', async (_who, caller, signIn, region, allowed) => {
    const decision = await decide({
      caller: { ...caller, context: { ...caller.context, 'aws:RequestedRegion': region } },
      signIn,
      action: 'sts:AssumeRole',
      resource: `arn:aws:iam::${ACCOUNT}:role/Emergency`,
      // Mallory may do everything, but the trust policy names the user; a user of it needs no policy at all.
      policies: caller === alice ? [] : [ADMINISTRATOR],
      trust,
    });

    expect(decision === 'Allowed').toBe(allowed);
  });
});

test('anybody added later fails the synthesis', () => {
  const { stack, role } = make();
  role.assumeRolePolicy?.addStatements(
    new PolicyStatement({ actions: ['sts:AssumeRole'], principals: [new AnyPrincipal()] }),
  );

  expect(() => Template.fromStack(stack)).toThrow(
    "[Test/Emergency] statement 2 of the trust policy: trusts '*'",
  );
});
