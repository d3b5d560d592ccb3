/** Sessions that a lost or stolen token opened: the command says so, and what it shows ends them. */
import type { AccessKey } from '../../../runbook/aws/aws';
import { enrollPhone } from '../../support/operator';
import { ALICE, bench, evidence, expectReplaced, lay, next, open, replaceFor } from './replacement-scene';

beforeEach(() => open());
afterEach(() => bench.close());

/** Alice may look at her own user, with a session too. */
async function allow(): Promise<void> {
  await bench.admin('iam', 'PutUserPolicy', {
    UserName: ALICE,
    PolicyName: 'look',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'iam:GetUser', Resource: '*' }],
    }),
  });
}

async function sessionOf(
  key: AccessKey,
  device: Awaited<ReturnType<typeof enrollPhone>>,
): Promise<AccessKey> {
  const { Credentials } = (await bench.sandbox.call(key, 'sts', 'GetSessionToken', {
    SerialNumber: device.deviceArn,
    TokenCode: device.code(),
    DurationSeconds: 129_600,
  })) as { Credentials: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string } };
  return {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
  };
}

function canLook(credentials: AccessKey): Promise<boolean> {
  return bench.sandbox.call(credentials, 'iam', 'GetUser', { UserName: ALICE }).then(
    () => true,
    () => false,
  );
}

/** Does what the command for STS says. */
async function follow(command: string): Promise<void> {
  const [, user, policy, document] =
    /^aws iam put-user-policy --user-name (\S+) --policy-name (\S+) --policy-document '(.*)'$/.exec(
      command,
    ) ?? [];
  await bench.admin('iam', 'PutUserPolicy', {
    UserName: user ?? '',
    PolicyName: policy ?? '',
    PolicyDocument: document ?? '',
  });
}

test.each(['stolen', 'lost'])(
  '%s: what the thief opened ends by the command, and nothing else does',
  async (reason) => {
    await allow();
    const key = bench.sandbox.createAccessKey(ALICE);
    const device = await enrollPhone(bench.sandbox, ALICE, { name: 'thief' });
    bench.clock.advance(60_000);
    const thief = await sessionOf(key, device);
    lay(next);
    bench.answer = ({ name }) => (name === 'cut-off' ? 'yes' : next.readCode());
    const { exitCode, events } = await bench.runJson(...replaceFor(reason));
    expect(exitCode).toBe(0);
    const told = events.find(({ event }) => event === 'sessions-may-be-open');
    expect(told).toMatchObject({ holder: ALICE, serials: ['86596220000001'] });
    expect(await canLook(thief)).toBe(true);
    const [sts = '', ...ofConsole] = (told?.commands ?? []) as readonly string[];
    await follow(sts);
    expect(await canLook(thief)).toBe(false);
    expect(await canLook(key)).toBe(true);
    bench.clock.advance(120_000);
    expect(await canLook(await sessionOf(key, device))).toBe(true);
    expect(ofConsole.map((command) => command.split(' ').slice(0, 3).join(' '))).toEqual([
      'aws signin list-sessions',
      'aws signin batch-revoke-sessions',
    ]);
    expect((await evidence()).checks).toContain('sessions:may-be-open');
    await bench.admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: device.deviceArn });
    await bench.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber: device.deviceArn });
    await expectReplaced(reason);
  },
);

test('stolen: it is said before the new token is asked for', async () => {
  bench.answer = ({ name }) => (name === 'cut-off' ? 'yes' : undefined);
  const { exitCode, happened } = await bench.runJson(...replaceFor('stolen'));
  expect(exitCode).toBe(130);
  expect(happened).toContain('sessions-may-be-open');
});

test.each(['broken', 'expired'])('%s: nobody else has the token, so nothing is said', async (reason) => {
  const { exitCode, happened } = await bench.runJson(...replaceFor(reason));
  expect(exitCode).toBe(0);
  expect(happened).not.toContain('sessions-may-be-open');
  expect((await evidence()).checks).not.toContain('sessions:may-be-open');
});

test('a retirement says it once, of a user who stays', async () => {
  bench.answer = () => ALICE;
  const { exitCode, happened } = await bench.runJson('retire', ALICE, '--slot', 'primary');
  expect(exitCode).toBe(0);
  expect(happened.filter((name) => name === 'sessions-may-be-open')).toHaveLength(1);
});

test('a retirement of a user who is gone does not: their sessions ended with them', async () => {
  await bench.admin('iam', 'DeactivateMFADevice', {
    UserName: ALICE,
    SerialNumber: bench.arn(ALICE, 'primary', '86596220000001'),
  });
  bench.answer = () => ALICE;
  const { exitCode, happened } = await bench.runJson('retire', ALICE, '--slot', 'primary');
  expect(exitCode).toBe(0);
  expect(happened).not.toContain('sessions-may-be-open');
});
