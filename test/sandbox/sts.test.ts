import { standingClock } from '../support/clock';
import { Sandbox } from './sandbox';
import type { SandboxSettings } from './settings';
import { sts as stsService } from './sts';
import { allow, createUser, credentialsOf, enroll, openSandbox } from './test-clients';

const aliceArn = 'arn:aws:iam::123456789012:user/alice';
const assume = { RoleSessionName: 'incident-7' };

async function worldOf(settings: SandboxSettings = {}) {
  const sandbox = Sandbox.create({ clock: standingClock(), ...settings });
  const alice = await createUser(sandbox, 'alice');
  const device = await enroll(sandbox, 'alice', 'token');
  function withCode(steps = 0) {
    return {
      SerialNumber: device.arn,
      TokenCode: device.codes.at(sandbox.clock.now(), steps),
    };
  }
  function getSession(input = {}) {
    return sandbox.call(alice, 'sts', 'GetSessionToken', input);
  }
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
  test('does not know a device in the first seven seconds, then takes its enrollment codes', async () => {
    const { sandbox, withCode, getSession } = await worldOf();
    await expect(getSession(withCode())).rejects.toThrow('unable to validate MFA code');
    sandbox.clock.advance(10_000);
    expect(await getSession(withCode())).toHaveProperty('Credentials.SessionToken');
  });

  test('takes each code once, also after a resynchronization', async () => {
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

  test.each([
    ['a serial number of eight characters', { SerialNumber: '12345678', TokenCode: '123456' }],
    ['five digits', { SerialNumber: 'arn:aws:iam::123456789012:mfa/token', TokenCode: '12345' }],
    ['six letters', { SerialNumber: 'arn:aws:iam::123456789012:mfa/token', TokenCode: 'abcdef' }],
  ])('refuses %s before it looks at anything', async (_, input) => {
    const { getSession } = await worldOf({ propagationMs: 0 });
    await expect(getSession(input)).rejects.toMatchObject({ code: 'ValidationError', status: 400 });
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

test('what the session of a role may ask of STS, and what the session of a user may not', async () => {
  const { sandbox, alice, getSession } = await worldOf();
  const RoleArn = await createRole(sandbox, { Principal: { AWS: aliceArn } });
  const role = credentialsOf(await sandbox.call(alice, 'sts', 'AssumeRole', { ...assume, RoleArn }));
  const user = credentialsOf(await getSession());
  for (const session of [role, user]) {
    expect(await sandbox.call(session, 'sts', 'GetCallerIdentity')).toHaveProperty('Account');
    await expect(sandbox.call(session, 'sts', 'GetSessionToken')).rejects.toMatchObject({
      code: 'AccessDenied',
      message: 'Cannot call GetSessionToken with session credentials',
    });
  }
  await expect(sandbox.call(user, 'sts', 'GetFederationToken')).rejects.toMatchObject({
    code: 'AccessDenied',
  });
  await expect(sandbox.call(role, 'sts', 'GetFederationToken')).rejects.toMatchObject({
    code: 'InvalidAction',
  });
});

test('sessions end with their user', async () => {
  const { sandbox } = await worldOf();
  const bob = await createUser(sandbox, 'bob');
  const session = credentialsOf(await sandbox.call(bob, 'sts', 'GetSessionToken'));
  async function remove() {
    await sandbox.call(sandbox.administrator, 'iam', 'DeleteAccessKey', {
      UserName: 'bob',
      AccessKeyId: bob.accessKeyId,
    });
    await sandbox.call(sandbox.administrator, 'iam', 'DeleteUser', { UserName: 'bob' });
  }
  expect(await sandbox.call(session, 'sts', 'GetCallerIdentity')).toMatchObject({ Account: '123456789012' });
  await remove();
  await createUser(sandbox, 'bob');
  await expect(sandbox.call(session, 'sts', 'GetCallerIdentity')).rejects.toMatchObject({
    code: 'InvalidClientTokenId',
  });
});

test('of very many sessions the expired ones are forgotten, and no other', async () => {
  const { state, call } = openSandbox(stsService);
  await call('sts', 'GetSessionToken');
  const [session] = state.sessions.values();
  if (!session) {
    throw new Error('no session was kept');
  }
  const expiresAt = state.settings.clock.now() - 1;
  for (let n = 1; n < 9_999; n += 1) {
    state.sessions.set(`ASIA${n}`, { ...session, expiresAt });
  }
  await call('sts', 'GetSessionToken');
  expect(state.sessions.size).toBe(10_000);
  await call('sts', 'GetSessionToken');
  expect(state.sessions.size).toBe(3);
  expect(state.sessions.get(session.accessKeyId)).toBe(session);
});
