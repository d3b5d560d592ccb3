import { CfnParameter, Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountPrincipal, ArnPrincipal, type IPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { TokenRecord } from '../../../lib/index';
import { RunbookAuditor, type RunbookAuditorProps } from '../../../lib/runbook-roles/runbook-auditor';
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
import { emptyStack, onlyResource, smallFleet } from '../fixtures';

const PAUL = new ArnPrincipal(`arn:aws:iam::${ACCOUNT}:user/paul`);
const FLEET_PATH = '/mfa-guardrails/break-glass/';
const HOLDER = user('alice.breakglass', FLEET_PATH);

function deployed(props: Omit<RunbookAuditorProps, 'record'> = {}): { policy: unknown; trust: unknown } {
  const stack = emptyStack();
  const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  new RunbookAuditor(stack, 'Auditor', { record, ...props });
  return {
    policy: rendered(onlyResource(stack, 'AWS::IAM::ManagedPolicy').PolicyDocument),
    trust: rendered(onlyResource(stack, 'AWS::IAM::Role').AssumeRolePolicyDocument),
  };
}

describe('the auditor', () => {
  const { policy } = deployed();
  const iam = `arn:aws:iam::${ACCOUNT}`;
  const ssm = `arn:aws:ssm:eu-central-1:${ACCOUNT}:parameter/mfa-guardrails`;
  const device = `${iam}:mfa${FLEET_PATH}alice.breakglass.primary.86596220000001`;
  const evidence = `${ssm}/break-glass/evidence/alice.breakglass/primary`;

  test.each<readonly [string, readonly string[], readonly string[]]>([
    ['the devices', ['iam:ListVirtualMFADevices'], ['*']],
    [
      'the record',
      ['ssm:GetParametersByPath', 'ssm:GetParameter'],
      [`${ssm}/break-glass/record`, `${ssm}/break-glass/record/manifest`, `${ssm}/break-glass/record/page/0`],
    ],
    [
      'the evidence',
      ['ssm:GetParametersByPath', 'ssm:GetParameter'],
      [`${ssm}/break-glass/evidence`, evidence],
    ],
  ])('reads %s', async (_what, actions, resources) => {
    await expectEach('Allowed', actions, resources);
  });

  test.each<readonly [string, readonly string[], readonly string[]]>([
    [
      'a device',
      ['iam:CreateVirtualMFADevice', 'iam:DeleteVirtualMFADevice', 'iam:TagMFADevice', 'iam:UntagMFADevice'],
      [device, `${iam}:mfa/other`],
    ],
    [
      'a holder',
      [
        'iam:EnableMFADevice',
        'iam:ResyncMFADevice',
        'iam:DeactivateMFADevice',
        'iam:CreateLoginProfile',
        'iam:CreateAccessKey',
        'iam:DeleteUser',
      ],
      [HOLDER.arn, user('paul').arn],
    ],
    [
      'a parameter',
      ['ssm:PutParameter', 'ssm:DeleteParameter', 'ssm:AddTagsToResource', 'ssm:LabelParameterVersion'],
      [`${ssm}/break-glass/record/manifest`, evidence],
    ],
    ['a role', ['iam:AttachRolePolicy', 'iam:UpdateAssumeRolePolicy'], [`${iam}:role/Auditor`]],
  ])('does not write %s', async (_what, actions, resources) => {
    await expectEach('ImplicitlyDenied', actions, resources);
  });

  test.each<readonly [string, readonly string[], readonly string[]]>([
    [
      'the parameters of others',
      ['ssm:GetParameter', 'ssm:GetParametersByPath'],
      [`${ssm}/another/record/manifest`, `${ssm}/break-glass/recorded`, `${ssm}/break-glass`],
    ],
    ['what no command reads', ['iam:ListUsers', 'iam:GetCredentialReport', 'iam:GetAccountSummary'], ['*']],
    ['the users', ['iam:GetUser', 'iam:ListMFADevices', 'iam:ListAccessKeys'], [HOLDER.arn]],
    ['other roles', ['sts:AssumeRole'], [`${iam}:role/Operator`]],
  ])('does not reach %s', async (_what, actions, resources) => {
    await expectEach('ImplicitlyDenied', actions, resources);
  });

  async function expectEach(
    decision: string,
    actions: readonly string[],
    resources: readonly string[],
  ): Promise<void> {
    for (const action of actions) {
      for (const resource of resources) {
        const caller = roleSession('Auditor');
        const request = { caller, signIn: 'a long-term key', action, resource, policies: [policy] } as const;
        expect([action, resource, await decide(request)]).toEqual([action, resource, decision]);
      }
    }
  }
});

describe('who may be the auditor', () => {
  const ANYONE_IN_ACCOUNT = deployed().trust;
  const NAMED = deployed({ auditors: [PAUL, new AccountPrincipal('444455556666')] }).trust;
  const otto = user('otto', '/', '444455556666');

  const rows: readonly (readonly [string, unknown, Caller, SignIn, boolean])[] = [
    ['a user of the account with MFA', ANYONE_IN_ACCOUNT, user('paul'), 'fresh MFA', true],
    ['a user of the account with a key', ANYONE_IN_ACCOUNT, user('paul'), 'a long-term key', false],
    ['a user of the account without MFA', ANYONE_IN_ACCOUNT, user('paul'), 'a session without MFA', false],
    ['a user of the account with old MFA', ANYONE_IN_ACCOUNT, user('paul'), 'MFA of yesterday', false],
    ['a user of another account', ANYONE_IN_ACCOUNT, otto, 'fresh MFA', false],
    ['a holder who may assume it', ANYONE_IN_ACCOUNT, HOLDER, 'fresh MFA', true],
    ['a holder with a key', ANYONE_IN_ACCOUNT, HOLDER, 'a long-term key', false],
    ['the named auditor', NAMED, user('paul'), 'fresh MFA', true],
    ['the named auditor with a key', NAMED, user('paul'), 'a long-term key', false],
    ['a user who is not named', NAMED, user('mallory'), 'fresh MFA', false],
    ['a holder who is not named', NAMED, HOLDER, 'fresh MFA', false],
    ['a user of a named account', NAMED, otto, 'fresh MFA', true],
    ['a user of a named account with a key', NAMED, otto, 'a long-term key', false],
  ];

  test.each(rows)('%s', async (_who, trust, caller, signIn, allowed) => {
    const decision = await decide({
      caller,
      signIn,
      action: 'sts:AssumeRole',
      resource: `arn:aws:iam::${ACCOUNT}:role/Auditor`,
      policies: [ADMINISTRATOR],
      trust,
    });

    expect(decision === 'Allowed').toBe(allowed);
  });

  test('no holder of whom nobody said that they may', async () => {
    const request = { caller: HOLDER, signIn: 'fresh MFA', action: 'sts:AssumeRole' } as const;
    const resource = `arn:aws:iam::${ACCOUNT}:role/Auditor`;

    expect(await decide({ ...request, resource, policies: [], trust: ANYONE_IN_ACCOUNT })).toBe(
      'ImplicitlyDenied',
    );
  });
});

test('the session and the age of MFA are as told, known or not', () => {
  const stack = emptyStack();
  const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  function seconds(id: string): Duration {
    return Duration.seconds(new CfnParameter(stack, id, { type: 'Number' }).valueAsNumber);
  }
  new RunbookAuditor(stack, 'Auditor', {
    record,
    maxAge: seconds('Age'),
    maxSessionDuration: seconds('Session'),
  });

  const role = onlyResource(stack, 'AWS::IAM::Role');
  expect(role.MaxSessionDuration).toEqual({ Ref: 'Session' });
  expect(JSON.stringify(role.AssumeRolePolicyDocument)).toContain('"aws:MultiFactorAuthAge":{"Ref":"Age"}');
});

test('the auditor can be granted more', () => {
  const stack = emptyStack();
  const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  const another = new Role(stack, 'Another', { assumedBy: PAUL });
  const auditor = new RunbookAuditor(stack, 'Auditor', { record });
  another.grantAssumeRole(auditor.grantPrincipal);

  Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 1);
  expect([auditor.policy.node.path, auditor.role.node.path]).toEqual([
    'Test/Auditor/Policy',
    'Test/Auditor/Role',
  ]);
});

describe('auditors are refused', () => {
  test.each<readonly [string, IPrincipal[], string]>([
    ['when there are none', [], 'auditors is empty, must name at least one principal'],
    ['when one can never have MFA', [new ServicePrincipal('lambda.amazonaws.com')], 'which never has MFA'],
    ['when one is a role', [new ArnPrincipal(`arn:aws:iam::${ACCOUNT}:role/Admin`)], 'the session of a role'],
    [
      'when they are too many',
      Array.from({ length: 60 }, (_, index) => new ArnPrincipal(`${PAUL.arn}${index}`)),
      "trust policy of auditor 'Test/Auditor' has about",
    ],
  ])('%s', (_when, auditors, message) => {
    expect(() => deployed({ auditors })).toThrow(message);
  });
});

test('the policies are small, however large the fleet', () => {
  const { policy, trust } = deployed();

  expect(policySize(policy)).toBeLessThan(700);
  expect(policySize(trust)).toBeLessThan(300);
});
