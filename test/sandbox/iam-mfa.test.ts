import { inflateSync } from 'node:zlib';
import {
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteUserCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetAccountSummaryCommand,
  GetMFADeviceCommand,
  type IAMClient,
  ListMFADevicesCommand,
  ListMFADeviceTagsCommand,
  ListVirtualMFADevicesCommand,
  ResyncMFADeviceCommand,
  TagMFADeviceCommand,
  UntagMFADeviceCommand,
} from '@aws-sdk/client-iam';
import { standingClock } from '../support/clock';
import { Sandbox } from './sandbox';
import type { SandboxSettings } from './settings';
import { clientsFor, createDevice, createUser, enroll, pairOf, TokenCodes } from './test-clients';

const open: Sandbox[] = [];
afterAll(() => Promise.all(open.map((sandbox) => sandbox.close())));

/** Creates a sandbox with alice and bob, and a client of the real SDK for the administrator. */
async function worldOf(settings: SandboxSettings = {}) {
  const sandbox = Sandbox.create({ clock: standingClock(), ...settings });
  open.push(sandbox);
  const { iam } = clientsFor(await sandbox.listen(), sandbox.administrator);
  const alice = await createUser(sandbox, 'alice');
  await createUser(sandbox, 'bob');
  return { sandbox, iam, alice };
}

function refusal(name: string, httpStatusCode: number) {
  return { name, $metadata: { httpStatusCode } };
}

async function listed(iam: IAMClient, AssignmentStatus?: 'Any' | 'Assigned' | 'Unassigned') {
  return (await iam.send(new ListVirtualMFADevicesCommand({ AssignmentStatus }))).VirtualMFADevices ?? [];
}

