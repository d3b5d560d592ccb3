import {
  DeactivateMFADeviceCommand,
  DeleteUserCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  type IAMClient,
  ListMFADevicesCommand,
  ListMFADeviceTagsCommand,
  ListVirtualMFADevicesCommand,
  ResyncMFADeviceCommand,
} from '@aws-sdk/client-iam';
import { standingClock } from '../support/clock';
import { PrintedFob } from '../tokens/printed-fob';
import { Sandbox } from './sandbox';
import type { SandboxSettings } from './settings';
import { allow, clientsFor, createUser, credentialsOf } from './test-clients';

const serial = 'GAHT12345678';
const other = '222222222222';
const open: Sandbox[] = [];
afterAll(() => Promise.all(open.map((sandbox) => sandbox.close())));

/** A sandbox that knows one fob, with alice and bob. */
async function worldOf(settings: SandboxSettings = {}) {
  const sandbox = Sandbox.create({ clock: standingClock(), ...settings });
  open.push(sandbox);
  const { iam } = clientsFor(await sandbox.listen(), sandbox.administrator);
  const alice = await createUser(sandbox, 'alice');
  await createUser(sandbox, 'bob');
  sandbox.addPrintedToken(serial, PrintedFob.sampleSeed(serial));
  const fob = new PrintedFob({ serial, seed: PrintedFob.sampleSeed(serial), clock: sandbox.clock.now });
  /** Two consecutive codes, read with the time that passes between them. */
  function pair() {
    const AuthenticationCode1 = fob.readCode();
    sandbox.clock.advance(30_000);
    return { AuthenticationCode1, AuthenticationCode2: fob.readCode() };
  }
  function enable(change: { UserName?: string; SerialNumber?: string } = {}) {
    return iam.send(
      new EnableMFADeviceCommand({ UserName: 'alice', SerialNumber: serial, ...pair(), ...change }),
    );
  }
  return { sandbox, iam, alice, fob, pair, enable };
}

function refusal(name: string, httpStatusCode: number) {
  return { name, $metadata: { httpStatusCode } };
}

async function serialsOf(iam: IAMClient, UserName: string) {
  const { MFADevices = [] } = await iam.send(new ListMFADevicesCommand({ UserName }));
  return MFADevices.map(({ SerialNumber }) => SerialNumber);
}

async function virtualDevices(iam: IAMClient) {
  return (await iam.send(new ListVirtualMFADevicesCommand({}))).VirtualMFADevices;
}

test('is enabled by its serial, and listed for its user but not among the virtual devices', async () => {
  const { iam, enable } = await worldOf();
  await enable();
  expect(await serialsOf(iam, 'alice')).toEqual([serial]);
  expect(await serialsOf(iam, 'bob')).toEqual([]);
  expect(await virtualDevices(iam)).toEqual([]);
});

test.each([
  ['InvalidAuthenticationCode', undefined, 403],
  ['NoSuchEntity', 'NoSuchEntity', 404],
] as const)('an unknown serial is refused as %s, whatever the codes are', async (code, setting, status) => {
  const { iam, enable } = await worldOf(setting === undefined ? {} : { unknownSerialCode: setting });
  await expect(enable({ SerialNumber: 'GAHT00000000' })).rejects.toMatchObject(
    refusal(`${code}Exception`, status),
  );
  expect(await serialsOf(iam, 'alice')).toEqual([]);
});

test('wrong codes, an unknown user and a short serial change nothing', async () => {
  const { iam, enable } = await worldOf();
  const codes = { AuthenticationCode1: '000000', AuthenticationCode2: '000000' };
  await expect(
    iam.send(new EnableMFADeviceCommand({ UserName: 'alice', SerialNumber: serial, ...codes })),
  ).rejects.toMatchObject(refusal('InvalidAuthenticationCodeException', 403));
  await expect(enable({ UserName: 'nobody' })).rejects.toMatchObject(refusal('NoSuchEntityException', 404));
  await expect(enable({ SerialNumber: 'GAHT1234' })).rejects.toMatchObject(refusal('ValidationError', 400));
  expect(await serialsOf(iam, 'alice')).toEqual([]);
  await enable();
  expect(await serialsOf(iam, 'alice')).toEqual([serial]);
});

