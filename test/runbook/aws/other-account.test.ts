/** The port sees this of security keys, the root user and other accounts. */
import { toSummary } from '../../../runbook/aws/account';
import { connectAws } from '../../../runbook/aws/connect';
import { Sandbox } from '../../sandbox/sandbox';
import { createUser, TokenCodes } from '../../sandbox/test-clients';
import { standingClock } from '../../support/clock';

const MEMBER = '222222222222';
const AUDITOR = `arn:aws:iam::${MEMBER}:role/auditor`;

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = Sandbox.create({
    clock: standingClock(),
    alias: 'platform',
    otherAccounts: [{ account: MEMBER, alias: 'payments', isMember: true }],
  });
});
afterEach(() => sandbox.close());

async function connect() {
  return connectAws({
    now: Date.now,
    region: 'eu-central-1',
    endpoint: await sandbox.listen(),
    credentials: sandbox.administrator,
  });
}

function document(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
}

async function createAuditor(): Promise<void> {
  const there = sandbox.administratorOf(MEMBER);
  await sandbox.call(there, 'iam', 'CreateRole', {
    RoleName: 'auditor',
    AssumeRolePolicyDocument: document({
      Principal: { AWS: 'arn:aws:iam::123456789012:root' },
      Action: 'sts:AssumeRole',
    }),
  });
  await sandbox.call(there, 'iam', 'PutRolePolicy', {
    RoleName: 'auditor',
    PolicyName: 'look',
    PolicyDocument: document({
      Action: ['iam:ListVirtualMFADevices', 'iam:ListAccountAliases', 'cloudtrail:LookupEvents'],
      Resource: '*',
    }),
  });
}

test('a security key is described with its certifications; one that is not there is nothing', async () => {
  await createUser(sandbox, 'alice');
  await createUser(sandbox, 'bob');
  const arn = sandbox.console().registerSecurityKey('alice', 'alice.primary', { FIDO: 'L2' });
  const aws = await connect();
  expect(await aws.getDevice('alice', arn)).toEqual({
    arn,
    enabledAt: expect.any(Date),
    certifications: { FIDO: 'L2' },
  });
  expect(await aws.getDevice('bob', arn)).toBeUndefined();
  const passkey = sandbox.console().registerSecurityKey('alice', 'phone', {});
  expect((await aws.getDevice('alice', passkey))?.certifications).toEqual({});
  await expect(aws.getDevice('alice', 'arn:aws:iam::123456789012:mfa/x')).rejects.toMatchObject({
    name: 'AwsFault',
    code: 'ValidationError',
  });
});

test("the root user's device is told from those of users and from unassigned ones", async () => {
  const console = sandbox.console();
  const codes = new URL(console.createRootDevice('root.primary.1')).searchParams.get('secret') ?? '';
  console.createRootDevice('root.backup.2');

  const { AuthenticationCode1, AuthenticationCode2 } = new TokenCodes(codes).pair(sandbox.clock.now());
  console.addRootDevice('root.primary.1', AuthenticationCode1, AuthenticationCode2);
  const aws = await connect();
  expect(await aws.virtualDevices()).toEqual([
    { arn: 'arn:aws:iam::123456789012:mfa/root.backup.2' },
    { arn: 'arn:aws:iam::123456789012:mfa/root.primary.1', isRoot: true, enabledAt: expect.any(Date) },
  ]);
  expect(await aws.accountAliases()).toEqual(['platform']);
});

test('a role of another account shows its devices, its alias and the sign-ins of its root', async () => {
  await createAuditor();
  sandbox.console(MEMBER).createRootDevice('root.primary.1');
  const aws = await connect();
  const view = await aws.inAccount(MEMBER, { roleArn: AUDITOR });
  expect(await view.virtualDevices()).toEqual([{ arn: `arn:aws:iam::${MEMBER}:mfa/root.primary.1` }]);
  expect(await view.accountAliases()).toEqual(['payments']);
  sandbox.console(MEMBER).signInRoot();
  sandbox.clock.advance(600_000);
  const { signIns } = await view.consoleSignIns('root', new Date(0));
  expect(signIns).toMatchObject([{ region: 'us-east-1', succeeded: true }]);
  await expect(view.rootDevices()).rejects.toMatchObject({ name: 'AwsFault' });
});

test("AssumeRoot shows a member's root devices of every type, and nothing of its users", async () => {
  const key = sandbox.console(MEMBER).registerRootSecurityKey('root.primary');
  const aws = await connect();
  const view = await aws.inAccount(MEMBER, { assumeRoot: true });
  expect(await view.rootDevices()).toEqual([{ arn: key, enabledAt: expect.any(Date) }]);
  await expect(view.virtualDevices()).rejects.toMatchObject({ code: 'AccessDenied' });
});

test("AssumeRoot tells whether a member's root user can sign in, whatever it signs in with", async () => {
  const console = sandbox.console(MEMBER);
  const aws = await connect();
  async function hasCredentials(): Promise<boolean> {
    return (await aws.inAccount(MEMBER, { assumeRoot: true })).rootHasCredentials();
  }
  expect(await hasCredentials()).toBe(true);
  for (const credential of ['access-key', 'signing-certificate'] as const) {
    console.setRootCredentials(credential);
    expect([credential, await hasCredentials()]).toEqual([credential, true]);
  }
  console.setRootCredentials();
  expect(await hasCredentials()).toBe(false);
});

test('the summary of an account tells that root has credentials, and never that it has none', async () => {
  const aws = await connect();
  expect(await aws.summary()).toEqual({ devicesInUse: 0, rootHasDevice: false, rootHasCredentials: true });
  sandbox.console().setRootCredentials();
  sandbox.console().registerRootSecurityKey('root.primary');
  expect(await aws.summary()).toEqual({ devicesInUse: 1, rootHasDevice: true, rootHasCredentials: false });
  expect(toSummary({})).toEqual({
    devicesInUse: undefined,
    rootHasDevice: undefined,
    rootHasCredentials: false,
  });
});

test('passwords expire by the policy of the account, if it has one with an age', async () => {
  const aws = await connect();
  expect(await aws.passwordExpiry()).toBeUndefined();
  const policy = { AllowUsersToChangePassword: true, HardExpiry: true };
  await sandbox.call(sandbox.administrator, 'iam', 'UpdateAccountPasswordPolicy', policy);
  expect(await aws.passwordExpiry()).toBeUndefined();
  await sandbox.call(sandbox.administrator, 'iam', 'UpdateAccountPasswordPolicy', {
    ...policy,
    MaxPasswordAge: 90,
  });
  expect(await aws.passwordExpiry()).toEqual({ maxAgeDays: 90, isHard: true, usersMayChange: true });
});

test('users are listed with their paths and the day they were made', async () => {
  await sandbox.call(sandbox.administrator, 'iam', 'CreateUser', { UserName: 'alice', Path: '/people/' });
  expect(await (await connect()).users()).toContainEqual({
    name: 'alice',
    path: '/people/',
    createdAt: expect.any(Date),
  });
});

test.each([
  ['sts:AssumeRole', { roleArn: AUDITOR }, MEMBER],
  ['sts:AssumeRoot', { assumeRoot: true }, '123456789012'],
] as const)(
  'a refused %s names the action that a policy would have to allow',
  async (action, way, account) => {
    const aws = await connect();
    await expect(aws.inAccount(account, way)).rejects.toMatchObject({
      name: 'AwsFault',
      action,
      code: 'AccessDenied',
      wasRefused: true,
    });
  },
);
