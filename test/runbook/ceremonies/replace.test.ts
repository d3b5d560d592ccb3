import { ALICE_PRIMARY } from '../../support/bench';
import { ceremonyOf, commandsIn, parseEvents } from '../../support/json-events';
import {
  ALICE,
  arnsOfAlice,
  bench,
  changesFromNow,
  evidence,
  expectDone,
  expectReplaced,
  expectUnchanged,
  inventory,
  NEW,
  newArn,
  next,
  OTHER_SPARE,
  oldArn,
  open,
  phone,
  replaceFor,
  SPARE,
} from './replacement-scene';

beforeEach(() => open());
afterEach(() => bench.close());

describe('a token that the record declares', () => {
  test.each(['lost', 'broken', 'expired'])(
    '%s: the new one is enrolled before the old one goes',
    async (reason) => {
      const changes = changesFromNow();
      const { exitCode, people, data } = await bench.run(...replaceFor(reason));
      expect({ exitCode, data, people }).toMatchObject({ exitCode: 0, data: `${newArn}\n` });
      expect(changes()).toEqual([
        'CreateVirtualMFADevice',
        'EnableMFADevice',
        'DeactivateMFADevice',
        'DeleteVirtualMFADevice',
        'PutParameter',
      ]);
      await expectReplaced(reason);
      expect((await evidence()).checks).toEqual([
        'record',
        'clock',
        'serial',
        'burn',
        'codes:2',
        'listed',
        'old-deactivated',
        'old-deleted',
        'old-not-listed',
        ...(reason === 'lost' ? ['sessions:may-be-open'] : []),
      ]);
    },
  );

  test('stolen: the old one is cut off before anything else', async () => {
    const changes = changesFromNow();
    bench.answer = ({ name }) => (name === 'cut-off' ? 'yes' : next.readCode());
    const { exitCode, events } = await bench.runJson(...replaceFor('stolen'));
    expect(exitCode).toBe(0);
    expect(changes()).toEqual([
      'DeactivateMFADevice',
      'DeleteVirtualMFADevice',
      'CreateVirtualMFADevice',
      'EnableMFADevice',
      'PutParameter',
    ]);
    expect(bench.questions.map(({ name }) => name)).toEqual(['cut-off', 'code', 'next-code']);
    expect(events).toContainEqual({ event: 'cut-off', holder: ALICE, serial: ALICE_PRIMARY, others: 1 });
    await expectReplaced('stolen');
  });

  test('the witness reads the serial of the new token', async () => {
    bench.answer = ({ name }) => (name === 'witness' ? NEW : next.readCode());
    expect((await bench.run(...replaceFor('lost', '--witness', 'Wanda Witt'))).exitCode).toBe(0);
    expect(await evidence()).toMatchObject({ witness: 'Wanda Witt' });
  });

  test('one typed code is enough with --codes 1', async () => {
    expect((await bench.run(...replaceFor('lost', '--codes', '1'))).exitCode).toBe(0);
    expect(bench.questions.map(({ name }) => name)).toEqual(['code']);
    await expectReplaced('lost');
  });

  test('the old one and the new one, both enrolled by a run whose journal is lost: the old one goes', async () => {
    bench.sandbox.faults = ({ operation }) =>
      operation === 'DeactivateMFADevice' ? 'access-denied' : undefined;
    await bench.run(...replaceFor('lost'));
    bench.sandbox.faults = undefined;
    expect(await arnsOfAlice()).toEqual([phone, newArn, oldArn].sort());
    for (const place of [...bench.journals.files.keys()]) {
      await bench.journals.setAside(place);
    }
    const { exitCode, people } = await bench.run(...replaceFor('lost'));
    expectDone({ exitCode, people });
    expect(await arnsOfAlice()).toEqual([phone, newArn].sort());
    expect(await evidence()).toMatchObject({
      ceremony: 'replace',
      replaces: ALICE_PRIMARY,
      deviceArn: newArn,
    });
  });
});

