import {
  DeactivateMFADeviceCommand,
  GetAccountSummaryCommand,
  GetMFADeviceCommand,
  type IAMClient,
  ListAccountAliasesCommand,
  ListMFADevicesCommand,
  ListVirtualMFADevicesCommand,
  ResyncMFADeviceCommand,
} from '@aws-sdk/client-iam';
import { standingClock } from '../support/clock';
import { PrintedFob } from '../tokens/printed-fob';
import { Sandbox } from './sandbox';
import type { SandboxSettings } from './settings';
import { allow, clientsFor, createUser, enroll, TokenCodes } from './test-clients';

const open: Sandbox[] = [];
afterAll(() => Promise.all(open.map((sandbox) => sandbox.close())));

async function worldOf(settings: SandboxSettings = {}) {
  const sandbox = Sandbox.create({ clock: standingClock(), ...settings });
  open.push(sandbox);
  const { iam } = clientsFor(await sandbox.listen(), sandbox.administrator);
  const alice = await createUser(sandbox, 'alice');
  await createUser(sandbox, 'bob');
  return { sandbox, iam, alice, console: sandbox.console() };
}

async function devicesOf(iam: IAMClient, UserName: string) {
  return (await iam.send(new ListMFADevicesCommand({ UserName }))).MFADevices ?? [];
}

async function isRootProtected(iam: IAMClient) {
  return (await iam.send(new GetAccountSummaryCommand({}))).SummaryMap?.AccountMFAEnabled;
}

