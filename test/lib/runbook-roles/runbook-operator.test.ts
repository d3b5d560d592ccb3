import { Aws, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  AccountPrincipal,
  ArnPrincipal,
  type IPrincipal,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { RunbookOperator, type RunbookOperatorProps, TokenRecord } from '../../../lib/index';
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
import { emptyStack, newApp, onlyResource, smallFleet } from '../fixtures';

const OLGA = new ArnPrincipal(`arn:aws:iam::${ACCOUNT}:user/olga`);
const FLEET_PATH = '/mfa-guardrails/break-glass/';

function deployed(props: Omit<RunbookOperatorProps, 'record'> = {}): { policy: unknown; trust: unknown } {
  const stack = emptyStack();
  const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  new RunbookOperator(stack, 'Operator', { record, ...props });
  return {
    policy: rendered(onlyResource(stack, 'AWS::IAM::ManagedPolicy').PolicyDocument),
    trust: rendered(onlyResource(stack, 'AWS::IAM::Role').AssumeRolePolicyDocument),
  };
}

describe('the operator', () => {
  const { policy } = deployed({ existingHolders: ['carol'] });
  const iam = `arn:aws:iam::${ACCOUNT}`;
  const ssm = `arn:aws:ssm:eu-central-1:${ACCOUNT}:parameter/mfa-guardrails`;
  const holder = user('alice.breakglass', FLEET_PATH).arn;
  const device = `${iam}:mfa${FLEET_PATH}alice.breakglass.primary.86596220000001`;

  test.each<readonly [string, readonly string[], readonly string[]]>([
    [
      'holders',
      ['iam:EnableMFADevice', 'iam:ResyncMFADevice', 'iam:DeactivateMFADevice', 'iam:ListMFADevices'],
      [holder, user('carol').arn, user('carol', '/people/eu/').arn],
    ],
    [
      'devices of the fleet',
      [
        'iam:CreateVirtualMFADevice',
        'iam:DeleteVirtualMFADevice',
        'iam:TagMFADevice',
        'iam:ListMFADeviceTags',
      ],
      [device],
    ],
    ['listings', ['iam:ListVirtualMFADevices'], ['*']],
    [
      'the record',
      ['ssm:GetParametersByPath', 'ssm:GetParameter'],
      [`${ssm}/break-glass/record`, `${ssm}/break-glass/record/manifest`],
    ],
    [
      'evidence',
      ['ssm:PutParameter', 'ssm:GetParameter', 'ssm:GetParametersByPath'],
      [`${ssm}/break-glass/evidence/alice.breakglass/primary`],
    ],
    ['the listing of evidence', ['ssm:GetParametersByPath'], [`${ssm}/break-glass/evidence`]],
  ])('works with %s', async (_what, actions, resources) => {
    for (const action of actions) {
      for (const resource of resources) {
        expect([action, resource, await ask(action, resource)]).toEqual([action, resource, 'Allowed']);
      }
    }
  });

  test.each<readonly [string, readonly string[], readonly string[]]>([
    [
      'other users',
      [
        'iam:EnableMFADevice',
        'iam:ResyncMFADevice',
        'iam:DeactivateMFADevice',
        'iam:ListMFADevices',
        'iam:GetUser',
      ],
      [
        user('mallory').arn,
        user('olga').arn,
        user('alice.breakglass').arn,
        user('alice', '/mfa-guardrails/another/').arn,
        user('notcarol', '/people/').arn,
        user('carolina').arn,
      ],
    ],
    [
      'other devices',
      [
        'iam:CreateVirtualMFADevice',
        'iam:DeleteVirtualMFADevice',
        'iam:TagMFADevice',
        'iam:ListMFADeviceTags',
      ],
      [`${iam}:mfa/mallory`, `${iam}:mfa/mfa-guardrails/another/x.primary.1`, `${iam}:mfa/break-glass/x`],
    ],
    [
      'what else a holder has',
      [
        'iam:GetUser',
        'iam:ListAccessKeys',
        'iam:CreateLoginProfile',
        'iam:UpdateLoginProfile',
        'iam:CreateAccessKey',
        'iam:AttachUserPolicy',
        'iam:DeleteUser',
        'iam:PutUserPolicy',
      ],
      [holder],
    ],
    [
      'itself and its own policies',
      ['iam:AttachRolePolicy', 'iam:PutRolePolicy', 'iam:UpdateAssumeRolePolicy', 'iam:PassRole'],
      [`${iam}:role/Operator`],
    ],
    [
      'the group that keeps holders under MFA',
      ['iam:RemoveUserFromGroup', 'iam:AddUserToGroup', 'iam:DetachGroupPolicy'],
      [`${iam}:group/Group`],
    ],
    ['who is a holder', ['iam:CreateUser', 'iam:UpdateUser'], [holder, user('carol').arn, user('olga').arn]],
    ['the account', ['iam:GetAccountSummary', 'iam:ListUsers'], ['*']],
    [
      'the record, to write it',
      ['ssm:PutParameter', 'ssm:DeleteParameter'],
      [`${ssm}/break-glass/record/manifest`, `${ssm}/break-glass/record/page/0`],
    ],
    [
      'parameters of others',
      ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath', 'ssm:PutParameter'],
      [
        `${ssm}/another/evidence/alice/primary`,
        `${ssm}/break-glass/evidences`,
        `${ssm}/break-glass/recorded/manifest`,
        `${ssm}/break-glass`,
        `${ssm}/break-glass2/record/manifest`,
      ],
    ],
    [
      'evidence, to delete it',
      ['ssm:DeleteParameter'],
      [`${ssm}/break-glass/evidence/alice.breakglass/primary`],
    ],
    ['other roles', ['sts:AssumeRole'], [`${iam}:role/Admin`]],
  ])('does not touch %s', async (_what, actions, resources) => {
    for (const action of actions) {
      for (const resource of resources) {
        expect([action, resource, await ask(action, resource)]).toEqual([
          action,
          resource,
          'ImplicitlyDenied',
        ]);
      }
    }
  });

  function ask(action: string, resource: string): Promise<string> {
    return decide({
      caller: roleSession('Operator'),
      signIn: 'a long-term key',
      action,
      resource,
      policies: [policy],
    });
  }
});

describe('who may be the operator', () => {
  const ANYONE_IN_ACCOUNT = deployed({ existingHolders: ['carol'] }).trust;
  const NAMED = deployed({
    existingHolders: ['carol'],
    operators: [OLGA, new AccountPrincipal('444455556666')],
  }).trust;

  const rows: readonly (readonly [string, unknown, Caller, SignIn, boolean])[] = [
    ['a user of the account with MFA', ANYONE_IN_ACCOUNT, user('olga'), 'fresh MFA', true],
    ['a user of the account with a key', ANYONE_IN_ACCOUNT, user('olga'), 'a long-term key', false],
    ['a user of the account without MFA', ANYONE_IN_ACCOUNT, user('olga'), 'a session without MFA', false],
    ['a user of the account with old MFA', ANYONE_IN_ACCOUNT, user('olga'), 'MFA of yesterday', false],
    ['a user of another account', ANYONE_IN_ACCOUNT, user('olga', '/', '444455556666'), 'fresh MFA', false],
    ['a holder', ANYONE_IN_ACCOUNT, user('alice.breakglass', FLEET_PATH), 'fresh MFA', false],
    ['a holder from elsewhere', ANYONE_IN_ACCOUNT, user('carol', '/people/'), 'fresh MFA', false],
    ['a holder whom IAM spells otherwise', ANYONE_IN_ACCOUNT, user('Carol'), 'fresh MFA', false],
    ['the named operator', NAMED, user('olga'), 'fresh MFA', true],
    ['the named operator with a key', NAMED, user('olga'), 'a long-term key', false],
    ['a user who is not named', NAMED, user('mallory'), 'fresh MFA', false],
    ['a user of a named account', NAMED, user('otto', '/', '444455556666'), 'fresh MFA', true],
    [
      "a named account's user who shares a holder's name",
      NAMED,
      user('carol', '/', '444455556666'),
      'fresh MFA',
      true,
    ],
    [
      'a user of a named account with a key',
      NAMED,
      user('otto', '/', '444455556666'),
      'a long-term key',
      false,
    ],
  ];

  test.each(rows)('%s', async (_who, trust, caller, signIn, allowed) => {
    const decision = await decide({
      caller,
      signIn,
      action: 'sts:AssumeRole',
      resource: `arn:aws:iam::${ACCOUNT}:role/Operator`,
      policies: [ADMINISTRATOR],
      trust,
    });

    expect(decision === 'Allowed').toBe(allowed);
  });
});

test('the session and the age of MFA are as told', () => {
  const stack = emptyStack();
  const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  new RunbookOperator(stack, 'Operator', {
    record,
    maxAge: Duration.minutes(5),
    maxSessionDuration: Duration.hours(2),
  });

  const role = onlyResource(stack, 'AWS::IAM::Role');
  expect(role.MaxSessionDuration).toBe(7200);
  expect(JSON.stringify(role.AssumeRolePolicyDocument)).toContain(
    '"NumericLessThan":{"aws:MultiFactorAuthAge":"300"}',
  );
});

test('the parameters are those of the Region of the record', () => {
  const app = newApp();
  function env(region: string) {
    return { env: { account: ACCOUNT, region } };
  }
  const record = new TokenRecord(new Stack(app, 'Records', env('eu-west-1')), 'Record', {
    inventory: smallFleet(),
  });
  const stack = new Stack(app, 'Roles', env('us-east-1'));
  new RunbookOperator(stack, 'Operator', { record });

  const text = JSON.stringify(rendered(onlyResource(stack, 'AWS::IAM::ManagedPolicy').PolicyDocument));
  expect(text).toContain(`:ssm:eu-west-1:${ACCOUNT}:parameter/mfa-guardrails/break-glass/evidence/*`);
  expect(text).not.toContain('us-east-1');
});

test('the ids of the constructs stay', () => {
  const stack = emptyStack();
  const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  const operator = new RunbookOperator(stack, 'Operator', { record });

  expect([operator.policy.node.path, operator.role.node.path]).toEqual([
    'Test/Operator/Policy',
    'Test/Operator/Role',
  ]);
});

test('the operator can be granted more', () => {
  const stack = emptyStack();
  const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  const another = new Role(stack, 'Another', { assumedBy: OLGA });
  another.grantAssumeRole(new RunbookOperator(stack, 'Operator', { record }).grantPrincipal);

  Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 1);
});

