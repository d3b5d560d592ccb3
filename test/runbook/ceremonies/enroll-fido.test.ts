/** A security key that a person registers in the console: no call makes it, and the command waits for it. */
import { atStep, killCommand } from '../../support/kill-command';
import { VirtualReaders } from '../../tokens/virtual-readers';
import { FIDO_INVENTORY, FidoBench, KEY, NAME, SLOT, SPARE_KEY } from './fido-bench';

const ENROLL = ['enroll', ...SLOT] as const;

let fido: FidoBench;

beforeEach(async () => {
  fido = await FidoBench.open();
});
afterEach(() => fido.bench.close());

function expectEnrolled(arn: string, ...checks: readonly string[]): void {
  expect(fido.bench.evidence).toMatchObject([
    {
      ceremony: 'enroll',
      tokenSerial: KEY,
      deviceArn: arn,
      checks: ['record', 'clock', 'listed', 'name:typed', ...checks],
    },
  ]);
  expect(fido.bench.journals.files.size).toBe(0);
  expect(fido.deviceCalls).toEqual([]);
}

test('is waited for, and its name and its certifications are in the evidence', async () => {
  const card = jest.spyOn(VirtualReaders.prototype, 'card');
  let arn = '';
  fido.whileWaiting(() => {
    arn = fido.register(NAME, 'alice.breakglass', { FIDO: 'L2', 'FIDO-FIPS-140-2': 'L2' });
  });
  const { exitCode, data, people } = await fido.bench.run(...ENROLL, '--witness', 'Wanda Witt');
  expect({ exitCode, data }).toEqual({ exitCode: 0, data: `${arn}\n` });
  expect(people).toContain(`\n${NAME}\n`);
  expect(card).not.toHaveBeenCalled();
  card.mockRestore();
  expect(fido.bench.questions.map(({ name }) => name)).toEqual(['witness']);
  expectEnrolled(arn, 'certified:FIDO-FIPS-140-2:L2', 'certified:FIDO:L2');
  expect(fido.bench.evidence).toMatchObject([{ witness: 'Wanda Witt' }]);
});

test('without certifications is taken, and the evidence says so', async () => {
  const arn = fido.register(NAME, 'alice.breakglass', {});
  const { exitCode, events } = await fido.bench.runJson(...ENROLL);
  expect(exitCode).toBe(0);
  expect(events).toContainEqual({ event: 'certifications', deviceArn: arn, certifications: {} });
  expectEnrolled(arn, 'certified:none');
});

test('that is registered already gets its evidence only, and once more nothing', async () => {
  const arn = await fido.enroll();
  expectEnrolled(arn, 'certified:FIDO:L1');
  const { exitCode, happened } = await fido.bench.runJson(...ENROLL);
  expect(exitCode).toBe(0);
  expect(happened).toContain('already-enrolled');
  expectEnrolled(arn, 'certified:FIDO:L1');
});

test('with --no-wait the command ends, and without it completes the enrollment', async () => {
  const { exitCode, events, data } = await fido.bench.runJson(
    ...ENROLL,
    '--no-wait',
    '--witness',
    'Wanda Witt',
  );
  expect([exitCode, data.includes('arn:aws:iam::123456789012:u2f')]).toEqual([0, false]);
  expect(events).toContainEqual({
    event: 'paused',
    holder: 'alice.breakglass',
    name: NAME,
    next: 'mfa-runbook enroll alice.breakglass --slot primary',
  });
  expect([fido.bench.journals.files.size, fido.bench.evidence]).toEqual([1, []]);
  const arn = fido.register();
  expect((await fido.bench.run(...ENROLL)).exitCode).toBe(0);
  // The witness of the first run is not asked again.
  expect(fido.bench.questions).toHaveLength(1);
  expect(fido.bench.evidence).toMatchObject([{ deviceArn: arn, witness: 'Wanda Witt' }]);
  expect(fido.bench.journals.files.size).toBe(0);
});

