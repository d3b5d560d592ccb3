import { standingClock } from '../support/clock';
import type { Credentials } from './caller';
import { Sandbox } from './sandbox';
import { allow, createDevice, createUser, credentialsOf, enroll } from './test-clients';

const account = '123456789012';
const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
const denyWithoutMfa = {
  Effect: 'Deny',
  NotAction: ['sts:GetSessionToken', 'iam:ListMFADevices'],
  Resource: '*',
  Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
};

/** Creates Alice with these statements and one device that STS knows. */
async function worldOf(...statements: readonly object[]) {
  const sandbox = Sandbox.create({ clock: standingClock() });
  const alice = await createUser(sandbox, 'alice');
  await allow(sandbox, 'alice', ...statements);
  const device = await enroll(sandbox, 'alice', 'token');
  sandbox.clock.advance(30_000);
  async function session(withCode: boolean): Promise<Credentials> {
    return credentialsOf(
      await sandbox.call(
        alice,
        'sts',
        'GetSessionToken',
        withCode ? { SerialNumber: device.arn, TokenCode: device.codes.at(sandbox.clock.now()) } : {},
      ),
    );
  }
  return { sandbox, alice, device, session };
}

function refusal(message: RegExp) {
  return { code: 'AccessDenied', message: expect.stringMatching(message) };
}

describe('Deny without MFA, with BoolIfExists', () => {
  test('denies a long-term key, says so as AWS does, and lets a session with a code through', async () => {
    const { sandbox, alice, session } = await worldOf(everything, denyWithoutMfa);
    await expect(sandbox.call(alice, 'iam', 'ListUsers')).rejects.toMatchObject(
      refusal(
        /^User: arn:aws:iam::123456789012:user\/alice is not authorized to perform: iam:ListUsers on resource: \* with an explicit deny in an identity-based policy$/,
      ),
    );
    expect(await sandbox.call(alice, 'iam', 'ListMFADevices')).toMatchObject({
      MFADevices: [{ UserName: 'alice' }],
    });
    const withCode = await session(true);
    expect(await sandbox.call(withCode, 'iam', 'ListUsers')).toMatchObject({ IsTruncated: false });
  });

  test('denies a session without a code', async () => {
    const { sandbox, session } = await worldOf(everything, denyWithoutMfa);
    await expect(sandbox.call(await session(false), 'ssm', 'DescribeParameters')).rejects.toMatchObject({
      code: 'AccessDeniedException',
    });
    expect(await sandbox.call(await session(true), 'ssm', 'DescribeParameters')).toEqual({ Parameters: [] });
  });
});

test('Deny with plain Bool lets a long-term key pass: the known mistake is a mistake here too', async () => {
  const { Condition, ...deny } = denyWithoutMfa;
  const { sandbox, alice, session } = await worldOf(everything, {
    ...deny,
    Condition: { Bool: Condition.BoolIfExists },
  });
  expect(await sandbox.call(alice, 'ssm', 'DescribeParameters')).toEqual({ Parameters: [] });
  await expect(sandbox.call(await session(false), 'ssm', 'DescribeParameters')).rejects.toThrow(
    'explicit deny',
  );
});