describe('operators are refused', () => {
  test.each<readonly [string, IPrincipal[], string]>([
    ['when there are none', [], 'operators is empty, must name at least one principal'],
    [
      'when one is a holder',
      [OLGA, new ArnPrincipal(user('alice.breakglass', FLEET_PATH).arn)],
      `operator 'arn:aws:iam::${ACCOUNT}:user/mfa-guardrails/break-glass/alice.breakglass' is a holder of fleet 'break-glass'`,
    ],
    ['when one can never have MFA', [new ServicePrincipal('lambda.amazonaws.com')], 'which never has MFA'],
    ['when one is a role', [new ArnPrincipal(`arn:aws:iam::${ACCOUNT}:role/Admin`)], 'the session of a role'],
  ])('%s', (_when, operators, message) => {
    expect(() => deployed({ operators })).toThrow(message);
  });
});

describe('an operator known to be a holder is refused', () => {
  function created(operator: string, existingHolders: string[], account?: string): RunbookOperator {
    const env = account === undefined ? {} : { env: { account, region: 'eu-central-1' } };
    const stack = new Stack(newApp(), 'Test', env);
    const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
    return new RunbookOperator(stack, 'Operator', {
      record,
      existingHolders,
      operators: [OLGA, new ArnPrincipal(operator)],
    });
  }
  const literal = `arn:aws:iam::${ACCOUNT}:user`;
  const here = `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:user`;

  test.each<readonly [string, string, string | undefined]>([
    [
      'by a token for the partition',
      `arn:${Aws.PARTITION}:iam::${ACCOUNT}:user${FLEET_PATH}alice`,
      undefined,
    ],
    ['by tokens in the account', `${here}${FLEET_PATH}alice`, ACCOUNT],
    ['as an existing holder', `${literal}/carol`, ACCOUNT],
    ['as an existing holder at a path', `${literal}/people/carol`, ACCOUNT],
    ['as an existing holder spelled otherwise', `${literal}/Carol`, ACCOUNT],
    ['as an existing holder by tokens', `${here}/carol`, ACCOUNT],
    ['as an existing holder by tokens, in any account', `${here}/people/carol`, undefined],
  ])('%s', (_how, arn, account) => {
    expect(() => created(arn, ['carol'], account)).toThrow(
      /operator 'arn:\S+(alice|carol|Carol)' is a holder of fleet 'break-glass', must be somebody else/,
    );
  });

  test.each<readonly [string, string, string | undefined]>([
    ['a user of another name', `${literal}/carola`, ACCOUNT],
    ['a user of the name in another account', 'arn:aws:iam::444455556666:user/carol', ACCOUNT],
    ['a user of the name in an account that may be another', `${literal}/carol`, undefined],
    ['a user whose name is not known', `${here}/${Aws.STACK_NAME}`, ACCOUNT],
  ])('but not %s', (_who, arn, account) => {
    expect(() => created(arn, ['carol'], account)).not.toThrow();
  });
});

