import { Sandbox } from './sandbox';
import type { SandboxSettings } from './settings';
import { allow, createUser, credentialsOf, enrol } from './test-clients';

const aliceArn = 'arn:aws:iam::123456789012:user/alice';
const mfaPresent = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };

async function worldOf(settings: SandboxSettings = {}) {
  const sandbox = Sandbox.create(settings);
  const alice = await createUser(sandbox, 'alice');
  const device = await enrol(sandbox, 'alice', 'token');
  const withCode = (steps = 0) => ({
    SerialNumber: device.arn,
    TokenCode: device.codes.at(sandbox.clock.now(), steps),
  });
  const getSession = (input = {}) => sandbox.call(alice, 'sts', 'GetSessionToken', input);
  return { sandbox, alice, device, withCode, getSession };
}

async function createRole(sandbox: Sandbox, statement: object, maxSessionSeconds = 7200): Promise<string> {
  const { Role } = await sandbox.call(sandbox.administrator, 'iam', 'CreateRole', {
    RoleName: 'emergency',
    MaxSessionDuration: maxSessionSeconds,
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', ...statement }],
    }),
  });
  return (Role as { Arn: string }).Arn;
}

describe('GetSessionToken', () => {
  test('does not know a device in the first ten seconds, then takes its enrolment codes', async () => {
    const { sandbox, withCode, getSession } = await worldOf();
    await expect(getSession(withCode())).rejects.toThrow('unable to validate MFA code');
    sandbox.clock.advance(10_000);
    expect(await getSession(withCode())).toHaveProperty('Credentials.SessionToken');
  });

  test('takes each code once, also after a resynchronisation', async () => {
    const { sandbox, device, withCode, getSession } = await worldOf({ propagationMs: 0 });
    const once = withCode();
    await getSession(once);
    await expect(getSession(once)).rejects.toThrow('invalid MFA one time pass code');
    await sandbox.call(sandbox.administrator, 'iam', 'ResyncMFADevice', {
      UserName: 'alice',
      SerialNumber: device.arn,
      ...device.codes.pair(sandbox.clock.now(), 2),
    });
    await expect(getSession(once)).rejects.toThrow('invalid MFA one time pass code');
    expect(await getSession(withCode(1))).toHaveProperty('Credentials');
  });

  test.each([
    [
      'a serial number without a code',
      { SerialNumber: 'arn:aws:iam::123456789012:mfa/token' },
      'must provide both',
    ],
    ['a code without a serial number', { TokenCode: '123456' }, 'must provide both'],
    [
      'a device that is not there',
      { SerialNumber: 'arn:aws:iam::123456789012:mfa/none', TokenCode: '123456' },
      'unable to validate MFA code',
    ],
  ])('refuses %s', async (_, input, message) => {
    const { getSession } = await worldOf({ propagationMs: 0 });
    await expect(getSession(input)).rejects.toMatchObject({
      code: 'AccessDenied',
      status: 403,
      message: expect.stringContaining(message),
    });
  });

  test("refuses somebody else's device, even for an administrator", async () => {
    const { sandbox, withCode, getSession } = await worldOf({ propagationMs: 0 });
    await expect(sandbox.call(sandbox.administrator, 'sts', 'GetSessionToken', withCode())).rejects.toThrow(
      'unable to validate MFA code',
    );
    expect(await getSession(withCode())).toHaveProperty('Credentials');
  });

  test('refuses a tenth verification in three minutes, even a right one', async () => {
    const { sandbox, device, withCode, getSession } = await worldOf({ propagationMs: 0 });
    sandbox.clock.advance(180_000 - (sandbox.clock.now() % 180_000));
    for (let attempt = 0; attempt < 9; attempt += 1) {
      const wrong = { SerialNumber: device.arn, TokenCode: device.codes.at(0) };
      await expect(getSession(wrong)).rejects.toThrow('invalid MFA one time pass code');
    }
    await expect(getSession(withCode())).rejects.toThrow('unable to validate MFA code');
    sandbox.clock.advance(180_000);
    expect(await getSession(withCode())).toHaveProperty('Credentials');
  });

  test.each([
    [899, false],
    [900, true],
    [129_600, true],
    [129_601, false],
  ])('of %i seconds is possible: %s', async (DurationSeconds, isPossible) => {
    const { getSession } = await worldOf();
    const outcome = await getSession({ DurationSeconds }).then(
      () => true,
      (error) => error.code,
    );
    expect(outcome).toBe(isPossible ? true : 'ValidationError');
  });

  test('lasts twelve hours when nothing is said', async () => {
    const { sandbox, getSession } = await worldOf();
    const answer = await getSession();
    const { Expiration } = answer.Credentials as { Expiration: string };
    expect(Date.parse(Expiration) - sandbox.clock.now()).toBeGreaterThan(43_198_000);
    expect(Date.parse(Expiration) - sandbox.clock.now()).toBeLessThanOrEqual(43_200_000);
  });

  test('needs no permission, but heeds a deny', async () => {
    const { sandbox, getSession } = await worldOf();
    expect(await getSession()).toHaveProperty('Credentials');
    await allow(sandbox, 'alice', { Effect: 'Deny', Action: 'sts:GetSessionToken', Resource: '*' });
    await expect(getSession()).rejects.toThrow('explicit deny');
  });
});

