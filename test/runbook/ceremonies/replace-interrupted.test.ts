/** A replacement that is cancelled, failed, killed or raced. */
import { formatJournal } from '../../../runbook/ceremony/journal';
import type { Fault } from '../../sandbox/faults';
import { ALICE_PRIMARY } from '../../support/bench';
import { isFullExtent } from '../../support/extent';
import { commandsIn } from '../../support/json-events';
import { atWrite, killCommand } from '../../support/kill-command';
import {
  ALICE,
  arnsOfAlice,
  bench,
  CHANGED,
  changesFromNow,
  evidence,
  expectDone,
  expectReplaced,
  expectUnchanged,
  inventory,
  lay,
  NEW,
  newArn,
  next,
  old,
  oldArn,
  open,
  phone,
  replaceFor,
  SPARE,
  useSdk,
} from './replacement-scene';

beforeEach(() => open());
afterEach(() => bench.close());

describe('cancelled', () => {
  test.each(['code', 'next-code', 'witness'])(
    'at %s: the old token works on, and nothing is left',
    async (prompt) => {
      bench.answer = ({ name }) => (name === prompt ? undefined : name === 'witness' ? NEW : next.readCode());
      const told = await bench.runJson(...replaceFor('lost', '--witness', 'Wanda Witt'));
      expect(told).toMatchObject({ exitCode: 130, code: 'cancelled' });
      await expectUnchanged();
    },
  );

  test.each(['no', undefined])('at the question whether to cut off (%s): nothing is', async (answer) => {
    bench.answer = ({ name }) => (name === 'cut-off' ? answer : next.readCode());
    const told = await bench.runJson(...replaceFor('stolen'));
    expect(told).toMatchObject({ exitCode: 130, code: 'cancelled' });
    expect(told.happened.at(-2)).toBe('ask');
    expect(bench.questions.map(({ name }) => name)).toEqual(['cut-off']);
    expect(bench.questions[0]?.message).toContain(`${ALICE_PRIMARY} of ${ALICE} primary`);
    await expectUnchanged();
  });

  test.each(['code', 'next-code'])(
    'after the cut-off, at %s: it stays so, says so, and resume goes on',
    async (prompt) => {
      bench.answer = ({ name }) => (name === prompt ? undefined : next.readCode());
      const told = await bench.runJson(...replaceFor('stolen', '--yes'));
      expect(told).toMatchObject({ exitCode: 130, code: 'cancelled' });
      expect(told.events).toContainEqual({
        event: 'cut-off',
        holder: ALICE,
        serial: ALICE_PRIMARY,
        others: 1,
      });
      expect(commandsIn(told.events.at(-1)?.state)).toEqual(['resume']);
      expect((await bench.devices()).map(({ arn }) => arn)).toEqual([phone]);
      lay(next);
      const resumed = await bench.run('resume');
      expect({ exitCode: resumed.exitCode, people: resumed.people }).toMatchObject({ exitCode: 0 });
      await expectReplaced('stolen');
    },
  );

  test('Ctrl-C after Enable: the old one goes all the same', async () => {
    bench.sandbox.onCall = ({ operation }) => {
      if (operation === 'EnableMFADevice') {
        bench.stop.abort(new Error('interrupted'));
      }
    };
    expect((await bench.run(...replaceFor('lost'))).exitCode).toBe(0);
    await expectReplaced('lost');
  });
});

describe('AWS calls', () => {
  // The others are looked at by `npm run faults`.
  const OPERATIONS = [
    'ListMFADeviceTags',
    'EnableMFADevice',
    'DeactivateMFADevice',
    'DeleteVirtualMFADevice',
    'PutParameter',
  ];
  // Lost before its effect, or after.
  const CELLS: readonly (readonly [string, string, Fault])[] = OPERATIONS.flatMap((operation) => [
    ['lost', operation, 'dropped-after'],
    ['stolen', operation, 'server-error'],
  ]);

  test.each(CELLS)('%s; %s, %s once: it ends right all the same', async (reason, operation, fault) => {
    useSdk();
    let failed = false;
    bench.sandbox.faults = (call) => {
      if (failed || call.operation !== operation) {
        return undefined;
      }
      failed = true;
      return fault;
    };
    const { exitCode, people } = await bench.run(...replaceFor(reason, '--yes', '--codes', '1'));
    expectDone({ exitCode, people });
    expect(failed).toBe(true);
    await expectReplaced(reason);
  });

  const FOR_GOOD: readonly Fault[] = ['access-denied', 'dropped-after'];
  const LASTING = ['lost', 'stolen'].flatMap((reason) =>
    OPERATIONS.flatMap((operation) => FOR_GOOD.map((fault) => [reason, operation, fault] as const)),
  );

  test.each(LASTING)(
    '%s; %s, %s for good: it says so, no working device is lost, and the same command ends right later',
    async (reason, operation, fault) => {
      bench.sandbox.faults = (call) => (call.operation === operation ? fault : undefined);
      const { exitCode, events } = await bench.runJson(...replaceFor(reason, '--yes', '--codes', '1'));
      bench.sandbox.faults = undefined;
      if (exitCode !== 0) {
        expect(events.at(-1)).toMatchObject({ event: 'error', state: expect.any(String) });
      }
      if (reason === 'lost') {
        expect((await arnsOfAlice()).length).toBeGreaterThanOrEqual(2);
      }
      expect(await arnsOfAlice()).toContain(phone);
      lay(next);
      if (exitCode !== 0) {
        expectDone(await bench.run(...replaceFor(reason, '--yes', '--codes', '1')));
      }
      await expectReplaced(reason);
    },
  );

  test.each(['DeactivateMFADevice', 'DeleteVirtualMFADevice'])(
    '%s is asked again while IAM is busy',
    async (busy) => {
      useSdk();
      let refusals = 2;
      bench.sandbox.faults = ({ operation }) =>
        operation === busy && refusals-- > 0
          ? { refuse: { code: 'ConcurrentModification', status: 409 } }
          : undefined;
      expect((await bench.run(...replaceFor('lost'))).exitCode).toBe(0);
      await expectReplaced('lost');
    },
  );

  test.each(['lost', 'stolen'])('%s: IAM that shows changes 45 s late is waited for', async (reason) => {
    await bench.close();
    await open({}, { sandbox: { visibilityLagMs: 45_000 } });
    const { exitCode, people } = await bench.run(...replaceFor(reason, '--yes'));
    expectDone({ exitCode, people });
    bench.clock.advance(60_000);
    await expectReplaced(reason);
  });
});

