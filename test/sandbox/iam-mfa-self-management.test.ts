import { standingClock } from '../support/clock';
import type { Credentials } from './caller';
import { Sandbox } from './sandbox';
import { allow, createDevice, createUser, credentialsOf, pairOf } from './test-clients';

describe('who has a device manages their own only in a session that proved one (AWS-2023-001)', () => {
  const ownDevices = { Effect: 'Allow', Action: 'iam:*', Resource: '*' };

  async function selfManaged() {
    const sandbox = Sandbox.create({ clock: standingClock(), propagationMs: 0 });
    const alice = await createUser(sandbox, 'alice');
    await createUser(sandbox, 'bob');
    await allow(sandbox, 'alice', ownDevices);
    const first = await createDevice(sandbox, 'first');
    function as(credentials: Credentials) {
      return (operation: string, input: Record<string, string>) =>
        sandbox.call(credentials, 'iam', operation, input).then(
          () => 'done',
          (error: { code: string }) => error.code,
        );
    }
    await sandbox.call(alice, 'iam', 'EnableMFADevice', pairOf(sandbox, first));
    return { sandbox, alice, first, second: await createDevice(sandbox, 'second'), as };
  }

  test('a long-term key may enable the first, resynchronize it, but add and remove nothing', async () => {
    const { sandbox, alice, first, second, as } = await selfManaged();
    expect(await as(alice)('EnableMFADevice', pairOf(sandbox, second))).toBe('AccessDenied');
    expect(
      await as(alice)('EnableMFADevice', { ...pairOf(sandbox, second), SerialNumber: `${first.arn}-none` }),
    ).toBe('AccessDenied');
    expect(await as(alice)('DeactivateMFADevice', { SerialNumber: first.arn })).toBe('AccessDenied');
    expect(await as(alice)('ResyncMFADevice', pairOf(sandbox, first, 2))).toBe('done');
    expect(await as(alice)('EnableMFADevice', pairOf(sandbox, second, 0, 'bob'))).toBe('done');
  });

  test('a session with a code may do all of it, down to the last device', async () => {
    const { sandbox, alice, first, second, as } = await selfManaged();
    const session = credentialsOf(
      await sandbox.call(alice, 'sts', 'GetSessionToken', {
        SerialNumber: first.arn,
        TokenCode: first.codes.at(sandbox.clock.now()),
      }),
    );
    expect(await as(session)('EnableMFADevice', pairOf(sandbox, second))).toBe('done');
    expect(await as(session)('DeactivateMFADevice', { SerialNumber: first.arn })).toBe('done');
    expect(await as(session)('DeactivateMFADevice', { SerialNumber: second.arn })).toBe('done');
    expect(await as(alice)('EnableMFADevice', pairOf(sandbox, first, 4))).toBe('done');
  });

  test('an administrator is exempt', async () => {
    const { sandbox, first, second, as } = await selfManaged();
    expect(await as(sandbox.administrator)('EnableMFADevice', pairOf(sandbox, second))).toBe('done');
    expect(
      await as(sandbox.administrator)('DeactivateMFADevice', { UserName: 'alice', SerialNumber: first.arn }),
    ).toBe('done');
  });
});