describe('an interrupted run', () => {
  test.each([['enroll'], ['resume']])('stopped by Ctrl-C is completed by `%s`', async (next) => {
    fido.stopWhileWaiting();
    const stopped = await fido.bench.runJson(...ENROLL);
    expect([stopped.exitCode, stopped.code]).toEqual([130, 'cancelled']);
    expect([fido.bench.journals.files.size, fido.bench.evidence]).toEqual([1, []]);
    fido.bench.stop = new AbortController();
    const arn = fido.register();
    expect(await fido.bench.run(...(next === 'enroll' ? ENROLL : [next]))).toMatchObject({ exitCode: 0 });
    expectEnrolled(arn, 'certified:FIDO:L1');
  });

  test.each(['asked done', 'register begun', 'register done', 'evidence begun', 'evidence done'])(
    'killed at "%s" is completed by the next one',
    async (at) => {
      let arn = '';
      fido.whileWaiting(() => {
        arn = fido.register();
      });
      const [step = '', state] = at.split(' ');
      expect(await killCommand(fido.bench, atStep(step, state), ...ENROLL)).toBe(true);
      fido.bench.clock.advance(60_000);
      expect(await fido.bench.run(...ENROLL)).toMatchObject({ exitCode: 0 });
      expectEnrolled(arn === '' ? fido.register() : arn, 'certified:FIDO:L1');
    },
  );

  describe('two of which wait for the console', () => {
    const BACKUP_KEY = '16180339';
    const BACKUP = ['enroll', 'alice.breakglass', '--slot', 'backup'] as const;
    beforeEach(async () => {
      const both = FIDO_INVENTORY.replace(
        '  bob.breakglass:',
        `    - { slot: backup, serial: "${BACKUP_KEY}", type: fido2 }\n  bob.breakglass:`,
      );
      await fido.bench.deploy(both);
      await fido.bench.run(...ENROLL, '--no-wait');
      await fido.bench.run(...BACKUP, '--no-wait');
      fido.register(`backup.${BACKUP_KEY}`);
    });

    test('are both looked at before the first is waited for', async () => {
      let evidenceThen = 0;
      fido.whileWaiting(() => {
        evidenceThen = fido.bench.evidence.length;
        fido.register();
      });
      const { exitCode, events } = await fido.bench.runJson('resume');
      expect(exitCode).toBe(0);
      // The steps of the console are told once, when they are waited for; the run pauses nothing.
      expect(events.filter(({ event }) => event === 'to-register' || event === 'paused')).toHaveLength(1);
      expect(evidenceThen).toBe(1);
      expect(fido.bench.evidence.map(({ slot }) => slot)).toEqual(['backup', 'primary']);
      expect(fido.bench.journals.files.size).toBe(0);
    });

    test('leave the one open that nobody registered, and a Ctrl-C says that the other was closed', async () => {
      fido.stopWhileWaiting();
      const { people, exitCode } = await fido.bench.run('resume');
      expect(exitCode).toBe(130);
      expect(people).toContain('1 ceremony was closed');
      expect([fido.bench.evidence.map(({ slot }) => slot), fido.bench.journals.files.size]).toEqual([
        ['backup'],
        1,
      ]);
    });

    test('are looked at and not waited for with --no-wait', async () => {
      expect((await fido.bench.run('resume', '--no-wait')).exitCode).toBe(0);
      expect([fido.bench.evidence.map(({ slot }) => slot), fido.bench.journals.files.size]).toEqual([
        ['backup'],
        1,
      ]);
    });
  });

  test('can be abandoned, and the key stays as it is', async () => {
    await fido.bench.run(...ENROLL, '--no-wait');
    const arn = fido.register();
    expect((await fido.bench.run('resume', '--abandon')).exitCode).toBe(0);
    expect([await fido.devicesOf(), fido.bench.journals.files.size]).toEqual([[arn], 0]);
  });
});