describe('killed', () => {
  async function working(): Promise<number> {
    const devices = await arnsOfAlice();
    function isWorking(arn: string): boolean {
      return (
        arn === phone ||
        (arn === oldArn && old.holds(bench.seeds[0] ?? new Uint8Array())) ||
        (arn === newArn && bench.seeds.slice(1).some((seed) => next.holds(seed)))
      );
    }
    return devices.filter(isWorking).length;
  }

  const scenarios: readonly [string, string, readonly string[], 'resume' | 'the same command'][] = [
    ['the record changed, lost', 'lost', [], 'resume'],
    ['a spare, broken', 'broken', [SPARE], 'resume'],
    ['a spare, stolen', 'stolen', [SPARE], 'resume'],
    ['the record changed, stolen', 'stolen', [], 'the same command'],
  ];
  /** One write of this many is taken, beginning with another one in each scenario. */
  const stride = isFullExtent ? 1 : 4;
  for (const [first, [name, reason, spares, how]] of scenarios.entries()) {
    test(`${name}: at whatever write of the journal, ${how} ends right`, async () => {
      const record = spares.length === 0 ? CHANGED : inventory(ALICE_PRIMARY, spares);
      const command = replaceFor(reason, '--yes', '--codes', '1');
      let kills = 0;
      for (let n = first % stride; n < 100; n += stride) {
        await bench.close();
        await open({ record, serial: spares[0] ?? NEW });
        if (!(await killCommand(bench, atWrite(n), ...command))) {
          break;
        }
        kills++;
        const isOpen = bench.journals.files.size > 0;
        if (reason !== 'stolen') {
          expect(await working()).toBeGreaterThanOrEqual(2);
        }
        expect(await arnsOfAlice()).toContain(phone);
        bench.clock.advance(60_000);
        lay(next);
        if (!isOpen && (await arnsOfAlice()).includes(newArn)) {
          await expectReplaced(reason);
          continue;
        }
        const args = how === 'resume' && isOpen ? ['resume', '--yes'] : command;
        const { exitCode, people } = await bench.run(...args);
        expectDone({ exitCode, people }, `killed at ${n}`);
        await expectReplaced(reason);
        const calls = changesFromNow();
        expect((await bench.run('resume')).exitCode).toBe(0);
        expect(calls()).toEqual([]);
      }
      // The first write, six effects begun and done, and the removal: before and after each.
      expect(kills).toBe(28 / stride);
    });
  }

  test('a replacement continues with the reason that it was started with', async () => {
    expect(await killCommand(bench, atWrite(8), ...replaceFor('stolen', '--yes'))).toBe(true);
    expect(await arnsOfAlice()).toEqual([phone]);
    expectDone(await bench.run(...replaceFor('lost')));
    await expectReplaced('stolen');
  });

  test('a run killed right after it chose the stolen token does not cut off the one that took its place since', async () => {
    expect(await killCommand(bench, atWrite(1), ...replaceFor('stolen', '--yes'))).toBe(true);
    await bench.admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: oldArn });
    await bench.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber: oldArn });
    await bench.assignDevice(ALICE, `${ALICE}.primary.${NEW}`);
    const changes = changesFromNow();
    const { exitCode, people } = await bench.run('resume', '--yes');
    expectDone({ exitCode, people });
    expect(changes()).toEqual(['PutParameter']);
    expect(await arnsOfAlice()).toEqual([phone, newArn].sort());
  });

  test('another ceremony of the slot waits until it is finished', async () => {
    expect(await killCommand(bench, atWrite(8), ...replaceFor('stolen', '--yes'))).toBe(true);
    const told = await bench.runJson('enroll', ALICE, '--slot', 'primary');
    expect(told).toMatchObject({ exitCode: 3, code: 'journal/open' });
    expect(await arnsOfAlice()).toEqual([phone]);
    expect((await bench.run('resume')).exitCode).toBe(0);
    await expectReplaced('stolen');
  });

  describe('and given up', () => {
    /** Kills at the n-th write, and abandons the replacement. @returns the commands that its outcome names */
    async function giveUp(n: number, reason: string): Promise<readonly string[]> {
      expect(await killCommand(bench, atWrite(n), ...replaceFor(reason, '--yes', '--codes', '1'))).toBe(true);
      const { exitCode, events } = await bench.runJson('resume', '--abandon', '--region', 'eu-central-1');
      expect(exitCode).toBe(0);
      expect([...bench.journals.files.keys()]).toEqual([]);
      const abandoned = events.find(({ event }) => event === 'abandoned');
      return commandsIn(abandoned?.outcome);
    }

    test('before it began with anything: nothing is changed', async () => {
      expect(await giveUp(2, 'stolen')).toEqual([]);
      await expectUnchanged();
    });

    test('between the deactivation and the deletion of the stolen one: the command that is named deletes it', async () => {
      const [command = '', ...more] = await giveUp(5, 'stolen');
      expect([command, more]).toEqual([`retire ${ALICE} --slot primary --region eu-central-1`, []]);
      expect(await bench.devices()).toContainEqual({ arn: oldArn, user: undefined });
      expectDone(await bench.run(...command.split(' '), '--confirm', ALICE));
      expect((await bench.devices()).map(({ arn }) => arn)).toEqual([phone]);
    });

    test('once the stolen one is deleted: that is said, with what asks for it while the record declares it', async () => {
      expect(await giveUp(9, 'stolen')).toEqual(['plan --region eu-central-1']);
      expect(await arnsOfAlice()).toEqual([phone]);
    });

    test('once the new one is enabled: the replacement that is named takes the old one out', async () => {
      const command = `replace ${ALICE} --slot primary --reason lost --region eu-central-1`;
      expect(await giveUp(15, 'lost')).toEqual([command]);
      expect(await arnsOfAlice()).toEqual([phone, oldArn, newArn].sort());
      lay(next);
      expectDone(await bench.run(...command.split(' ')));
      await expectReplaced('lost');
    });

    test('once the old one is deactivated and the new one enabled: what is named takes the old one only', async () => {
      const completing = `enroll ${ALICE} --slot primary --region eu-central-1`;
      expect(await giveUp(18, 'lost')).toEqual([
        completing,
        `aws iam delete-virtual-mfa-device --serial-number ${oldArn}`,
      ]);
      expect(await arnsOfAlice()).toEqual([phone, newArn].sort());
      expectDone(await bench.run(...completing.split(' ')));
      expect(await evidence()).toMatchObject({ ceremony: 'enroll', deviceArn: newArn });
    });
  });

  test('the journal holds no seed and no code', async () => {
    const texts: string[] = [];
    bench.journals.onDurableWrite = ({ journal }) => {
      if (journal !== undefined) {
        texts.push(formatJournal(journal));
      }
    };
    await bench.run(...replaceFor('lost'));
    expect(texts.join('')).toContain(NEW);
    const seed = Buffer.from(bench.seeds.at(-1) ?? []);
    for (const form of [seed.toString('hex'), seed.toString('base64')]) {
      expect(texts.join('').toLowerCase()).not.toContain(form.slice(0, 16).toLowerCase());
    }
  });
});

