/** The later life of a security key: replacement, retirement, plan, sessions. */
import { atStep, killCommand } from '../../support/kill-command';
import { FIDO_INVENTORY, FidoBench, KEY, NAME, PROGRAMMABLE, SLOT, SPARE_KEY } from './fido-bench';

const ALICE = 'alice.breakglass';
const SPARE_NAME = `primary.${SPARE_KEY}`;
const WITH_SPARES = `${FIDO_INVENTORY}spares:
  - { serial: "${SPARE_KEY}", type: fido2 }
  - { serial: "${PROGRAMMABLE}" }
`;
const RETIRE_ALL = ['retire', ALICE, '--all-devices', '--confirm', ALICE] as const;

let fido: FidoBench;
let arn: string;

async function reopen(inventory = FIDO_INVENTORY): Promise<void> {
  await fido?.bench.close();
  fido = await FidoBench.open({ inventory });
  arn = await fido.enroll();
}
beforeEach(() => reopen());
afterEach(() => fido.bench.close());

describe('retire', () => {
  test('deactivates it, deletes nothing, and asks for no tags', async () => {
    const { exitCode, data } = await fido.bench.run(...RETIRE_ALL);
    expect({ exitCode, data }).toEqual({ exitCode: 0, data: `${arn}\n` });
    expect([await fido.devicesOf(), fido.deviceCalls]).toEqual([[], ['DeactivateMFADevice']]);
    expect(fido.bench.evidence.at(-1)).toMatchObject({
      ceremony: 'retire',
      tokenSerial: KEY,
      deviceArn: arn,
      checks: ['record', 'deactivated', 'not-listed'],
    });
  });

  test('leaves a key alone whose name says no slot of the holder', async () => {
    const phone = fido.register('phone');
    const other = fido.register(`laptop.${KEY}`);
    const { code } = await fido.bench.runJson(...RETIRE_ALL);
    expect([code, [...(await fido.devicesOf())].sort()]).toEqual(['iam/devices-left', [other, phone].sort()]);
  });

  test('of the last device by its slot is refused', async () => {
    const { code } = await fido.bench.runJson('retire', ...SLOT, '--confirm', ALICE);
    expect([code, await fido.devicesOf()]).toEqual(['iam/last-device', [arn]]);
  });

  test.each(['old-device done', 'deactivate begun', 'deactivate done', 'evidence begun'])(
    'killed at "%s" is completed by the next one',
    async (at) => {
      const [step = '', state] = at.split(' ');
      expect(await killCommand(fido.bench, atStep(step, state), ...RETIRE_ALL)).toBe(true);
      expect((await fido.bench.run(...RETIRE_ALL)).exitCode).toBe(0);
      expect([await fido.devicesOf(), fido.bench.journals.files.size]).toEqual([[], 0]);
      expect(fido.bench.evidence.map(({ ceremony }) => ceremony)).toEqual(['enroll', 'retire']);
    },
  );
});