describe('another name in the console', () => {
  test('is told and never taken, and the right one still is', async () => {
    let arn = '';
    fido.whileWaiting(() => {
      fido.register('primary-31415926');
    });
    const { bench } = fido;
    bench.onEvent = ({ event }) => {
      if (event === 'other-device') {
        arn = fido.register();
      }
    };
    const { exitCode, events } = await bench.runJson(...ENROLL);
    expect(exitCode).toBe(0);
    expect(events.filter(({ event }) => event === 'other-device')).toMatchObject([
      { name: 'primary-31415926' },
    ]);
    expectEnrolled(arn, 'certified:FIDO:L1');
  });

  test('is named at the end, and the journal stays open', async () => {
    fido.whileWaiting(() => {
      fido.register('phone');
    });
    const { code, exitCode, data } = await fido.bench.runJson(...ENROLL);
    expect({ code, exitCode }).toEqual({ code: 'iam/not-registered', exitCode: 3 });
    expect(data).toContain('phone');
    expect([fido.bench.evidence, fido.bench.journals.files.size]).toEqual([[], 1]);
  });

  test('that was there before is not told', async () => {
    fido.register('phone');
    fido.bench.clock.advance(86_400_000);
    fido.whileWaiting(() => {
      fido.register();
    });
    const { exitCode, events } = await fido.bench.runJson(...ENROLL);
    expect([exitCode, events.filter(({ event }) => event === 'other-device')]).toEqual([0, []]);
  });

  test('of another token that was enrolled just now is not told', async () => {
    const backup = `    - { slot: backup, serial: "${SPARE_KEY}", type: fido2 }\n  bob.breakglass:`;
    await fido.bench.deploy(FIDO_INVENTORY.replace('  bob.breakglass:', backup));
    await fido.enroll();
    fido.bench.clock.advance(-30_000);
    fido.whileWaiting(() => {
      fido.register(`backup.${SPARE_KEY}`);
    });
    const { exitCode, events } = await fido.bench.runJson('enroll', 'alice.breakglass', '--slot', 'backup');
    expect([exitCode, events.filter(({ event }) => event === 'other-device')]).toEqual([0, []]);
  });

  test("a key of this name of somebody else's is not taken", async () => {
    fido.register(NAME, 'bob.breakglass');
    const { code } = await fido.bench.runJson(...ENROLL);
    expect([code, fido.bench.evidence]).toEqual(['iam/not-registered', []]);
  });
});

describe('is refused', () => {
  async function refused(code: string): Promise<void> {
    const before = await fido.devicesOf();
    const told = await fido.bench.runJson(...ENROLL);
    expect({ code: told.code, devices: await fido.devicesOf() }).toEqual({ code, devices: before });
    expect([fido.bench.evidence, fido.bench.journals.files.size, fido.deviceCalls]).toEqual([[], 0, []]);
  }

  test('if the slot has another key', async () => {
    fido.register('primary.99999999');
    await refused('iam/slot-taken');
  });

  test('if the slot has a virtual device', async () => {
    await fido.bench.assignDevice('alice.breakglass', 'alice.breakglass.primary.86596220000001');
    await refusedWithout(['CreateVirtualMFADevice', 'EnableMFADevice'], 'iam/slot-taken');
  });

  async function refusedWithout(setUp: readonly string[], code: string): Promise<void> {
    const told = await fido.bench.runJson(...ENROLL);
    expect(told.code).toBe(code);
    expect(fido.deviceCalls).toEqual(setUp);
    expect([fido.bench.evidence, fido.bench.journals.files.size]).toEqual([[], 0]);
  }

  test('if the holder has eight devices', async () => {
    for (let n = 1; n <= 8; n++) {
      fido.register(`k${n}`);
    }
    await refused('iam/device-limit');
  });

  test('if two keys have its name', async () => {
    fido.register();
    fido.register();
    await refused('iam/several-in-slot');
  });

  test('with --no-wait for another kind of token', async () => {
    const told = await fido.bench.runJson('enroll', 'bob.breakglass', '--slot', 'primary', '--no-wait');
    expect([told.code, told.exitCode]).toEqual(['usage', 2]);
    expect([fido.bench.evidence, fido.bench.journals.files.size, fido.deviceCalls]).toEqual([[], 0, []]);
  });

  test('after the record changed while it was awaited', async () => {
    await fido.bench.run(...ENROLL, '--no-wait');
    await fido.bench.deploy(FIDO_INVENTORY.replace(KEY, '99999999'));
    const told = await fido.bench.runJson(...ENROLL);
    expect(told.code).toBe('record/changed');
    expect([fido.bench.evidence, fido.bench.journals.files.size]).toEqual([[], 1]);
  });
});