describe('existing holders', () => {
  function listIn(stack: Stack): string[] {
    return new CfnParameter(stack, 'Names', { type: 'CommaDelimitedList' }).valueAsList;
  }

  test.each<readonly [string, (list: string[]) => string[]]>([
    ['in a list known only at deployment', (list) => list],
    ['in part in such a list', (list) => ['carol', ...list]],
  ])('%s are refused', (_how, namesOf) => {
    expect(() => deployed({ existingHolders: namesOf(listIn(emptyStack())) })).toThrow(
      'existingHolders is a list known only at deployment, must be names one by one, each of which may be a token',
    );
  });

  test('each a token, are taken', () => {
    const stack = emptyStack();
    const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
    const name = new CfnParameter(stack, 'Name').valueAsString;
    new RunbookOperator(stack, 'Operator', { record, existingHolders: ['carol', name] });

    expect(JSON.stringify(onlyResource(stack, 'AWS::IAM::Role'))).toContain(
      '"aws:username":["carol",{"Ref":"Name"}]',
    );
  });
});

test.each(['*', 'people/carol', 'arn:aws:iam::111122223333:user/carol'])(
  'the existing holder %j is refused',
  (name) => {
    expect(() => deployed({ existingHolders: ['carol', name] })).toThrow(
      `existingHolders: holder "${name}" is not an IAM user name; use the name of the IAM user`,
    );
  },
);

