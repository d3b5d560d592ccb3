import { CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  AccountRootPrincipal,
  AnyPrincipal,
  ArnPrincipal,
  Effect,
  Group,
  PolicyStatement,
  Role,
  ServicePrincipal,
  User,
} from 'aws-cdk-lib/aws-iam';
import { MfaRole, type MfaRoleProps, requireMfa } from '../../../lib/index';
import {
  ACCOUNT,
  ADMINISTRATOR,
  decide,
  policySize,
  rendered,
  roleSession,
  type SignIn,
  user,
} from '../../support/policy-simulation';
import { emptyStack, newApp, onlyResource } from '../fixtures';
import { addTrust, assume, HOUR, OLGA, OTHER_ACCOUNT, statementsOf, trustAfter } from './trust-scene';

describe('an MfaRole asks for MFA in every statement', () => {
  test('of the principal it is made with', () => {
    expect(trustAfter(() => undefined)).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { AWS: OLGA.arn }, Condition: HOUR },
    ]);
  });

  test.each<readonly [string, (role: MfaRole) => void]>([
    ['added to assumeRolePolicy', (role) => addTrust(role, assume(OTHER_ACCOUNT))],
    [
      'added from JSON',
      (role) =>
        addTrust(
          role,
          PolicyStatement.fromJson({
            Effect: 'Allow',
            Principal: { AWS: OTHER_ACCOUNT.arn },
            Action: 'sts:AssumeRole',
          }),
        ),
    ],
    [
      'for session tags and source identity',
      (role) =>
        addTrust(
          role,
          new PolicyStatement({ actions: ['sts:TagSession', 'sts:SetSourceIdentity'], principals: [OLGA] }),
        ),
    ],
    [
      'with conditions of its own',
      (role) => addTrust(role, assume(OTHER_ACCOUNT, { StringEquals: { 'sts:ExternalId': 'x' } })),
    ],
    ['with a principal that asks already', (role) => addTrust(role, assume(requireMfa(OTHER_ACCOUNT)))],
    [
      'with Bool conditions on other keys',
      (role) => addTrust(role, assume(OTHER_ACCOUNT, { Bool: { 'aws:SecureTransport': true } })),
    ],
  ])('%s', (_name, change) => {
    const statements = trustAfter(change);

    expect(statements).toHaveLength(2);
    for (const statement of statements) {
      expect(statement.Condition).toMatchObject(HOUR);
    }
  });

  test('and drops none of its conditions', () => {
    const own = {
      Bool: { 'aws:SecureTransport': true },
      NumericLessThan: { 's3:max-keys': 10 },
      StringEquals: { 'sts:ExternalId': ['x', 'y'] },
    };

    expect(trustAfter((role) => addTrust(role, assume(OTHER_ACCOUNT, own)))[1]?.Condition).toEqual({
      Bool: { 'aws:SecureTransport': true, 'aws:MultiFactorAuthPresent': 'true' },
      NumericLessThan: { 's3:max-keys': 10, 'aws:MultiFactorAuthAge': '3600' },
      StringEquals: { 'sts:ExternalId': ['x', 'y'] },
    });
  });

  test('and keeps an age that is stronger than its own', () => {
    const five = requireMfa(OTHER_ACCOUNT, { maxAge: Duration.minutes(5) });

    expect(trustAfter((role) => addTrust(role, assume(five)))[1]?.Condition?.NumericLessThan).toEqual({
      'aws:MultiFactorAuthAge': '300',
    });
  });

  test('but leaves denials as wide as they are', () => {
    const deny = new PolicyStatement({
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['sts:AssumeRole'],
    });

    const [allowed, denied] = trustAfter((role) => addTrust(role, deny));
    expect(allowed?.Condition).toEqual(HOUR);
    expect(denied).toEqual({ Action: 'sts:AssumeRole', Effect: 'Deny', Principal: { AWS: '*' } });
  });

  const grants: readonly (readonly [string, (role: MfaRole, scope: Stack) => unknown, number])[] = [
    ['grantAssumeRole to a user', (role, scope) => role.grantAssumeRole(new User(scope, 'User')), 1],
    ['grantAssumeRole to an ARN', (role) => role.grantAssumeRole(OLGA), 0],
    ['grantAssumeRole to another account', (role) => role.grantAssumeRole(OTHER_ACCOUNT), 0],
    ['grant of sts:AssumeRole', (role, scope) => role.grant(new User(scope, 'User'), 'sts:AssumeRole'), 1],
    ['grant of sts:AssumeRole to an ARN', (role) => role.grant(OLGA, 'sts:AssumeRole'), 0],
    ['grantPassRole', (role, scope) => role.grantPassRole(new User(scope, 'User')), 1],
  ];

  test.each(grants)('and %s opens no statement of its own', (_name, grant, policies) => {
    const stack = emptyStack();
    const role = new MfaRole(stack, 'Role', { assumedBy: new AccountRootPrincipal() });
    try {
      grant(role, stack);
    } catch (error) {
      expect(String(error)).toContain('use assumeRolePolicy instead');
    }

    expect(statementsOf(stack)).toEqual([expect.objectContaining({ Condition: HOUR })]);
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', policies);
  });
});