test('the age of MFA is counted from the code', async () => {
  const { sandbox, session } = await worldOf({
    Effect: 'Allow',
    Action: 'ssm:DescribeParameters',
    Resource: '*',
    Condition: { NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' } },
  });
  const withCode = await session(true);
  sandbox.clock.advance(3_599_000);
  expect(await sandbox.call(withCode, 'ssm', 'DescribeParameters')).toEqual({ Parameters: [] });
  sandbox.clock.advance(2_000);
  await expect(sandbox.call(withCode, 'ssm', 'DescribeParameters')).rejects.toThrow(
    'no identity-based policy allows',
  );
});

describe('policies are asked about the resource AWS asks about', () => {
  const user = `arn:aws:iam::${account}:user/alice`;
  const deviceArn = `arn:aws:iam::${account}:mfa/fleet/alice.primary`;
  const onDevice = ['CreateVirtualMFADevice', 'DeleteVirtualMFADevice', 'TagMFADevice', 'ListMFADeviceTags'];
  const onUser = ['EnableMFADevice', 'ResyncMFADevice', 'DeactivateMFADevice', 'ListMFADevices'];
  const inputs: Readonly<
    Record<string, Readonly<Record<string, string | readonly Record<string, string>[]>>>
  > = {
    CreateVirtualMFADevice: { VirtualMFADeviceName: 'alice.primary', Path: '/fleet/' },
    DeleteVirtualMFADevice: { SerialNumber: deviceArn },
    TagMFADevice: { SerialNumber: deviceArn, Tags: [{ Key: 'k', Value: 'v' }] },
    ListMFADeviceTags: { SerialNumber: deviceArn },
    ListMFADevices: { UserName: 'alice' },
    DeactivateMFADevice: { UserName: 'alice', SerialNumber: deviceArn },
  };
  const pair = {
    UserName: 'alice',
    SerialNumber: deviceArn,
    AuthenticationCode1: '000000',
    AuthenticationCode2: '000001',
  };

  test.each([...onDevice.map((name) => [name, deviceArn]), ...onUser.map((name) => [name, user])])(
    'iam:%s on %s',
    async (operation, resource) => {
      const sandbox = Sandbox.create({ clock: standingClock() });
      const operator = await createUser(sandbox, 'operator');
      await createUser(sandbox, 'alice');
      function attempt() {
        return sandbox.call(operator, 'iam', operation, inputs[operation] ?? pair).then(
          () => 'done',
          (error: { code: string; message: string }) =>
            error.code === 'AccessDenied' ? error.message : error.code,
        );
      }
      expect(await attempt()).toBe(
        `User: arn:aws:iam::${account}:user/operator is not authorized to perform: iam:${operation} on resource: ${resource} because no identity-based policy allows the iam:${operation} action`,
      );
      await allow(sandbox, 'operator', {
        Effect: 'Allow',
        Action: `iam:${operation}`,
        Resource: `${resource}-other`,
      });
      expect(await attempt()).toContain('not authorized');
      await allow(sandbox, 'operator', { Effect: 'Allow', Action: `iam:${operation}`, Resource: resource });
      expect(await attempt()).not.toContain('not authorized');
    },
  );

  test('listing all virtual devices is asked of *, so a narrower resource does not allow it', async () => {
    const sandbox = Sandbox.create({ clock: standingClock() });
    const auditor = await createUser(sandbox, 'auditor');
    await allow(sandbox, 'auditor', {
      Effect: 'Allow',
      Action: 'iam:ListVirtualMFADevices',
      Resource: `arn:aws:iam::${account}:mfa/*`,
    });
    await expect(sandbox.call(auditor, 'iam', 'ListVirtualMFADevices')).rejects.toThrow('on resource: *');
    await allow(sandbox, 'auditor', { Effect: 'Allow', Action: 'iam:ListVirtualMFADevices', Resource: '*' });
    expect(await sandbox.call(auditor, 'iam', 'ListVirtualMFADevices')).toMatchObject({
      VirtualMFADevices: [],
    });
  });
});

test('policy variables, groups, managed policies and request tags count', async () => {
  const sandbox = Sandbox.create({ clock: standingClock() });
  const alice = await createUser(sandbox, 'alice');
  await createUser(sandbox, 'bob');
  function admin(operation: string, input: Record<string, string>) {
    return sandbox.call(sandbox.administrator, 'iam', operation, input);
  }
  function document(statement: object) {
    return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  }
  const { Policy } = await admin('CreatePolicy', {
    PolicyName: 'own-devices',
    PolicyDocument: document({
      Effect: 'Allow',
      Action: 'iam:ListMFADevices',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable, not a template
      Resource: 'arn:aws:iam::*:user/${aws:username}',
    }),
  });
  await admin('CreateGroup', { GroupName: 'people' });
  await admin('AttachGroupPolicy', {
    GroupName: 'people',
    PolicyArn: String((Policy as { Arn: string }).Arn),
  });
  await admin('PutGroupPolicy', {
    GroupName: 'people',
    PolicyName: 'tagged',
    PolicyDocument: document({
      Effect: 'Allow',
      Action: ['iam:CreateVirtualMFADevice', 'iam:TagMFADevice'],
      Resource: '*',
      Condition: { StringEquals: { 'aws:RequestTag/fleet': 'break-glass' } },
    }),
  });
  await expect(sandbox.call(alice, 'iam', 'ListMFADevices')).rejects.toMatchObject({ code: 'AccessDenied' });
  await admin('AddUserToGroup', { GroupName: 'people', UserName: 'alice' });
  expect(await sandbox.call(alice, 'iam', 'ListMFADevices')).toMatchObject({ MFADevices: [] });
  await expect(sandbox.call(alice, 'iam', 'ListMFADevices', { UserName: 'bob' })).rejects.toMatchObject({
    code: 'AccessDenied',
  });
  function create(fleet: string) {
    return sandbox.call(alice, 'iam', 'CreateVirtualMFADevice', {
      VirtualMFADeviceName: `device-${fleet}`,
      Tags: [{ Key: 'fleet', Value: fleet }],
    });
  }
  await expect(create('other')).rejects.toMatchObject({ code: 'AccessDenied' });
  expect(await create('break-glass')).toHaveProperty('VirtualMFADevice');
});

test('a permissions boundary limits what a policy allows, and is named as the reason', async () => {
  const sandbox = Sandbox.create({ clock: standingClock() });
  const alice = await createUser(sandbox, 'alice');
  await allow(sandbox, 'alice', everything);
  const { Policy } = await sandbox.call(sandbox.administrator, 'iam', 'CreatePolicy', {
    PolicyName: 'limit',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'ssm:*', Resource: '*' }],
    }),
  });
  expect(await sandbox.call(alice, 'iam', 'ListUsers')).toHaveProperty('Users');
  await sandbox.call(sandbox.administrator, 'iam', 'PutUserPermissionsBoundary', {
    UserName: 'alice',
    PermissionsBoundary: String((Policy as { Arn: string }).Arn),
  });
  await expect(sandbox.call(alice, 'iam', 'ListUsers')).rejects.toThrow(
    'because no permissions boundary allows the iam:ListUsers action',
  );
  expect(await sandbox.call(alice, 'ssm', 'DescribeParameters')).toEqual({ Parameters: [] });
});