describe('a virtual device', () => {
  test('is created with a seed that is shown once, and a picture without it', async () => {
    const { sandbox, iam } = await worldOf();
    const { VirtualMFADevice: device } = await iam.send(
      new CreateVirtualMFADeviceCommand({
        VirtualMFADeviceName: 'alice.primary.86596220000001',
        Path: '/mfa-guardrails/break-glass/',
        Tags: [{ Key: 'fleet', Value: 'break-glass' }],
      }),
    );
    const base32 = Buffer.from(device?.Base32StringSeed ?? []).toString();
    expect(device?.SerialNumber).toBe(
      'arn:aws:iam::123456789012:mfa/mfa-guardrails/break-glass/alice.primary.86596220000001',
    );
    expect(base32).toMatch(/^[A-Z2-7]{64}$/);
    expect(device?.Tags).toEqual([{ Key: 'fleet', Value: 'break-glass' }]);
    const png = Buffer.from(device?.QRCodePNG ?? []);
    expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
    const data = png.indexOf('IDAT');
    expect(inflateSync(png.subarray(data + 4, data + 4 + png.readUInt32BE(data - 4)))).toHaveLength(2);
    expect(await listed(iam)).toEqual([{ SerialNumber: device?.SerialNumber }]);
    expect(sandbox.calls.at(-1)).toMatchObject({ service: 'iam', operation: 'ListVirtualMFADevices' });
  });

  test('has a name that is unique at its path until it is deleted', async () => {
    const { iam } = await worldOf();
    function create(Path: string) {
      return iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'one', Path }));
    }
    const first = await create('/a/');
    await expect(create('/a/')).rejects.toMatchObject(refusal('EntityAlreadyExistsException', 409));
    expect((await create('/b/')).VirtualMFADevice?.SerialNumber).toContain('mfa/b/one');
    expect(await listed(iam)).toHaveLength(2);
    await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: first.VirtualMFADevice?.SerialNumber }));
    expect((await create('/a/')).VirtualMFADevice?.SerialNumber).toContain('mfa/a/one');
  });

  test.each([
    ['a name IAM does not take', { VirtualMFADeviceName: 'white space' }, 'ValidationError'],
    ['a path without slashes', { VirtualMFADeviceName: 'x', Path: 'fleet' }, 'ValidationError'],
    [
      'one bad tag among good ones',
      {
        VirtualMFADeviceName: 'x',
        Tags: [
          { Key: 'good', Value: '1' },
          { Key: '', Value: '2' },
        ],
      },
      'ValidationError',
    ],
    [
      'a tag key twice',
      {
        VirtualMFADeviceName: 'x',
        Tags: [
          { Key: 'k', Value: '1' },
          { Key: 'K', Value: '2' },
        ],
      },
      'InvalidInputException',
    ],
    [
      '51 tags',
      {
        VirtualMFADeviceName: 'x',
        Tags: Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: '' })),
      },
      'ValidationError',
    ],
  ])('is not created with %s', async (_, input, name) => {
    const { iam } = await worldOf();
    await expect(iam.send(new CreateVirtualMFADeviceCommand(input))).rejects.toMatchObject(
      refusal(name, 400),
    );
    expect(await listed(iam)).toEqual([]);
  });

  test('counts against the account quota whether assigned or not', async () => {
    const { sandbox, iam } = await worldOf({ usersQuota: 3 });
    for (const name of ['a', 'b', 'c']) {
      await createDevice(sandbox, name);
    }
    await expect(
      iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'd' })),
    ).rejects.toMatchObject(refusal('LimitExceededException', 409));
    const { SummaryMap } = await iam.send(new GetAccountSummaryCommand({}));
    expect(SummaryMap).toMatchObject({ UsersQuota: 3, MFADevices: 3, MFADevicesInUse: 0, Users: 3 });
  });

  test.each([
    [{ Key: 'custody', Value: 'safe (2nd floor)' }, 'ValidationError'],
    [{ Key: 'a,b', Value: 'x' }, 'ValidationError'],
    [{ Key: 'aws:x', Value: 'x' }, 'ValidationError'],
    [{ Key: '', Value: 'x' }, 'ValidationError'],
    [{ Key: 'k', Value: 'v'.repeat(257) }, 'ValidationError'],
  ])('is not created with one bad tag among good ones: %j', async (bad, name) => {
    const { sandbox, iam } = await worldOf();
    const good = { Key: 'custody', Value: 'Zürich: safe 2/b + left' };
    function create(...Tags: readonly { Key: string; Value: string }[]) {
      return iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'one', Tags: [...Tags] }));
    }
    await expect(create(good, bad)).rejects.toMatchObject({ name });
    expect(await listed(iam, 'Any')).toEqual([]);
    await create(good);
    expect(await listed(iam, 'Any')).toHaveLength(1);
    expect(sandbox.calls.map(({ errorCode }) => errorCode)).toContain(name);
  });

  test('has tags of its own', async () => {
    const { sandbox, iam } = await worldOf();
    const { arn: SerialNumber } = await createDevice(sandbox, 'one');
    await iam.send(
      new TagMFADeviceCommand({
        SerialNumber,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '2' },
        ],
      }),
    );
    await iam.send(new TagMFADeviceCommand({ SerialNumber, Tags: [{ Key: 'A', Value: '3' }] }));
    await iam.send(new UntagMFADeviceCommand({ SerialNumber, TagKeys: ['b'] }));
    expect((await iam.send(new ListMFADeviceTagsCommand({ SerialNumber }))).Tags).toEqual([
      { Key: 'A', Value: '3' },
    ]);
  });
});

