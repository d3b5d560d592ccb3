import { standingClock } from '../support/clock';
import { Sandbox } from './sandbox';
import type { SandboxSettings } from './settings';
import { allow, createUser, credentialsOf, enroll } from './test-clients';

const aliceArn = 'arn:aws:iam::123456789012:user/alice';
const assume = { RoleSessionName: 'incident-7' };
const mfaPresent = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };

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

test('AssumeRole with a trust that asks for MFA needs a code in the call, or a session with one', async () => {
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

test('AssumeRole the session of a role has lost the MFA it was assumed with', async () => {
  const { sandbox, alice, withCode } = await worldOf({ propagationMs: 0 });
  const RoleArn = await createRole(sandbox, { Principal: { AWS: aliceArn }, Condition: mfaPresent });
  function permit(Condition: object) {
    return sandbox.call(sandbox.administrator, 'iam', 'PutRolePolicy', {
      RoleName: 'emergency',
      PolicyName: 'p',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'ssm:DescribeParameters', Resource: '*', Condition }],
      }),
    });
  }
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

test('AssumeRole needs the trust and, when the trust names the account only, the permission too', async () => {
  const { sandbox, alice } = await worldOf();
  const RoleArn = await createRole(sandbox, { Principal: { AWS: 'arn:aws:iam::123456789012:root' } });
  function attempt() {
    return sandbox.call(alice, 'sts', 'AssumeRole', { ...assume, RoleArn });
  }
  await expect(attempt()).rejects.toMatchObject({ code: 'AccessDenied' });
  await allow(sandbox, 'alice', { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: RoleArn });
  expect(await attempt()).toHaveProperty('Credentials');
});

test('AssumeRole a permission does not replace trust, and a role that is not there is refused alike', async () => {
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

test('AssumeRole heeds external id and the age of MFA in the trust', async () => {
  const { sandbox, alice, withCode, getSession } = await worldOf({ propagationMs: 0 });
  const RoleArn = await createRole(sandbox, {
    Principal: { AWS: aliceArn },
    Condition: {
      StringEquals: { 'sts:ExternalId': 'agreed' },
      NumericLessThan: { 'aws:MultiFactorAuthAge': '300' },
    },
  });
  const session = credentialsOf(await getSession(withCode()));
  function attempt(input = {}) {
    return sandbox.call(session, 'sts', 'AssumeRole', { ...assume, RoleArn, ...input });
  }
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

test('AssumeRole with tags needs sts:TagSession as well, and the tags are then those of the principal', async () => {
  const { sandbox, alice } = await worldOf();
  const tagged = { ...assume, Tags: [{ Key: 'team', Value: 'security' }] };
  const RoleArn = await createRole(sandbox, { Principal: { AWS: aliceArn } });
  function attempt() {
    return sandbox.call(alice, 'sts', 'AssumeRole', { ...tagged, RoleArn });
  }
  await expect(attempt()).rejects.toMatchObject({
    code: 'AccessDenied',
    message: expect.stringContaining('sts:TagSession'),
  });
  await sandbox.call(sandbox.administrator, 'iam', 'UpdateAssumeRolePolicy', {
    RoleName: 'emergency',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: aliceArn }, Action: ['sts:AssumeRole', 'sts:TagSession'] },
      ],
    }),
  });
  await sandbox.call(sandbox.administrator, 'iam', 'PutRolePolicy', {
    RoleName: 'emergency',
    PolicyName: 'p',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'ssm:DescribeParameters',
          Resource: '*',
          Condition: { StringEquals: { 'aws:PrincipalTag/team': 'security' } },
        },
      ],
    }),
  });
  const session = credentialsOf(await attempt());
  expect(await sandbox.call(session, 'ssm', 'DescribeParameters')).toEqual({ Parameters: [] });
  const untagged = credentialsOf(await sandbox.call(alice, 'sts', 'AssumeRole', { ...assume, RoleArn }));
  await expect(sandbox.call(untagged, 'ssm', 'DescribeParameters')).rejects.toMatchObject({
    code: 'AccessDeniedException',
  });
});

test.each([
  [899, false],
  [900, true],
  [43_200, true],
  [43_201, false],
])(
  'for %i seconds, of a role whose maximum is twelve hours, is possible: %s',
  async (DurationSeconds, isPossible) => {
    const { sandbox, alice } = await worldOf();
    const RoleArn = await createRole(sandbox, { Principal: { AWS: aliceArn } }, 43_200);
    const outcome = await sandbox
      .call(alice, 'sts', 'AssumeRole', { ...assume, RoleArn, DurationSeconds })
      .then(
        () => true,
        (error) => error.code,
      );
    expect(outcome).toBe(isPossible ? true : 'ValidationError');
  },
);

test("AssumeRole lasts an hour, no longer than the role's maximum, and no longer than an hour when chained", async () => {
  const { sandbox, alice } = await worldOf();
  const RoleArn = await createRole(sandbox, {
    Principal: { AWS: [aliceArn, 'arn:aws:iam::123456789012:root'] },
  });
  await sandbox.call(sandbox.administrator, 'iam', 'AttachRolePolicy', {
    RoleName: 'emergency',
    PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
  });
  function attempt(credentials: typeof alice, DurationSeconds: number) {
    return sandbox
      .call(credentials, 'sts', 'AssumeRole', { ...assume, RoleArn, DurationSeconds })
      .then(credentialsOf, (error: { code: string }) => error.code);
  }
  expect(await attempt(alice, 7201)).toBe('ValidationError');
  const session = await attempt(alice, 7200);
  if (typeof session === 'string') {
    throw new Error(session);
  }
  expect(await attempt(session, 3601)).toBe('ValidationError');
  expect(await attempt(session, 3600)).toHaveProperty('sessionToken');
});

test('AssumeRole decides again for another caller, even one whose policies are the same', async () => {
  const { sandbox, alice } = await worldOf();
  const RoleArn = await createRole(sandbox, { Principal: { AWS: aliceArn } });
  const bob = await createUser(sandbox, 'bob');
  function attempt(credentials: typeof alice) {
    return sandbox.call(credentials, 'sts', 'AssumeRole', { ...assume, RoleArn }).then(
      () => 'assumed',
      (error: { code: string }) => error.code,
    );
  }
  expect([await attempt(alice), await attempt(bob)]).toEqual(['assumed', 'AccessDenied']);
});