describe('an MfaRole composes with', () => {
  const [externalId, tag] = [{ 'sts:ExternalId': 'x' }, { 'aws:RequestTag/team': 'red' }];

  test.each<readonly [string, Partial<MfaRoleProps>, string | readonly string[], Record<string, unknown>]>([
    ['an external id', { externalIds: ['x'] }, 'sts:AssumeRole', { StringEquals: externalId }],
    [
      'several external ids',
      { externalIds: ['x', 'y'] },
      'sts:AssumeRole',
      { StringEquals: { 'sts:ExternalId': ['x', 'y'] } },
    ],
    ['session tags', { assumedBy: OLGA.withSessionTags() }, ['sts:AssumeRole', 'sts:TagSession'], {}],
    [
      'session tags with conditions and an external id',
      { assumedBy: OLGA.withConditions({ StringEquals: tag }).withSessionTags(), externalIds: ['x'] },
      ['sts:AssumeRole', 'sts:TagSession'],
      { StringEquals: { ...tag, ...externalId } },
    ],
    [
      'a source identity asked for',
      { assumedBy: OLGA.withConditions({ StringLike: { 'sts:SourceIdentity': '*' } }) },
      'sts:AssumeRole',
      { StringLike: { 'sts:SourceIdentity': '*' } },
    ],
  ])('%s', (_name, props, action, conditions) => {
    expect(trustAfter(() => undefined, props)).toEqual([
      {
        Action: action,
        Effect: 'Allow',
        Principal: { AWS: OLGA.arn },
        Condition: { ...conditions, ...HOUR },
      },
    ]);
  });

  test("another account, as in AWS's example of a cross-account trust policy", () => {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
    expect(trustAfter(() => undefined, { assumedBy: OTHER_ACCOUNT })).toEqual([
      {
        Effect: 'Allow',
        Principal: {
          AWS: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::444455556666:root']] },
        },
        Action: 'sts:AssumeRole',
        Condition: HOUR,
      },
    ]);
  });

  test('a session as long as is known only at deployment', () => {
    const stack = emptyStack();
    const seconds = new CfnParameter(stack, 'Session', { type: 'Number' }).valueAsNumber;
    new MfaRole(stack, 'Role', { assumedBy: OLGA, maxSessionDuration: Duration.seconds(seconds) });

    expect(onlyResource(stack, 'AWS::IAM::Role').MaxSessionDuration).toEqual({ Ref: 'Session' });
    expect(
      () => new MfaRole(stack, 'Short', { assumedBy: OLGA, maxSessionDuration: Duration.minutes(59) }),
    ).toThrow('maxSessionDuration is set to 3540');
  });
});

describe('the size of the trust policy', () => {
  /** An MfaRole to which so many users were added after its construction. */
  function trusting(count: number, wait = (produce: () => string): string => produce()): Stack {
    const stack = emptyStack();
    const role = new MfaRole(stack, 'Role', { assumedBy: OLGA });
    for (let index = 0; index < count; index += 1) {
      addTrust(role, assume(new ArnPrincipal(wait(() => `${OLGA.arn}${index}`))));
    }
    return stack;
  }
  const TOO_LARGE =
    /the trust policy of 'Test\/Role' has about \d{4} characters \(statements: 21, principals: 21\), IAM's default quota, which alone counts here, allows 2048; name an account in place of its users, or give some/;

  test('fails the synthesis where IAM would refuse it, the MFA conditions counted', () => {
    expect(() => statementsOf(trusting(20))).toThrow(TOO_LARGE);
    expect(policySize(onlyTrust(trusting(5)))).toBeLessThanOrEqual(2048);
  });

  test('is judged by values that are written later as well', () => {
    expect(() => statementsOf(trusting(20, (produce) => Lazy.string({ produce })))).toThrow(TOO_LARGE);
  });

  test('is that of the last statement that fits, and of no more', () => {
    const sizes = Array.from({ length: 20 }, (_, count) => {
      try {
        return policySize(onlyTrust(trusting(count)));
      } catch (error) {
        expect(String(error)).toContain('counts here, allows 2048');
        return undefined;
      }
    });
    const fitting = sizes.filter((size) => size !== undefined);
    const [before = 0, last = 0] = fitting.slice(-2);

    expect(fitting.length).toBeLessThan(20);
    expect(sizes.slice(0, fitting.length)).toEqual(fitting);
    expect(last).toBeLessThanOrEqual(2048);
    expect(last + (last - before)).toBeGreaterThan(2048);
  });

  test('is not judged where a statement is refused anyhow', () => {
    const stack = trusting(20);
    addTrust(stack.node.findChild('Role') as MfaRole, assume(new AnyPrincipal()));

    expect(() => statementsOf(stack)).toThrow("statement 22 of the trust policy: trusts '*'");
    expect(() => statementsOf(stack)).not.toThrow('characters');
  });

  function onlyTrust(stack: Stack): unknown {
    return onlyResource(stack, 'AWS::IAM::Role').AssumeRolePolicyDocument;
  }
});

