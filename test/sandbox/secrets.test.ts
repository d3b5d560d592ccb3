import { inspect } from 'node:util';
import { MovableClock, standingClock } from '../support/clock';
import { Sandbox } from './sandbox';
import { allow, clientsFor, createDevice, createUser, credentialsOf } from './test-clients';

/** Lists every form in which a seed could be found. */
function formsOf(base32: string): readonly string[] {
  const bits = [...base32].map((character) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(character).toString(2).padStart(5, '0'),
  );
  const bytes = Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)));
  return [
    base32,
    bytes.toString('hex'),
    bytes.toString('base64'),
    Buffer.from(base32).toString('base64'),
    bytes.toString('latin1'),
  ];
}

test('neither log nor error nor inspection shows a seed, a code or a secret key', async () => {
  // A fixed clock: six digits of a moving timestamp could be a code by chance.
  const clock = new MovableClock(() => Date.UTC(2026, 0, 1));
  const sandbox = Sandbox.create({ propagationMs: 0, clock });
  const seen: string[] = [];
  sandbox.onCall = (call) => seen.push(JSON.stringify(call));
  const alice = await createUser(sandbox, 'alice');
  await allow(sandbox, 'alice', { Effect: 'Allow', Action: '*', Resource: '*' });
  const device = await createDevice(sandbox, 'token');
  const now = sandbox.clock.now();
  const pair = device.codes.pair(now);
  const attempts: readonly [string, string, Record<string, string>][] = [
    ['iam', 'EnableMFADevice', { UserName: 'alice', SerialNumber: device.arn, ...pair }],
    ['iam', 'EnableMFADevice', { UserName: 'alice', SerialNumber: device.arn, ...pair }],
    ['iam', 'ResyncMFADevice', { UserName: 'alice', SerialNumber: device.arn, ...pair }],
    [
      'iam',
      'ResyncMFADevice',
      {
        UserName: 'alice',
        SerialNumber: device.arn,
        ...pair,
        AuthenticationCode1: `${pair.AuthenticationCode1}0`,
      },
    ],
    ['sts', 'GetSessionToken', { SerialNumber: device.arn, TokenCode: `${device.codes.at(now)}x` }],
    ['sts', 'GetSessionToken', { SerialNumber: `${device.arn}x`, TokenCode: device.codes.at(now) }],
    ['iam', 'CreateLoginProfile', { UserName: 'alice', Password: '' }],
  ];
  let refusals = 0;
  for (const [service, operation, input] of attempts) {
    await sandbox.call(sandbox.administrator, service as 'iam', operation, input).catch((error: Error) => {
      refusals += 1;
      seen.push(inspect(error, { depth: 9 }));
    });
  }
  const session = credentialsOf(
    await sandbox.call(alice, 'sts', 'GetSessionToken', {
      SerialNumber: device.arn,
      TokenCode: device.codes.at(now),
    }),
  );
  seen.push(inspect(sandbox, { depth: 12, showHidden: true }), JSON.stringify(sandbox.calls));
  const everything = seen.join('\n');
  expect(refusals).toBe(attempts.length - 1);
  expect(everything).toContain('GetSessionToken');
  const secrets = [
    ...formsOf(device.base32),
    pair.AuthenticationCode1,
    pair.AuthenticationCode2,
    alice.secretAccessKey,
    session.secretAccessKey,
    String(session.sessionToken),
  ];
  for (const secret of secrets) {
    expect(everything.includes(secret)).toBe(false);
  }
});

test('over HTTP a seed is in the one answer that carries it and in no other', async () => {
  const sandbox = Sandbox.create({ clock: standingClock() });
  const { iam } = clientsFor(await sandbox.listen(), sandbox.administrator);
  const answers: string[] = [];
  iam.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      answers.push(inspect(result.output, { depth: 9, maxArrayLength: null }));
      return result;
    },
    { step: 'initialize' },
  );
  const { CreateVirtualMFADeviceCommand, ListVirtualMFADevicesCommand } = await import('@aws-sdk/client-iam');
  const created = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'one' }));
  await iam.send(new ListVirtualMFADevicesCommand({}));
  await sandbox.close();
  const base32 = Buffer.from(created.VirtualMFADevice?.Base32StringSeed ?? []).toString();
  const picture = Buffer.from(created.VirtualMFADevice?.QRCodePNG ?? []).toString('latin1');
  expect(base32).toHaveLength(64);
  for (const form of formsOf(base32)) {
    expect(answers[1]?.includes(form)).toBe(false);
    expect(picture.includes(form)).toBe(false);
  }
});