describe('another operator', () => {
  async function deleteOld(): Promise<void> {
    await bench.admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: oldArn });
    await bench.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber: oldArn });
  }

  test('who took the old one away in the meantime is no obstacle', async () => {
    bench.answer = async ({ name }) => {
      if (name === 'next-code') {
        await deleteOld();
      }
      return next.readCode();
    };
    expect((await bench.run(...replaceFor('lost'))).exitCode).toBe(0);
    await expectReplaced('lost');
  });

  test('who made a new device under the old name keeps it', async () => {
    const DEVICE = {
      VirtualMFADeviceName: `${ALICE}.primary.${ALICE_PRIMARY}`,
      Path: '/mfa-guardrails/break-glass/',
    };
    bench.answer = async ({ name }) => {
      if (name === 'next-code') {
        await deleteOld();
        await bench.admin('iam', 'CreateVirtualMFADevice', DEVICE);
      }
      return next.readCode();
    };
    const { exitCode, happened } = await bench.runJson(...replaceFor('lost'));
    expect(exitCode).toBe(0);
    expect(happened).not.toContain('deleted');
    expect(happened).toContain('deactivated');
    expect(await bench.devices()).toContainEqual({ arn: oldArn, user: undefined });
    expect(await arnsOfAlice()).toEqual([phone, newArn].sort());
  });
});