describe('a security key', () => {
  test('is listed under its name and 26 random characters, with its certifications', async () => {
    const { iam, console } = await worldOf();
    const SerialNumber = console.registerSecurityKey('alice', 'alice.primary', {
      FIDO: 'L2',
      'FIDO-FIPS-140-2': 'L2',
    });
    expect(SerialNumber).toMatch(/^arn:aws:iam::123456789012:u2f\/user\/alice\/alice\.primary-[A-Z2-7]{26}$/);
    expect(await devicesOf(iam, 'alice')).toMatchObject([{ UserName: 'alice', SerialNumber }]);
    expect((await iam.send(new ListVirtualMFADevicesCommand({}))).VirtualMFADevices).toEqual([]);
    expect(await iam.send(new GetMFADeviceCommand({ SerialNumber, UserName: 'alice' }))).toMatchObject({
      UserName: 'alice',
      SerialNumber,
      EnableDate: expect.any(Date),
      Certifications: { FIDO: 'L2', 'FIDO-FIPS-140-2': 'L2' },
    });
  });

  test('has no certifications if it is a synchronized passkey', async () => {
    const { iam, console } = await worldOf();
    const SerialNumber = console.registerSecurityKey('alice', 'phone', {});
    const answer = await iam.send(new GetMFADeviceCommand({ SerialNumber, UserName: 'alice' }));
    expect(answer.Certifications ?? {}).toEqual({});
  });

  test('is gone once it is deactivated, and nobody can synchronize it', async () => {
    const { iam, console } = await worldOf();
    const SerialNumber = console.registerSecurityKey('alice', 'key');
    const device = { UserName: 'alice', SerialNumber };
    const gone = { name: 'NoSuchEntityException', $metadata: { httpStatusCode: 404 } };
    await expect(
      iam.send(
        new ResyncMFADeviceCommand({
          ...device,
          AuthenticationCode1: '123456',
          AuthenticationCode2: '654321',
        }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidAuthenticationCodeException' });
    await expect(iam.send(new GetMFADeviceCommand({ ...device, UserName: 'bob' }))).rejects.toMatchObject(
      gone,
    );
    await iam.send(new DeactivateMFADeviceCommand(device));
    expect(await devicesOf(iam, 'alice')).toEqual([]);
    await expect(iam.send(new GetMFADeviceCommand(device))).rejects.toMatchObject(gone);
  });

  test('is one of eight, needs a user and a name', async () => {
    const { sandbox, iam, console } = await worldOf();
    await enroll(sandbox, 'alice', 'phone');
    for (let n = 2; n <= 8; n += 1) {
      console.registerSecurityKey('alice', 'key');
    }
    expect(() => console.registerSecurityKey('alice', 'key')).toThrow(
      expect.objectContaining({ code: 'LimitExceeded' }),
    );
    expect(() => console.registerSecurityKey('nobody', 'key')).toThrow(
      expect.objectContaining({ code: 'NoSuchEntity' }),
    );
    expect(() => console.registerSecurityKey('bob', 'my key')).toThrow(
      expect.objectContaining({ code: 'InvalidInput' }),
    );
    expect([(await devicesOf(iam, 'alice')).length, await devicesOf(iam, 'bob')]).toEqual([8, []]);
  });

  test('is described to those only who may call GetMFADevice on the user', async () => {
    const { sandbox, alice, console } = await worldOf();
    const SerialNumber = console.registerSecurityKey('bob', 'key');
    const input = { SerialNumber, UserName: 'bob' };
    await expect(sandbox.call(alice, 'iam', 'GetMFADevice', input)).rejects.toThrow(
      'iam:GetMFADevice on resource: arn:aws:iam::123456789012:user/bob',
    );
    await allow(sandbox, 'alice', { Effect: 'Allow', Action: 'iam:GetMFADevice', Resource: '*' });
    expect(await sandbox.call(alice, 'iam', 'GetMFADevice', input)).toMatchObject({ SerialNumber });
  });
});

describe("the root user's device", () => {
  function codesIn(uri: string) {
    return new TokenCodes(new URL(uri).searchParams.get('secret') ?? '');
  }

  test('is made with a QR code, waits unassigned, and is listed for root once two codes are right', async () => {
    const { sandbox, iam, console } = await worldOf();
    const uri = console.createRootDevice('root.primary.86596220000001');
    expect(uri).toMatch(
      /^otpauth:\/\/totp\/Amazon%20Web%20Services:root\.primary\.86596220000001@123456789012\?secret=[A-Z2-7]{64}&issuer=Amazon%20Web%20Services$/,
    );
    const SerialNumber = 'arn:aws:iam::123456789012:mfa/root.primary.86596220000001';
    expect((await iam.send(new ListVirtualMFADevicesCommand({}))).VirtualMFADevices).toEqual([
      { SerialNumber },
    ]);
    expect(await isRootProtected(iam)).toBe(0);
    const codes = codesIn(uri);
    const now = sandbox.clock.now();
    expect(() => console.addRootDevice('root.primary.86596220000001', codes.at(now), codes.at(now))).toThrow(
      expect.objectContaining({ code: 'InvalidAuthenticationCode' }),
    );
    expect(await isRootProtected(iam)).toBe(0);
    console.addRootDevice('root.primary.86596220000001', codes.at(now, -1), codes.at(now));
    const [listed] = (await iam.send(new ListVirtualMFADevicesCommand({}))).VirtualMFADevices ?? [];
    expect(listed).toMatchObject({
      SerialNumber,
      User: { Arn: 'arn:aws:iam::123456789012:root', UserId: '123456789012' },
      EnableDate: expect.any(Date),
    });
    expect(listed?.User?.UserName).toBeUndefined();
    expect(await isRootProtected(iam)).toBe(1);
    expect(sandbox.calls.filter(({ operation }) => operation.startsWith('Enable'))).toEqual([]);
  });

  test('a page left half-way blocks the name until the device is deleted', async () => {
    const { sandbox, console } = await worldOf();
    console.createRootDevice('root.primary.1');
    expect(() => console.createRootDevice('root.primary.1')).toThrow(
      expect.objectContaining({ code: 'EntityAlreadyExists' }),
    );
    await sandbox.call(sandbox.administrator, 'iam', 'DeleteVirtualMFADevice', {
      SerialNumber: 'arn:aws:iam::123456789012:mfa/root.primary.1',
    });
    expect(console.createRootDevice('root.primary.1')).toContain('otpauth:');
  });

  test('the label ends in the alias of an account that has one', async () => {
    const { iam, console } = await worldOf({ alias: 'linux240b' });
    expect(console.createRootDevice('root.primary.1')).toContain(':root.primary.1@linux240b?');
    expect(await iam.send(new ListAccountAliasesCommand({}))).toMatchObject({
      AccountAliases: ['linux240b'],
    });
    const { iam: plain } = await worldOf();
    expect((await plain.send(new ListAccountAliasesCommand({}))).AccountAliases).toEqual([]);
  });

  test('hardware and keys of root protect it without being listed as virtual', async () => {
    const { sandbox, iam, console } = await worldOf();
    const serial = 'GAKT12345678';
    sandbox.addPrintedToken(serial, PrintedFob.sampleSeed(serial));
    const fob = new PrintedFob({ serial, seed: PrintedFob.sampleSeed(serial), clock: sandbox.clock.now });
    const first = fob.readCode();
    sandbox.clock.advance(30_000);
    console.addRootPrintedToken(serial, first, fob.readCode());
    expect(await isRootProtected(iam)).toBe(1);
    expect(console.registerRootSecurityKey('root.backup')).toMatch(
      /^arn:aws:iam::123456789012:u2f\/root\/root\.backup-[A-Z2-7]{26}$/,
    );
    console.removeRootDevice(serial);
    expect(await isRootProtected(iam)).toBe(1);
    expect((await iam.send(new ListVirtualMFADevicesCommand({}))).VirtualMFADevices).toEqual([]);
    expect(() => console.removeRootDevice(serial)).toThrow(expect.objectContaining({ code: 'NoSuchEntity' }));
  });
});