test('a principal of another stack is still referred to', () => {
  const app = newApp();
  const holder = new User(new Stack(app, 'Users'), 'Holder');
  const stack = new Stack(app, 'Roles');
  addTrust(new MfaRole(stack, 'Role', { assumedBy: OLGA }), assume(holder));

  const [, added] = statementsOf(stack);
  expect(JSON.stringify(added?.Principal)).toMatch(/Fn::(ImportValue|GetStackOutput)/);
  expect(added?.Condition).toEqual(HOUR);
});

test('a role that customizeRoles keeps out of the template is refused', () => {
  const stack = emptyStack();
  Role.customizeRoles(stack, { usePrecreatedRoles: { 'Test/Role': 'precreated' } });

  expect(() => new MfaRole(stack, 'Role', { assumedBy: OLGA })).toThrow(
    'leave the role out of customizeRoles',
  );
});

describe('who may assume an MfaRole', () => {
  const stack = emptyStack();
  const role = new MfaRole(stack, 'Role', { assumedBy: new AccountRootPrincipal() });
  addTrust(role, assume(OTHER_ACCOUNT));
  addTrust(role, assume(OLGA, { StringEquals: { 'sts:ExternalId': 'x' } }));
  const trust = rendered(onlyResource(stack, 'AWS::IAM::Role').AssumeRolePolicyDocument);

  const rows: readonly (readonly [string, SignIn, boolean])[] = [
    ['olga', 'a long-term key', false],
    ['olga', 'a session without MFA', false],
    ['olga', 'MFA of yesterday', false],
    ['olga', 'fresh MFA', true],
    ['a user of another account', 'a long-term key', false],
    ['a user of another account', 'fresh MFA', true],
    ['a user of a third account', 'fresh MFA', false],
    ['a role session', 'a long-term key', false],
  ];
  const callers: Readonly<Record<string, ReturnType<typeof user>>> = {
    olga: user('olga'),
    'a user of another account': user('otto', '/', '444455556666'),
    'a user of a third account': user('otto', '/', '777788889999'),
    'a role session': roleSession('Admin'),
  };

  test.each(rows)('%s with %s: %s', async (name, signIn, allowed) => {
    const caller = callers[name] ?? user('nobody');
    const decision = await decide({
      caller,
      signIn,
      action: 'sts:AssumeRole',
      resource: `arn:aws:iam::${ACCOUNT}:role/Role`,
      policies: [ADMINISTRATOR],
      trust,
    });

    expect(decision === 'Allowed').toBe(allowed);
  });
});

describe('the grant to assume it', () => {
  test('is refused to roles and programs, whose sessions never carry MFA', () => {
    const stack = emptyStack();
    const role = new MfaRole(stack, 'Role', { assumedBy: new AccountRootPrincipal() });
    const worker = new Role(stack, 'Worker', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const imported = Role.fromRoleArn(stack, 'Imported', 'arn:aws:iam::111122223333:role/Imported');
    for (const grantee of [worker, imported, worker.withoutPolicyUpdates()]) {
      expect(() => role.grantAssumeRole(grantee)).toThrow(
        "MfaRole 'Test/Role' cannot be assumed by the grantee: it is a role, and the session of a role never carries MFA",
      );
    }
    expect(() => role.grantAssumeRole(new ServicePrincipal('lambda.amazonaws.com'))).toThrow(
      'which never has MFA',
    );
    expect(() => role.grantAssumeRole(new ArnPrincipal('arn:aws:iam::111122223333:role/Text'))).toThrow(
      'the session of a role',
    );
    for (const action of ['sts:AssumeRole', 'STS:assumerole', 'sts:Assume*', '*']) {
      expect(() => role.grant(worker, 'iam:GetRole', action)).toThrow(
        'the session of a role never carries MFA',
      );
    }
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 0);
  });

  test('is not needed to read the role', () => {
    const stack = emptyStack();
    const role = new MfaRole(stack, 'Role', { assumedBy: new AccountRootPrincipal() });
    role.grant(
      new Role(stack, 'Worker', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
      'iam:GetRole',
    );
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 1);
  });

  test('is given to users and groups', () => {
    const stack = emptyStack();
    const role = new MfaRole(stack, 'Role', { assumedBy: new AccountRootPrincipal() });
    role.grantAssumeRole(new User(stack, 'User'));
    role.grantAssumeRole(new Group(stack, 'Group'));
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 2);
  });
});
