/** A replacement that is cancelled, failed, killed or raced. */
import { formatJournal } from '../../../runbook/ceremony/journal';
import type { Fault } from '../../sandbox/faults';
import { ALICE_PRIMARY } from '../../support/bench';
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
      const { exitCode, people } = await bench.run(...replaceFor('lost', '--witness', 'Wanda Witt'));
      expect(people).toContain(`the device ${oldArn} is still enabled for ${ALICE}`);
      expect(exitCode).toBe(130);
      await expectUnchanged();
    },
  );

  test.each(['no', undefined])('at the question whether to cut off (%s): nothing is', async (answer) => {
    bench.answer = ({ name }) => (name === 'cut-off' ? answer : next.readCode());
    const { exitCode, people } = await bench.run(...replaceFor('stolen'));
    expect(people).toMatch(
      /cut off 86596220000001 of alice.breakglass primary, enrolled [-0-9]+ [:0-9]+ UTC, now\? alice.breakglass has 1 other device/,
    );
    expect(exitCode).toBe(130);
    await expectUnchanged();
  });

  test.each(['code', 'next-code'])(
    'after the cut-off, at %s: it stays so, says so, and resume goes on',
    async (prompt) => {
      bench.answer = ({ name }) => (name === prompt ? undefined : next.readCode());
      const { exitCode, people } = await bench.run(...replaceFor('stolen', '--yes'));
      expect(people).toContain(
        `state: the device ${oldArn} is gone, ${ALICE} has 1 other device meanwhile; the device created for it was deleted again, ` +
          'the token was written and its new seed belongs to no device; `mfa-runbook resume` goes on with the new one\n',
      );
      expect(exitCode).toBe(130);
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
      const { exitCode, people } = await bench.run(...replaceFor(reason, '--yes', '--codes', '1'));
      bench.sandbox.faults = undefined;
      if (exitCode !== 0) {
        expect(people).toMatch(/^mfa-runbook: state: /m);
      }
      if (reason === 'lost') {
        expect((await arnsOfAlice()).length).toBeGreaterThanOrEqual(2);
      }
      expect(await arnsOfAlice()).toContain(phone);
      lay(next);
      const again =
        exitCode === 0
          ? { exitCode, people }
          : await bench.run(...replaceFor(reason, '--yes', '--codes', '1'));
      expect({ exitCode: again.exitCode, people: again.people }).toMatchObject({ exitCode: 0 });
      await expectReplaced(reason);
    },
    40_000,
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
  for (const [name, reason, spares, how] of scenarios) {
    test(`${name}: at whatever write of the journal, ${how} ends right`, async () => {
      const record = spares.length === 0 ? CHANGED : inventory(ALICE_PRIMARY, spares);
      const command = replaceFor(reason, '--yes', '--codes', '1');
      let kills = 0;
      for (let n = 0; n < 100; n++) {
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
      expect(kills).toBe(28);
    }, 60_000);
  }

  test('a replacement goes on with the reason it was begun with', async () => {
    expect(await killCommand(bench, atWrite(8), ...replaceFor('stolen', '--yes'))).toBe(true);
    expect(await arnsOfAlice()).toEqual([phone]);
    const { exitCode, people } = await bench.run(...replaceFor('lost'));
    expect(people).toContain('it was begun with --reason stolen, and goes on so');
    expect(exitCode).toBe(0);
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
    const { exitCode, people } = await bench.run('enroll', ALICE, '--slot', 'primary');
    expect(people).toMatch(/error: the replacement of primary of alice.breakglass.* is not finished/);
    expect(exitCode).toBe(3);
    expect((await bench.run('resume')).exitCode).toBe(0);
    await expectReplaced('stolen');
  });

  describe('and given up', () => {
    /** Kills at the n-th write, gives up, and says what was said. */
    async function giveUp(n: number, reason: string): Promise<string> {
      expect(await killCommand(bench, atWrite(n), ...replaceFor(reason, '--yes', '--codes', '1'))).toBe(true);
      const { exitCode, people } = await bench.run('resume', '--abandon', '--region', 'eu-central-1');
      expectDone({ exitCode, people });
      expect([...bench.journals.files.keys()]).toEqual([]);
      return people;
    }
    const RETIRE = `retire ${ALICE} --slot primary --region eu-central-1`;
    function commandIn(people: string): readonly string[] {
      return (/`mfa-runbook ([^`]*)` deletes it/.exec(people)?.[1] ?? '').split(' ');
    }

    test('before it began with anything: nothing is changed', async () => {
      const people = await giveUp(2, 'stolen');
      expect(people).toContain(
        `gave up the replacement of primary of ${ALICE}, token ${ALICE_PRIMARY} (stolen), new token not chosen yet: it had made no device; the device ${oldArn} is still enabled for ${ALICE}, and stays`,
      );
      await expectUnchanged();
    });

    test('between the deactivation and the deletion of the stolen one: the command that is named deletes it', async () => {
      const people = await giveUp(5, 'stolen');
      expect(people).toContain(
        `it had made no device; the device ${oldArn} is left, assigned to nobody: \`mfa-runbook ${RETIRE}\` deletes it`,
      );
      expect(await bench.devices()).toContainEqual({ arn: oldArn, user: undefined });
      expectDone(await bench.run(...commandIn(people), '--confirm', ALICE));
      expect((await bench.devices()).map(({ arn }) => arn)).toEqual([phone]);
    });

    test('once the stolen one is deleted: that is said, with what tells what is left to do', async () => {
      const people = await giveUp(9, 'stolen');
      expect(people).toContain(
        `the device ${oldArn} is gone, and \`mfa-runbook plan --region eu-central-1\` says what is left to do`,
      );
      expect(await arnsOfAlice()).toEqual([phone]);
    });

    test('once the new one is enabled: the replacement that is named takes the old one out', async () => {
      const people = await giveUp(15, 'lost');
      const command = `replace ${ALICE} --slot primary --reason lost --region eu-central-1`;
      expect(people).toContain(
        `token ${ALICE_PRIMARY} (lost), new token ${NEW}: the device ${newArn} is enabled, and stays; \`mfa-runbook ${command}\` takes the old one out and completes the evidence`,
      );
      expect(people).toContain(`the device ${oldArn} is still enabled for ${ALICE}, and stays`);
      expect(await arnsOfAlice()).toEqual([phone, oldArn, newArn].sort());
      lay(next);
      expectDone(await bench.run(...command.split(' ')));
      await expectReplaced('lost');
    });

    test('once the old one is deactivated and the new one enabled: what is named takes the old one only', async () => {
      const people = await giveUp(18, 'lost');
      const completing = `enroll ${ALICE} --slot primary --region eu-central-1`;
      expect(people).toContain(
        `once the record declares ${NEW} for the slot, \`mfa-runbook ${completing}\` completes its evidence`,
      );
      expect(people).toContain(
        `the device ${oldArn} is left, assigned to nobody: \`aws iam delete-virtual-mfa-device --serial-number ${oldArn}\` deletes it`,
      );
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
  test('who took the old one away in the meantime is no obstacle', async () => {
    bench.answer = ({ name }) => {
      if (name === 'next-code') {
        void bench
          .admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: oldArn })
          .then(() => bench.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber: oldArn }));
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
    bench.answer = ({ name }) => {
      if (name === 'next-code') {
        void bench
          .admin('iam', 'DeactivateMFADevice', { UserName: ALICE, SerialNumber: oldArn })
          .then(() => bench.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber: oldArn }))
          .then(() => bench.admin('iam', 'CreateVirtualMFADevice', DEVICE));
      }
      return next.readCode();
    };
    const { exitCode, people } = await bench.run(...replaceFor('lost'));
    expectDone({ exitCode, people });
    expect(people).toContain(`somebody made a new device ${oldArn} meanwhile: it stays`);
    expect(await bench.devices()).toContainEqual({ arn: oldArn, user: undefined });
    expect(await arnsOfAlice()).toEqual([phone, newArn].sort());
  });
});