describe('enabling', () => {
  test('takes the pair of this moment, and every list then shows whose it is', async () => {
    const { sandbox, iam } = await worldOf();
    const device = await createDevice(sandbox, 'one');
    await createDevice(sandbox, 'spare');
    await iam.send(new EnableMFADeviceCommand(pairOf(sandbox, device)));
    const [assigned, ...others] = await listed(iam, 'Assigned');
    expect(others).toEqual([]);
    expect(assigned).toMatchObject({
      SerialNumber: device.arn,
      User: { UserName: 'alice', Arn: 'arn:aws:iam::123456789012:user/alice', Path: '/' },
    });
    expect(assigned?.User?.CreateDate).toBeInstanceOf(Date);
    expect(Math.abs(Number(assigned?.EnableDate) - sandbox.clock.now())).toBeLessThan(5_000);
    expect(await listed(iam, 'Unassigned')).toHaveLength(1);
    const { MFADevices } = await iam.send(new ListMFADevicesCommand({ UserName: 'alice' }));
    expect(MFADevices).toEqual([
      { UserName: 'alice', SerialNumber: device.arn, EnableDate: assigned?.EnableDate },
    ]);
    expect((await iam.send(new ListMFADevicesCommand({ UserName: 'bob' }))).MFADevices).toEqual([]);
  });

  test.each([
    ['reversed codes', (codes: TokenCodes, now: number) => [codes.at(now), codes.at(now, -1)]],
    ['the same code twice', (codes: TokenCodes, now: number) => [codes.at(now), codes.at(now)]],
    [
      'codes that do not follow each other',
      (codes: TokenCodes, now: number) => [codes.at(now, -3), codes.at(now)],
    ],
    [
      "another token's codes",
      (_: TokenCodes, now: number) => {
        const other = new TokenCodes('A'.repeat(64));
        return [other.at(now, -1), other.at(now)];
      },
    ],
  ])('refuses %s and assigns nothing', async (_, codesOf) => {
    const { sandbox, iam } = await worldOf();
    const device = await createDevice(sandbox, 'one');
    const [AuthenticationCode1, AuthenticationCode2] = codesOf(device.codes, sandbox.clock.now());
    const input = { UserName: 'alice', SerialNumber: device.arn, AuthenticationCode1, AuthenticationCode2 };
    await expect(iam.send(new EnableMFADeviceCommand(input))).rejects.toMatchObject(
      refusal('InvalidAuthenticationCodeException', 403),
    );
    expect(await listed(iam, 'Assigned')).toEqual([]);
    await iam.send(new EnableMFADeviceCommand(pairOf(sandbox, device)));
    expect(await listed(iam, 'Assigned')).toHaveLength(1);
  });

  test.each(['12345', '1234567', 'abcdef'])('refuses %j as a code without repeating it', async (code) => {
    const { sandbox, iam } = await worldOf();
    const input = { ...pairOf(sandbox, await createDevice(sandbox, 'one')), AuthenticationCode2: code };
    const error = await iam.send(new EnableMFADeviceCommand(input)).catch((thrown) => thrown);
    expect(error).toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining('authenticationCode2'),
    });
    expect(error.message).not.toContain(code);
  });

  test('takes a pair eight hours stale: it succeeds, and signing in then fails', async () => {
    const { sandbox, alice } = await worldOf({ propagationMs: 0 });
    const device = await createDevice(sandbox, 'one');
    await sandbox.call(sandbox.administrator, 'iam', 'EnableMFADevice', pairOf(sandbox, device, -900));
    function signIn(steps: number) {
      return sandbox.call(alice, 'sts', 'GetSessionToken', {
        SerialNumber: device.arn,
        TokenCode: device.codes.at(sandbox.clock.now(), steps),
      });
    }
    await expect(signIn(0)).rejects.toThrow('invalid MFA one time pass code');
    expect(await signIn(-900)).toHaveProperty('Credentials');
  });

  test('refuses who is not there, what is not there, and what is taken', async () => {
    const { sandbox, iam } = await worldOf();
    const device = await createDevice(sandbox, 'one');
    function enable(change: object) {
      return iam.send(new EnableMFADeviceCommand({ ...pairOf(sandbox, device, 3), ...change }));
    }
    const noSuchEntity = refusal('NoSuchEntityException', 404);
    await expect(enable({ UserName: 'nobody' })).rejects.toMatchObject(noSuchEntity);
    await expect(enable({ SerialNumber: `${device.arn}-none` })).rejects.toMatchObject(noSuchEntity);
    await iam.send(new EnableMFADeviceCommand(pairOf(sandbox, device)));
    const taken = refusal('EntityAlreadyExistsException', 409);
    await expect(enable({})).rejects.toMatchObject(taken);
    await expect(enable({ UserName: 'bob' })).rejects.toMatchObject(taken);
  });

  test('stops at eight devices of one user', async () => {
    const { sandbox, iam } = await worldOf();
    for (let n = 1; n <= 8; n += 1) {
      await enroll(sandbox, 'alice', `device-${n}`);
    }
    const ninth = await createDevice(sandbox, 'device-9');
    await expect(iam.send(new EnableMFADeviceCommand(pairOf(sandbox, ninth)))).rejects.toMatchObject(
      refusal('LimitExceededException', 409),
    );
    await iam.send(new EnableMFADeviceCommand(pairOf(sandbox, ninth, 0, 'bob')));
    expect(await listed(iam, 'Assigned')).toHaveLength(9);
  });
});

