/** The later life of a token that AWS knows by its serial: drills, resync, replacement, retirement. */
import { ALICE_PRIMARY } from '../../support/bench';
import {
  EVIDENCE,
  PRINTED,
  PRINTED_INVENTORY,
  PRINTED_SPARE,
  PROGRAMMABLE,
  PrintedBench,
} from './printed-bench';

const SLOT = ['alice.breakglass', '--slot', 'primary'] as const;
const WITH_SPARES = `${PRINTED_INVENTORY}spares:
  - { serial: "${PRINTED_SPARE}", type: hardware-totp }
  - { serial: "${PROGRAMMABLE}" }
`;

let printed: PrintedBench;

async function reopen(inventory = PRINTED_INVENTORY): Promise<void> {
  await printed?.bench.close();
  printed = await PrintedBench.open({ inventory });
  await printed.enroll();
}
beforeEach(() => reopen());
afterEach(() => printed.bench.close());

test.each(['prove', 'resync'] as const)(
  '%s asks for the serial and has AWS judge two codes',
  async (kind) => {
    const { exitCode, data } = await printed.bench.run(kind, ...SLOT);
    expect({ exitCode, data }).toEqual({ exitCode: 0, data: `${PRINTED}\n` });
    expect([...new Set(printed.bench.questions.map(({ name }) => name))]).toEqual([
      'serial',
      'code',
      'next-code',
    ]);
    expect(printed.bench.evidence.at(-1)).toMatchObject({
      ceremony: kind,
      deviceArn: PRINTED,
      checks: ['record', 'clock', 'listed', 'serial:typed', 'codes:by-aws'],
    });
    expect([printed.count('ResyncMFADevice'), printed.deviceCalls]).toEqual([1, []]);
  },
);

test('prove of one that is not enrolled is refused and leaves nothing', async () => {
  await printed.bench.admin('iam', 'DeactivateMFADevice', {
    UserName: 'alice.breakglass',
    SerialNumber: PRINTED,
  });
  const told = await printed.bench.runJson('prove', ...SLOT);
  expect(told.code).toBe('iam/not-enrolled');
  expect([printed.count('ResyncMFADevice'), printed.bench.journals.files.size]).toEqual([0, 0]);
});

describe('retire', () => {
  test('deactivates it and deletes nothing', async () => {
    const { exitCode } = await printed.bench.run(
      'retire',
      'alice.breakglass',
      '--all-devices',
      '--confirm',
      'alice.breakglass',
    );
    expect({ exitCode, devices: await printed.devicesOf() }).toEqual({ exitCode: 0, devices: [] });
    expect(printed.deviceCalls).toEqual([]);
    expect(printed.bench.evidence.at(-1)).toMatchObject({
      ceremony: 'retire',
      deviceArn: PRINTED,
      checks: ['record', 'deactivated', 'not-listed'],
    });
  });

  test('of the last device by its slot is refused', async () => {
    const told = await printed.bench.runJson('retire', ...SLOT, '--confirm', 'alice.breakglass');
    expect([told.code, await printed.devicesOf()]).toEqual(['iam/last-device', [PRINTED]]);
  });

  test('leaves a printed token alone that the record does not declare for the holder', async () => {
    await printed.bench.deploy(PRINTED_INVENTORY.replace(PRINTED, 'GAHT00000000'));
    const told = await printed.bench.runJson(
      'retire',
      'alice.breakglass',
      '--all-devices',
      '--confirm',
      'alice.breakglass',
    );
    expect([told.code, await printed.devicesOf()]).toEqual(['iam/devices-left', [PRINTED]]);
  });
});

describe('replace', () => {
  test.each(['lost', 'stolen'])('one that is %s by another printed token', async (reason) => {
    await reopen(WITH_SPARES);
    printed.take(printed.spare);
    const { exitCode, data } = await printed.bench.run(
      'replace',
      ...SLOT,
      ...['--reason', reason, '--spare', PRINTED_SPARE],
    );
    expect({ exitCode, data }).toEqual({ exitCode: 0, data: `${PRINTED_SPARE}\n` });
    expect(await printed.devicesOf()).toEqual([PRINTED_SPARE]);
    expect(printed.deviceCalls).toEqual([]);
    expect(printed.bench.evidence.at(-1)).toMatchObject({
      ceremony: 'replace',
      replaces: PRINTED,
      deviceArn: PRINTED_SPARE,
      checks: [
        'record:spare',
        'clock',
        'codes:by-aws',
        'listed',
        'old-deactivated',
        'old-not-listed',
        'sessions:may-be-open',
      ],
    });
    const { Parameter } = await printed.bench.admin('ssm', 'GetParameter', { Name: EVIDENCE });
    expect(JSON.stringify(Parameter)).toContain(PRINTED_SPARE);
  });

  test('a printed one by a programmable one, which gets a device', async () => {
    await reopen(WITH_SPARES);
    const token = printed.bench.token(PROGRAMMABLE);
    printed.bench.layAndAnswer(token);
    const { exitCode } = await printed.bench.run('replace', ...SLOT, '--reason', 'broken');
    expect(exitCode).toBe(0);
    expect(await printed.devicesOf()).toEqual([
      printed.bench.arn('alice.breakglass', 'primary', PROGRAMMABLE),
    ]);
    expect(printed.deviceCalls.filter((call) => call.startsWith('Delete'))).toEqual([]);
  });

  test('a programmable one by a printed one, and the old device is deleted', async () => {
    await printed.bench.close();
    printed = await PrintedBench.open({
      inventory: `${PRINTED_INVENTORY.replace(`"${PRINTED}", type: hardware-totp`, `"${ALICE_PRIMARY}"`)}spares:
  - { serial: "${PRINTED_SPARE}", type: hardware-totp }
`,
    });
    printed.bench.layAndAnswer(printed.bench.token(ALICE_PRIMARY));
    await printed.enroll();
    printed.take(printed.spare);
    const { exitCode } = await printed.bench.run('replace', ...SLOT, '--reason', 'lost');
    expect({ exitCode, devices: await printed.devicesOf() }).toEqual({
      exitCode: 0,
      devices: [PRINTED_SPARE],
    });
    expect(await printed.bench.devices()).toEqual([]);
  });
});

test('plan and `enroll --all` know it', async () => {
  const planned = await printed.bench.runJson('plan');
  expect([planned.exitCode, planned.code]).toEqual([3, 'plan/to-do']);
  const items = planned.events.filter(({ event, kind }) => event === 'item' && kind !== 'elsewhere');
  expect(items.map(({ holder }) => holder)).toEqual(['bob.breakglass']);
  await printed.bench.admin('iam', 'DeactivateMFADevice', {
    UserName: 'alice.breakglass',
    SerialNumber: PRINTED,
  });
  const again = await printed.bench.runJson('plan');
  const tasks = again.events.filter(({ event, kind }) => event === 'item' && kind !== 'elsewhere');
  expect(tasks).toMatchObject([
    { kind: 'enroll', holder: 'alice.breakglass', serial: PRINTED },
    { kind: 'enroll', holder: 'bob.breakglass' },
  ]);
  printed.bench.layAndAnswer(printed.bench.token('86596220000003'));
  const all = await printed.bench.runJson('enroll', '--all');
  expect(all.exitCode).toBe(0);
  expect(all.events.filter(({ event }) => event === 'by-itself')).toMatchObject([{ serial: PRINTED }]);
});