describe('a spare', () => {
  function openSpares(...spares: readonly string[]): Promise<void> {
    return bench.close().then(() => open({ record: inventory(ALICE_PRIMARY, spares), serial: SPARE }));
  }

  test('the only one takes the place, and the record is left to be changed', async () => {
    await openSpares(SPARE);
    const { exitCode, events } = await bench.runJson(...replaceFor('lost'));
    expect(exitCode).toBe(0);
    expect(events.at(-1)).toEqual({
      event: 'record-to-change',
      serial: SPARE,
      holder: ALICE,
      slot: 'primary',
    });
    await expectReplaced('lost');
    expect((await evidence()).checks).toContain('record:spare');
    expect((await evidence()).checks).not.toContain('record');
  });

  test('of several, the one that is laid on the reader', async () => {
    await openSpares(OTHER_SPARE, SPARE);
    const { exitCode, people } = await bench.run(...replaceFor('broken'));
    expectDone({ exitCode, people });
    await expectReplaced('broken');
  });

  test('the one named by --spare, and no other', async () => {
    await openSpares(OTHER_SPARE, SPARE);
    const refused = await bench.runJson(...replaceFor('lost', '--spare', OTHER_SPARE));
    expect(refused).toMatchObject({ exitCode: 1, code: 'token/wrong-serial' });
    await expectUnchanged();
    expect((await bench.run(...replaceFor('lost', '--spare', SPARE))).exitCode).toBe(0);
    await expectReplaced('lost');
  });

  test('one that another slot uses already is not taken', async () => {
    await openSpares(SPARE);
    await bench.assignDevice('bob.breakglass', `bob.breakglass.primary.${SPARE}`);
    const told = await bench.runJson(...replaceFor('stolen', '--yes'));
    expect(told).toMatchObject({ exitCode: 3, code: 'record/no-spare' });
    expect(commandsIn(told.hints)).toContain('retire alice.breakglass --slot primary');
    await expectUnchanged();
  });

  test('none, for the last device of the holder: the command that is named cuts it off', async () => {
    await openSpares();
    await bench.admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: phone });
    const options = ['--fleet', 'break-glass', '--region', 'eu-central-1'];
    const told = await bench.runJson(...replaceFor('stolen', '--yes', ...options));
    expect(told).toMatchObject({ exitCode: 3, code: 'record/no-spare' });
    const command = 'retire alice.breakglass --all-devices --fleet break-glass --region eu-central-1';
    expect(commandsIn(told.hints)).toContain(command);
    expect(await arnsOfAlice()).toEqual([oldArn]);
    expectDone(await bench.run(...command.split(' '), '--confirm', ALICE));
    expect(await arnsOfAlice()).toEqual([]);
  });

  test('that is the last device: the question says where it is kept, and that the holder is locked out', async () => {
    await openSpares(SPARE);
    await bench.admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: phone });
    bench.answer = () => 'no';
    expect(await bench.runJson(...replaceFor('stolen'))).toMatchObject({ exitCode: 130, code: 'cancelled' });
    expect(bench.questions.map(({ name }) => name)).toEqual(['cut-off']);
    expect(bench.questions[0]?.message).toContain('HQ fireproof safe');
    expect(await arnsOfAlice()).toEqual([oldArn]);
  });

  test('a spare that was moved to the slot in the record agrees with IAM', async () => {
    await openSpares(SPARE);
    await bench.run(...replaceFor('lost'));
    await bench.deploy(inventory(SPARE));
    const { exitCode, happened } = await bench.runJson('enroll', ALICE, '--slot', 'primary');
    expect(exitCode).toBe(0);
    expect(happened).toContain('already-enrolled');
    await expectReplaced('lost');
  });
});

describe('refusals that change nothing', () => {
  test('a holder with eight devices, unless the old one is cut off first', async () => {
    for (let n = 1; n <= 6; n++) {
      await bench.assignDevice(ALICE, `alice-phone-${n}`, '/');
    }
    const told = await bench.runJson(...replaceFor('broken'));
    expect(told).toMatchObject({ exitCode: 3, code: 'iam/device-limit' });
    expect(commandsIn(told.hints)).toEqual([
      `retire ${ALICE} --slot SLOT`,
      `replace ${ALICE} --slot primary --reason stolen`,
    ]);
    expect(await arnsOfAlice()).toContain(oldArn);
    expect((await bench.run(...replaceFor('stolen', '--yes'))).exitCode).toBe(0);
    const after = await arnsOfAlice();
    expect(after).toHaveLength(8);
    expect(after).toContain(newArn);
    expect(after).not.toContain(oldArn);
  });

  test('the new token is in use elsewhere', async () => {
    await bench.assignDevice('bob.breakglass', `bob.breakglass.primary.${NEW}`);
    expect(await bench.runJson(...replaceFor('lost'))).toMatchObject({
      exitCode: 3,
      code: 'iam/token-in-use',
    });
    await expectUnchanged();
  });
});

describe('with --json', () => {
  test('prints one event a line', async () => {
    const { data } = await bench.run(...replaceFor('lost', '--json'));
    const events = parseEvents(data);
    expect(ceremonyOf(events)).toEqual([
      'record',
      'find',
      'preflight',
      'token',
      'device',
      'burned',
      'ask',
      'ask',
      'codes',
      'enabled',
      'confirmed',
      'deactivated',
      'deleted',
      'sessions-may-be-open',
      'evidence',
      'replaced',
    ]);
    expect(events.at(-1)).toMatchObject({ deviceArn: newArn, replaces: ALICE_PRIMARY, reason: 'lost' });
  });
});