test('creating with tags needs the permission to tag, and a refusal creates nothing', async () => {
  const sandbox = Sandbox.create({ clock: standingClock() });
  const operator = await createUser(sandbox, 'operator');
  function create() {
    return sandbox.call(operator, 'iam', 'CreateVirtualMFADevice', {
      VirtualMFADeviceName: 'x',
      Tags: [{ Key: 'k', Value: 'v' }],
    });
  }
  await allow(sandbox, 'operator', { Effect: 'Allow', Action: 'iam:CreateVirtualMFADevice', Resource: '*' });
  await expect(create()).rejects.toThrow('iam:TagMFADevice');
  expect(await sandbox.call(sandbox.administrator, 'iam', 'ListVirtualMFADevices')).toMatchObject({
    VirtualMFADevices: [],
  });
  await allow(sandbox, 'operator', {
    Effect: 'Allow',
    Action: ['iam:CreateVirtualMFADevice', 'iam:TagMFADevice'],
    Resource: '*',
  });
  expect(await create()).toHaveProperty('VirtualMFADevice');
});

test('a session without a code may not call IAM at all, and of STS only two operations', async () => {
  const { sandbox, session } = await worldOf(everything);
  const bare = await session(false);
  await expect(sandbox.call(bare, 'iam', 'ListUsers')).rejects.toMatchObject({
    code: 'InvalidClientTokenId',
  });
  await expect(sandbox.call(bare, 'sts', 'GetSessionToken')).rejects.toThrow('with session credentials');
  expect(await sandbox.call(bare, 'sts', 'GetCallerIdentity')).toMatchObject({ Account: account });
  expect(await sandbox.call(bare, 'ssm', 'DescribeParameters')).toEqual({ Parameters: [] });
});

test('a decision is not remembered beyond the policy it was made from', async () => {
  const sandbox = Sandbox.create({ clock: standingClock() });
  const alice = await createUser(sandbox, 'alice');
  await createDevice(sandbox, 'x');
  function attempt() {
    return sandbox.call(alice, 'iam', 'ListVirtualMFADevices').then(
      () => 'allowed',
      () => 'denied',
    );
  }
  const outcomes = [await attempt()];
  await allow(sandbox, 'alice', everything);
  outcomes.push(await attempt());
  await allow(sandbox, 'alice', everything, { ...everything, Effect: 'Deny' });
  outcomes.push(await attempt());
  await allow(sandbox, 'alice', everything);
  outcomes.push(await attempt());
  expect(outcomes).toEqual(['denied', 'allowed', 'denied', 'allowed']);
});