test('an existing holder without a name is refused', () => {
  expect(() => deployed({ existingHolders: ['carol', ''] })).toThrow('existingHolders: holder is empty; use');
});

describe('the policies stay within the limits of IAM', () => {
  function names(count: number): string[] {
    return Array.from({ length: count }, (_, index) => `first.lastname${index}`);
  }

  test('however many holders are at the path of the fleet', () => {
    const { policy, trust } = deployed();

    expect(policySize(policy)).toBeLessThan(2000);
    expect(policySize(trust)).toBeLessThan(600);
  });

  test('with two dozen holders from elsewhere', () => {
    const { policy, trust } = deployed({ existingHolders: names(24) });

    expect(policySize(policy)).toBeLessThan(6144);
    expect(policySize(trust)).toBeLessThan(2048);
  });

  test.each([
    [5, 8],
    [64, 1],
    [64, 4],
  ])(
    'nor is a fleet taken that IAM would refuse, with names of %i characters and %i accounts',
    (length, accounts) => {
      const operators = Array.from(
        { length: accounts },
        (_, n) => new AccountPrincipal(String(111122223333 + n)),
      );
      function sizesWith(count: number): readonly [number, number] | undefined {
        const existingHolders = Array.from({ length: count }, (_, n) => String(n).padStart(length, 'h'));
        try {
          const { policy, trust } = deployed({ existingHolders, operators });
          return [policySize(policy), policySize(trust)];
        } catch (error) {
          expect(String(error)).toMatch(
            /(IAM allows 6144|counts here, allows 2048); name an account in place of its users/,
          );
          return undefined;
        }
      }

      const sizes = Array.from({ length: 60 }, (_, count) => sizesWith(count));
      const taken = sizes.filter((size) => size !== undefined);
      expect(taken.length).toBeLessThan(60);
      expect(Math.max(0, ...taken.map(([policy]) => policy))).toBeLessThanOrEqual(6144);
      expect(Math.max(0, ...taken.map(([, trust]) => trust))).toBeLessThanOrEqual(2048);
      // Nor is one refused that fits by far.
      expect(taken.some(([policy, trust]) => policy > 5000 || trust > 1700)).toBe(true);
    },
  );

  test('with what is added later, at synthesis', () => {
    function operated(change: (operator: RunbookOperator) => void): Stack {
      const stack = emptyStack();
      const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
      change(new RunbookOperator(stack, 'Operator', { record }));
      return stack;
    }
    function statement(count: number): PolicyStatement {
      return new PolicyStatement({
        actions: names(count).map((_, index) => `service:SomeActionOfIt${index}`),
        resources: ['*'],
      });
    }
    function trusting(count: number): PolicyStatement {
      return new PolicyStatement({
        actions: ['sts:AssumeRole'],
        principals: names(count).map((name) => new ArnPrincipal(user(name).arn)),
      });
    }

    expect(() =>
      Template.fromStack(operated(({ policy }) => policy.addStatements(statement(100)))),
    ).not.toThrow();
    expect(() => Template.fromStack(operated(({ policy }) => policy.addStatements(statement(200))))).toThrow(
      /the policy of operator 'Test\/Operator' has about \d+ characters \(operators: 1, existing holders: 0\), IAM allows 6144; /,
    );
    expect(() =>
      Template.fromStack(operated(({ role }) => role.assumeRolePolicy?.addStatements(trusting(10)))),
    ).not.toThrow();
    expect(() =>
      Template.fromStack(operated(({ role }) => role.assumeRolePolicy?.addStatements(trusting(40)))),
    ).toThrow(
      /the trust policy of 'Test\/Operator\/Role' has about \d+ characters \(statements: 3, principals: 42\)/,
    );
  });

  test('with thirty operators, in one statement', () => {
    const operators = names(30).map((name) => new ArnPrincipal(user(name).arn));
    const { trust } = deployed({ operators });

    expect(JSON.stringify(trust).length).toBeLessThan(2048);
    expect((trust as { Statement: unknown[] }).Statement).toEqual([
      expect.objectContaining({ Effect: 'Allow', Principal: { AWS: operators.map(({ arn }) => arn) } }),
      expect.objectContaining({ Effect: 'Deny', Sid: 'DenyHolders' }),
    ]);
  });

  test('and with more of them the fleet is refused', () => {
    expect(() => deployed({ existingHolders: names(100) })).toThrow(
      /policy of operator 'Test\/Operator' has about \d+ characters \(operators: 1, existing holders: 100\), IAM allows 6144/,
    );
  });
});