describe('replace', () => {
  test.each(['lost', 'stolen'])(
    'as %s, --no-wait ends before the key is registered, as resume does',
    async (reason) => {
      await reopen(WITH_SPARES);
      const words = ['replace', ...SLOT, '--reason', reason, '--spare', SPARE_KEY] as const;
      const told = await fido.bench.runJson(...words, '--no-wait');
      expect(told.exitCode).toBe(0);
      expect(told.events).toContainEqual({
        event: 'paused',
        holder: ALICE,
        name: SPARE_NAME,
        next: `mfa-runbook replace ${ALICE} --slot primary --reason ${reason}`,
      });
      expect(await fido.devicesOf()).toEqual(reason === 'stolen' ? [] : [arn]);
      const again = await fido.bench.runJson('resume', '--no-wait');
      expect([again.exitCode, again.events.some(({ event }) => event === 'paused')]).toEqual([0, true]);
      const key = fido.register(SPARE_NAME);
      expect((await fido.bench.run('resume', '--no-wait')).exitCode).toBe(0);
      expect([await fido.devicesOf(), fido.bench.journals.files.size]).toEqual([[key], 0]);
      expect(fido.bench.evidence.at(-1)).toMatchObject({ ceremony: 'replace', replaces: KEY, reason });
    },
  );

  const CHECKS = [
    'record:spare',
    'clock',
    'listed',
    'name:typed',
    'certified:FIDO:L1',
    'old-deactivated',
    'old-not-listed',
    'sessions:may-be-open',
  ];

  test('one that is lost by another key: the old one goes after the new one is registered', async () => {
    await reopen(WITH_SPARES);
    let [spare, were]: [string, readonly string[]] = ['', []];
    fido.whileWaiting(() => {
      were = fido.deviceCalls;
      spare = fido.register(SPARE_NAME);
    });
    const { exitCode, data } = await fido.bench.run(
      'replace',
      ...SLOT,
      ...['--reason', 'lost', '--spare', SPARE_KEY],
    );
    expect({ exitCode, data }).toEqual({ exitCode: 0, data: `${spare}\n` });
    expect([were, fido.deviceCalls, await fido.devicesOf()]).toEqual([[], ['DeactivateMFADevice'], [spare]]);
    expect(fido.bench.evidence.at(-1)).toMatchObject({
      ceremony: 'replace',
      replaces: KEY,
      tokenSerial: SPARE_KEY,
      deviceArn: spare,
      checks: CHECKS,
    });
  });

  test('one that is stolen is cut off before the new one is registered', async () => {
    await reopen(WITH_SPARES);
    let [spare, were]: [string, readonly string[]] = ['', []];
    fido.whileWaiting(() => {
      were = fido.deviceCalls;
      spare = fido.register(SPARE_NAME);
    });
    const { exitCode } = await fido.bench.run(
      'replace',
      ...SLOT,
      ...['--reason', 'stolen', '--spare', SPARE_KEY],
    );
    expect([exitCode, were, await fido.devicesOf()]).toEqual([0, ['DeactivateMFADevice'], [spare]]);
  });

  test.each(['lost', 'stolen'])(
    'of a %s one, stopped while it waits, is completed by `resume`',
    async (reason) => {
      await reopen(WITH_SPARES);
      fido.stopWhileWaiting();
      const words = ['replace', ...SLOT, '--reason', reason, '--spare', SPARE_KEY];
      expect((await fido.bench.runJson(...words)).code).toBe('cancelled');
      expect([fido.bench.journals.files.size, await fido.devicesOf()]).toEqual([
        1,
        reason === 'stolen' ? [] : [arn],
      ]);
      fido.bench.stop = new AbortController();
      const spare = fido.register(SPARE_NAME);
      expect((await fido.bench.run('resume')).exitCode).toBe(0);
      expect([await fido.devicesOf(), fido.bench.journals.files.size]).toEqual([[spare], 0]);
      expect(fido.bench.evidence.at(-1)).toMatchObject({ replaces: KEY, checks: CHECKS });
    },
  );

  test('a key by a programmable token, which gets a virtual device', async () => {
    await reopen(WITH_SPARES);
    const token = fido.bench.token(PROGRAMMABLE);
    fido.bench.layAndAnswer(token);
    expect((await fido.bench.run('replace', ...SLOT, '--reason', 'broken')).exitCode).toBe(0);
    expect(await fido.devicesOf()).toEqual([fido.bench.arn(ALICE, 'primary', PROGRAMMABLE)]);
    expect(fido.deviceCalls.filter((call) => call.startsWith('Delete'))).toEqual([]);
  });

  test('a programmable token by a key, and the old device is deleted', async () => {
    await fido.bench.close();
    fido = await FidoBench.open({
      inventory: FIDO_INVENTORY.replace(`serial: "${KEY}", type: fido2`, `serial: "${PROGRAMMABLE}"`),
    });
    fido.bench.layAndAnswer(fido.bench.token(PROGRAMMABLE));
    expect((await fido.bench.run('enroll', ...SLOT)).exitCode).toBe(0);
    await fido.bench.deploy(FIDO_INVENTORY);
    const key = fido.register();
    expect((await fido.bench.run('replace', ...SLOT, '--reason', 'expired')).exitCode).toBe(0);
    expect([await fido.devicesOf(), await fido.bench.devices()]).toEqual([[key], []]);
  });
});

test('plan and `enroll --all` know it', async () => {
  const { events } = await fido.bench.runJson('plan');
  expect(
    events.filter(({ event, kind }) => event === 'item' && kind !== 'elsewhere').map(({ holder }) => holder),
  ).toEqual(['bob.breakglass']);
  await fido.bench.admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: arn });
  const again = await fido.bench.runJson('plan');
  const tasks = again.events.filter(({ event, kind }) => event === 'item' && kind !== 'elsewhere');
  expect(tasks).toMatchObject([
    { kind: 'enroll', holder: ALICE, serial: KEY, command: `mfa-runbook enroll ${SLOT.join(' ')}` },
    { kind: 'enroll', holder: 'bob.breakglass' },
  ]);
  fido.bench.layAndAnswer(fido.bench.token('86596220000003'));
  const all = await fido.bench.runJson('enroll', '--all');
  expect(all.exitCode).toBe(0);
  expect(all.events.filter(({ event }) => event === 'by-itself')).toMatchObject([{ serial: KEY }]);
  expect(NAME).toBe(`primary.${KEY}`);
});