describe('resynchronizing and deactivating', () => {
  test('a resynchronization takes newer pairs only', async () => {
    const { sandbox, iam } = await worldOf();
    const device = await enroll(sandbox, 'alice', 'one');
    function resync(steps: number) {
      return iam.send(new ResyncMFADeviceCommand(pairOf(sandbox, device, steps)));
    }
    await expect(resync(1)).rejects.toMatchObject(refusal('InvalidAuthenticationCodeException', 403));
    await resync(2);
    await expect(resync(2)).rejects.toMatchObject({ name: 'InvalidAuthenticationCodeException' });
    await resync(4);
  });

  test('a deactivated device keeps its seed and its history, and is enabled again with newer codes', async () => {
    const { sandbox, iam } = await worldOf();
    const device = await enroll(sandbox, 'alice', 'one');
    function deactivate(UserName: string) {
      return iam.send(new DeactivateMFADeviceCommand({ UserName, SerialNumber: device.arn }));
    }
    await expect(deactivate('bob')).rejects.toMatchObject(refusal('NoSuchEntityException', 404));
    await deactivate('alice');
    expect(await listed(iam)).toEqual([{ SerialNumber: device.arn }]);
    await expect(iam.send(new EnableMFADeviceCommand(pairOf(sandbox, device)))).rejects.toMatchObject({
      name: 'InvalidAuthenticationCodeException',
    });
    await iam.send(new EnableMFADeviceCommand(pairOf(sandbox, device, 2)));
    expect(await listed(iam, 'Assigned')).toHaveLength(1);
  });

  test('neither a device in use nor its user can be deleted', async () => {
    const { sandbox, iam } = await worldOf();
    await sandbox.call(sandbox.administrator, 'iam', 'CreateUser', { UserName: 'carol' });
    const { arn: SerialNumber } = await enroll(sandbox, 'carol', 'one');
    const conflict = refusal('DeleteConflictException', 409);
    await expect(iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }))).rejects.toMatchObject(
      conflict,
    );
    await expect(iam.send(new DeleteUserCommand({ UserName: 'carol' }))).rejects.toMatchObject(conflict);
    expect(await listed(iam, 'Assigned')).toHaveLength(1);
    await iam.send(new DeactivateMFADeviceCommand({ UserName: 'carol', SerialNumber }));
    await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
    expect(await listed(iam)).toEqual([]);
    await expect(iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }))).rejects.toMatchObject(
      refusal('NoSuchEntityException', 404),
    );
    await iam.send(new DeleteUserCommand({ UserName: 'carol' }));
  });

  test('GetMFADevice knows no virtual devices', async () => {
    const { sandbox, iam } = await worldOf();
    const { arn: SerialNumber } = await enroll(sandbox, 'alice', 'one');
    await expect(
      iam.send(new GetMFADeviceCommand({ SerialNumber, UserName: 'alice' })),
    ).rejects.toMatchObject(refusal('ValidationError', 400));
  });
});