test('a serial in use is refused for everybody else, in other accounts too', async () => {
  const { sandbox, iam, enable, pair } = await worldOf({ otherAccounts: [{ account: other }] });
  await enable();
  const taken = refusal('EntityAlreadyExistsException', 409);
  await expect(enable()).rejects.toMatchObject(taken);
  await expect(enable({ UserName: 'bob' })).rejects.toMatchObject(taken);
  const administrator = sandbox.administratorOf(other);
  await sandbox.call(administrator, 'iam', 'CreateUser', { UserName: 'carol' });
  const input = { UserName: 'carol', SerialNumber: serial };
  await expect(
    sandbox.call(administrator, 'iam', 'EnableMFADevice', { ...input, ...pair() }),
  ).rejects.toMatchObject({ code: 'EntityAlreadyExists', status: 409 });
  await iam.send(new DeactivateMFADeviceCommand({ UserName: 'alice', SerialNumber: serial }));
  await sandbox.call(administrator, 'iam', 'EnableMFADevice', { ...input, ...pair() });
  expect(await serialsOf(iam, 'alice')).toEqual([]);
});

test('is deactivated without a trace, cannot be deleted or tagged, and takes newer codes only', async () => {
  const { sandbox, iam, enable, pair } = await worldOf();
  await enable();
  const gone = refusal('NoSuchEntityException', 404);
  await expect(iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: serial }))).rejects.toMatchObject(
    gone,
  );
  await expect(iam.send(new ListMFADeviceTagsCommand({ SerialNumber: serial }))).rejects.toMatchObject(gone);
  await expect(iam.send(new DeleteUserCommand({ UserName: 'alice' }))).rejects.toMatchObject({
    name: 'DeleteConflictException',
  });
  sandbox.clock.advance(30_000);
  const old = pair();
  await iam.send(new ResyncMFADeviceCommand({ UserName: 'alice', SerialNumber: serial, ...old }));
  await iam.send(new DeactivateMFADeviceCommand({ UserName: 'alice', SerialNumber: serial }));
  expect([await serialsOf(iam, 'alice'), await virtualDevices(iam)]).toEqual([[], []]);
  await expect(
    iam.send(new EnableMFADeviceCommand({ UserName: 'bob', SerialNumber: serial, ...old })),
  ).rejects.toMatchObject(refusal('InvalidAuthenticationCodeException', 403));
  sandbox.clock.advance(30_000);
  await enable({ UserName: 'bob' });
  expect(await serialsOf(iam, 'bob')).toEqual([serial]);
});

test('STS takes its codes under the printed serial', async () => {
  const { sandbox, alice, fob, enable } = await worldOf();
  await allow(sandbox, 'alice', { Effect: 'Allow', Action: 'iam:ListUsers', Resource: '*' });
  await enable();
  sandbox.clock.advance(60_000);
  const answer = await sandbox.call(alice, 'sts', 'GetSessionToken', {
    SerialNumber: serial,
    TokenCode: fob.readCode(),
  });
  expect(await sandbox.call(credentialsOf(answer), 'iam', 'ListUsers')).toMatchObject({ IsTruncated: false });
  await expect(
    sandbox.call(alice, 'sts', 'GetSessionToken', { SerialNumber: 'GAKT12345678', TokenCode: '123456' }),
  ).rejects.toThrow('unable to validate MFA code');
});

test('enabling is authorized on the user, not on the serial', async () => {
  const { sandbox, alice, pair } = await worldOf();
  const input = { UserName: 'bob', SerialNumber: serial, ...pair() };
  await expect(sandbox.call(alice, 'iam', 'EnableMFADevice', input)).rejects.toMatchObject({
    code: 'AccessDenied',
    message: expect.stringContaining('iam:EnableMFADevice on resource: arn:aws:iam::123456789012:user/bob'),
  });
  await allow(sandbox, 'alice', {
    Effect: 'Allow',
    Action: 'iam:EnableMFADevice',
    Resource: 'arn:aws:iam::123456789012:user/bob',
  });
  expect(await sandbox.call(alice, 'iam', 'EnableMFADevice', input)).toEqual({});
});
