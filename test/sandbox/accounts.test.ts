import { standingClock } from '../support/clock';
import type { Credentials } from './caller';
import { Sandbox } from './sandbox';
import { allow, createUser, credentialsOf } from './test-clients';

const member = '222222222222';
const stranger = '333333333333';
const auditor = `arn:aws:iam::${member}:role/auditor`;
const audit = { arn: 'arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials' };

/** Three accounts; the role `auditor` of the member trusts alice of the sandbox's own account. */
async function worldOf() {
  const sandbox = Sandbox.create({
    clock: standingClock(),
    otherAccounts: [{ account: member, alias: 'payments', isMember: true }, { account: stranger }],
  });
  const alice = await createUser(sandbox, 'alice');
  const there = sandbox.administratorOf(member);
  await sandbox.call(there, 'iam', 'CreateRole', {
    RoleName: 'auditor',
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::123456789012:root' },
          Action: 'sts:AssumeRole',
        },
      ],
    }),
  });
  await sandbox.call(there, 'iam', 'PutRolePolicy', {
    RoleName: 'auditor',
    PolicyName: 'look',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: ['iam:ListVirtualMFADevices', 'iam:ListAccountAliases'], Resource: '*' },
      ],
    }),
  });
  return { sandbox, alice, there };
}

function assumeAuditor(sandbox: Sandbox, credentials: Credentials) {
  return sandbox.call(credentials, 'sts', 'AssumeRole', { RoleArn: auditor, RoleSessionName: 'alice' });
}

function assumeRoot(sandbox: Sandbox, credentials: Credentials, change: object = {}) {
  const input = { TargetPrincipal: member, TaskPolicyArn: audit, ...change };
  return sandbox.call(credentials, 'sts', 'AssumeRoot', input);
}

test('each account has users and devices of its own', async () => {
  const { sandbox, there } = await worldOf();
  sandbox.console(member).createRootDevice('root.primary.1');
  expect(await sandbox.call(there, 'sts', 'GetCallerIdentity')).toMatchObject({ Account: member });
  expect(await sandbox.call(there, 'iam', 'ListVirtualMFADevices')).toMatchObject({
    VirtualMFADevices: [{ SerialNumber: `arn:aws:iam::${member}:mfa/root.primary.1` }],
  });
  expect(await sandbox.call(sandbox.administrator, 'iam', 'ListVirtualMFADevices')).toMatchObject({
    VirtualMFADevices: [],
  });
  await expect(sandbox.call(there, 'iam', 'GetUser', { UserName: 'alice' })).rejects.toMatchObject({
    code: 'NoSuchEntity',
  });
  await expect(sandbox.call(there, 'ssm', 'DescribeParameters')).rejects.toMatchObject({
    code: 'UnknownOperationException',
  });
  expect(() => sandbox.console('444444444444')).toThrow('no account 444444444444');
});

test("a role of another account needs the caller's own permission, and lets in who it trusts", async () => {
  const { sandbox, alice } = await worldOf();
  await expect(assumeAuditor(sandbox, alice)).rejects.toMatchObject({ code: 'AccessDenied' });
  await allow(sandbox, 'alice', { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: auditor });
  const answer = await assumeAuditor(sandbox, alice);
  expect(answer.AssumedRoleUser).toMatchObject({
    Arn: `arn:aws:sts::${member}:assumed-role/auditor/alice`,
  });
  const session = credentialsOf(answer);
  expect(await sandbox.call(session, 'sts', 'GetCallerIdentity')).toMatchObject({ Account: member });
  expect(await sandbox.call(session, 'iam', 'ListAccountAliases')).toMatchObject({
    AccountAliases: ['payments'],
  });
  await expect(sandbox.call(session, 'iam', 'ListUsers')).rejects.toMatchObject({ code: 'AccessDenied' });
  const outsider = sandbox.administratorOf(stranger);
  await expect(assumeAuditor(sandbox, outsider)).rejects.toMatchObject({ code: 'AccessDenied' });
});

describe('AssumeRoot', () => {
  test("shows an auditor the root user's devices of every kind, and lets them change nothing", async () => {
    const { sandbox } = await worldOf();
    const key = sandbox.console(member).registerRootSecurityKey('root.primary');
    const session = credentialsOf(await assumeRoot(sandbox, sandbox.administrator));
    expect(await sandbox.call(session, 'iam', 'ListMFADevices')).toMatchObject({
      MFADevices: [{ SerialNumber: key }],
    });
    for (const [operation, input] of [
      ['ListVirtualMFADevices', {}],
      ['CreateVirtualMFADevice', { VirtualMFADeviceName: 'x' }],
      ['GetMFADevice', { SerialNumber: key }],
    ] as const) {
      await expect(sandbox.call(session, 'iam', operation, input)).rejects.toMatchObject({
        code: 'AccessDenied',
      });
    }
    await expect(assumeRoot(sandbox, session)).rejects.toMatchObject({ code: 'AccessDenied' });
    sandbox.clock.advance(901_000);
    await expect(sandbox.call(session, 'iam', 'ListMFADevices')).rejects.toMatchObject({
      code: 'ExpiredToken',
    });
  });

  test.each([
    ['an account outside the organization', { TargetPrincipal: stranger }, 'AccessDenied'],
    ['the own account', { TargetPrincipal: '123456789012' }, 'AccessDenied'],
    [
      'another task',
      { TaskPolicyArn: { arn: 'arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials' } },
      'ValidationError',
    ],
    ['more than a quarter of an hour', { DurationSeconds: 901 }, 'ValidationError'],
  ])('refuses %s', async (_, change, code) => {
    const { sandbox } = await worldOf();
    await expect(assumeRoot(sandbox, sandbox.administrator, change)).rejects.toMatchObject({ code });
  });

  test('needs permission for the account and can be limited to a task', async () => {
    const { sandbox, alice } = await worldOf();
    await expect(assumeRoot(sandbox, alice)).rejects.toMatchObject({ code: 'AccessDenied' });
    function permit(task: string) {
      return allow(sandbox, 'alice', {
        Effect: 'Allow',
        Action: 'sts:AssumeRoot',
        Resource: `arn:aws:iam::${member}:root`,
        Condition: { StringEquals: { 'sts:TaskPolicyArn': task } },
      });
    }
    await permit('arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy');
    await expect(assumeRoot(sandbox, alice)).rejects.toMatchObject({ code: 'AccessDenied' });
    await permit(audit.arn);
    expect(await assumeRoot(sandbox, alice)).toHaveProperty('Credentials');
  });
});