describe('AssumeRole', () => {
  const assume = { RoleSessionName: 'incident-7' };

  test('with a trust that asks for MFA needs a code in the call, or a session with one', async () => {
    const { sandbox, alice, withCode, getSession } = await worldOf({ propagationMs: 0 });
    const RoleArn = await createRole(sandbox, { Principal: { AWS: aliceArn }, Condition: mfaPresent });
    await expect(sandbox.call(alice, 'sts', 'AssumeRole', { ...assume, RoleArn })).rejects.toMatchObject({
      code: 'AccessDenied',
      message: `User: ${aliceArn} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
    });
    const direct = await sandbox.call(alice, 'sts', 'AssumeRole', { ...assume, RoleArn, ...withCode() });
    expect(direct).toMatchObject({
      AssumedRoleUser: { Arn: 'arn:aws:sts::123456789012:assumed-role/emergency/incident-7' },
    });
    const session = credentialsOf(await getSession(withCode(1)));
    const indirect = await sandbox.call(session, 'sts', 'AssumeRole', { ...assume, RoleArn });
    expect(await sandbox.call(credentialsOf(indirect), 'sts', 'GetCallerIdentity')).toMatchObject({
      Arn: 'arn:aws:sts::123456789012:assumed-role/emergency/incident-7',
      UserId: expect.stringMatching(/^AROA[A-Z2-7]{17}:incident-7$/),
    });
  });

  test('the session of a role has lost the MFA it was assumed with', async () => {
    const { sandbox, alice, withCode } = await worldOf({ propagationMs: 0 });
    const RoleArn = await createRole(sandbox, { Principal: { AWS: aliceArn }, Condition: mfaPresent });
    const permit = (Condition: object) =>
      sandbox.call(sandbox.administrator, 'iam', 'PutRolePolicy', {
        RoleName: 'emergency',
        PolicyName: 'p',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 'ssm:DescribeParameters', Resource: '*', Condition }],
        }),
      });
    const session = credentialsOf(
      await sandbox.call(alice, 'sts', 'AssumeRole', { ...assume, RoleArn, ...withCode() }),
    );
    await permit(mfaPresent);
    await expect(sandbox.call(session, 'ssm', 'DescribeParameters')).rejects.toMatchObject({
      code: 'AccessDeniedException',
    });
    await permit({ Null: { 'aws:MultiFactorAuthPresent': 'true' } });
    expect(await sandbox.call(session, 'ssm', 'DescribeParameters')).toEqual({ Parameters: [] });
  });

  test('needs the trust and, when the trust names the account only, the permission too', async () => {
    const { sandbox, alice } = await worldOf();
    const RoleArn = await createRole(sandbox, { Principal: { AWS: 'arn:aws:iam::123456789012:root' } });
    const attempt = () => sandbox.call(alice, 'sts', 'AssumeRole', { ...assume, RoleArn });
    await expect(attempt()).rejects.toMatchObject({ code: 'AccessDenied' });
    await allow(sandbox, 'alice', { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: RoleArn });
    expect(await attempt()).toHaveProperty('Credentials');
  });

  test('a permission does not replace trust, and a role that is not there is refused alike', async () => {
    const { sandbox, alice } = await worldOf();
    await createUser(sandbox, 'bob');
    const RoleArn = await createRole(sandbox, { Principal: { AWS: 'arn:aws:iam::123456789012:user/bob' } });
    await allow(sandbox, 'alice', { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' });
    for (const roleArn of [RoleArn, `${RoleArn}-missing`]) {
      await expect(
        sandbox.call(alice, 'sts', 'AssumeRole', { ...assume, RoleArn: roleArn }),
      ).rejects.toMatchObject({
        code: 'AccessDenied',
        message: expect.stringContaining(roleArn),
      });
    }
  });

  test('heeds external id and the age of MFA in the trust', async () => {
    const { sandbox, alice, withCode, getSession } = await worldOf({ propagationMs: 0 });
    const RoleArn = await createRole(sandbox, {
      Principal: { AWS: aliceArn },
      Condition: {
        StringEquals: { 'sts:ExternalId': 'agreed' },
        NumericLessThan: { 'aws:MultiFactorAuthAge': '300' },
      },
    });
    const session = credentialsOf(await getSession(withCode()));
    const attempt = (input = {}) =>
      sandbox.call(session, 'sts', 'AssumeRole', { ...assume, RoleArn, ...input });
    await expect(attempt()).rejects.toMatchObject({ code: 'AccessDenied' });
    expect(await attempt({ ExternalId: 'agreed' })).toHaveProperty('Credentials');
    sandbox.clock.advance(301_000);
    await expect(attempt({ ExternalId: 'agreed' })).rejects.toMatchObject({ code: 'AccessDenied' });
    expect(
      await sandbox.call(alice, 'sts', 'AssumeRole', {
        ...assume,
        RoleArn,
        ExternalId: 'agreed',
        ...withCode(),
      }),
    ).toHaveProperty('Credentials');
  });

  test("lasts an hour, no longer than the role's maximum, and no longer than an hour when chained", async () => {
    const { sandbox, alice } = await worldOf();
    const RoleArn = await createRole(sandbox, {
      Principal: { AWS: [aliceArn, 'arn:aws:iam::123456789012:root'] },
    });
    await sandbox.call(sandbox.administrator, 'iam', 'AttachRolePolicy', {
      RoleName: 'emergency',
      PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
    });
    const attempt = (credentials: typeof alice, DurationSeconds: number) =>
      sandbox
        .call(credentials, 'sts', 'AssumeRole', { ...assume, RoleArn, DurationSeconds })
        .then(credentialsOf, (error: { code: string }) => error.code);
    expect(await attempt(alice, 7201)).toBe('ValidationError');
    const session = await attempt(alice, 7200);
    if (typeof session === 'string') throw new Error(session);
    expect(await attempt(session, 3601)).toBe('ValidationError');
    expect(await attempt(session, 3600)).toHaveProperty('sessionToken');
  });
});

test('sessions end with their user', async () => {
  const { sandbox } = await worldOf();
  const bob = await createUser(sandbox, 'bob');
  const session = credentialsOf(await sandbox.call(bob, 'sts', 'GetSessionToken'));
  const remove = async () => {
    await sandbox.call(sandbox.administrator, 'iam', 'DeleteAccessKey', {
      UserName: 'bob',
      AccessKeyId: bob.accessKeyId,
    });
    await sandbox.call(sandbox.administrator, 'iam', 'DeleteUser', { UserName: 'bob' });
  };
  expect(await sandbox.call(session, 'sts', 'GetCallerIdentity')).toMatchObject({ Account: '123456789012' });
  await remove();
  await createUser(sandbox, 'bob');
  await expect(sandbox.call(session, 'sts', 'GetCallerIdentity')).rejects.toMatchObject({
    code: 'InvalidClientTokenId',
  });
});
