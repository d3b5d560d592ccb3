/** A drill that is interrupted, by AWS, by a person or by a crash: what it says, and how it is finished. */
import { AwsFault } from '../../../runbook/aws/aws';
import type { Fault } from '../../sandbox/faults';
import { ALICE_PRIMARY, type Bench, INVENTORY } from '../../support/bench';
import { atWrite, killCommand } from '../../support/kill-command';
import type { VirtualToken2Single } from '../../tokens/token2-single';
import { DrillBench, type DrillBenchOptions } from './drill-bench';

const PROVE = ['prove', 'alice.breakglass', '--slot', 'primary'] as const;

let drill: DrillBench;
let bench: Bench;
let token: VirtualToken2Single;
let arn: string;

async function reopen(options: DrillBenchOptions = {}): Promise<void> {
  await bench?.close();
  drill = await DrillBench.open(options);
  ({ bench, token, arn } = drill);
}
beforeEach(() => reopen());
afterEach(() => bench.close());

/** Operations called from now on, in order. */
function callsFromNow(): () => readonly string[] {
  const begun = bench.sandbox.calls.length;
  return () => bench.sandbox.calls.slice(begun).map((call) => call.operation);
}

describe('AWS', () => {
  test('a device that is listed some seconds late is waited for', async () => {
    let listings = 0;
    await reopen({
      wrapAws: (aws) => ({
        ...aws,
        devicesOf: async (user) => {
          const devices = await aws.devicesOf(user);
          return devices.length > 0 && listings++ === 1 ? [] : devices;
        },
      }),
    });
    listings = 1;
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(listings).toBeGreaterThan(2);
  });

  test('an answer lost after the effect: the pair was taken, and two new codes settle it', async () => {
    drill.failResync('dropped-after');
    const { exitCode, events } = await bench.runJson(...PROVE);
    expect(exitCode).toBe(0);
    expect(events).toContainEqual({ event: 'codes-refused', mayBeTaken: true, pairsLeft: 2 });
    expect(drill.asked).toEqual(['code', 'next-code', 'code', 'next-code']);
    expect((await drill.evidence()).ceremony).toBe('prove');
    expect(await drill.signsIn()).toBe(true);
  });

  test('a code that went into a lost answer is not taken again', async () => {
    drill.failResync('dropped-after');
    let previous = '';
    bench.answer = () => {
      if (bench.questions.length !== 3) {
        previous = token.readCode();
      }
      return previous;
    };
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(drill.asked).toEqual(['code', 'next-code', 'code', 'code', 'next-code']);
    expect(drill.resyncs).toBe(3);
  });

  test('an answer lost before the effect: the same pair goes through', async () => {
    drill.failResync('dropped-before');
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(drill.asked).toEqual(['code', 'next-code']);
  });

  test('no answer at all: the drill stays open, and resume finishes it with newer codes', async () => {
    drill.failResync('dropped-after', ...new Array(8).fill('dropped-before'));
    expect(await bench.runJson(...PROVE)).toMatchObject({ exitCode: 1, code: 'aws/no-answer' });
    expect(bench.journals.files.size).toBe(1);
    bench.sandbox.faults = undefined;
    drill.layOn();
    bench.questions.length = 0;
    const { exitCode, people } = await bench.run('resume');
    expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
    expect(drill.asked.slice(0, 2)).toEqual(['code', 'next-code']);
    expect(bench.journals.files.size).toBe(0);
    expect((await drill.evidence()).ceremony).toBe('prove');
  });

  test('answers lost each time are not taken for a wrong seed', async () => {
    drill.failResync('dropped-after', undefined, 'dropped-after', undefined, 'dropped-after');
    expect(await bench.runJson(...PROVE)).toMatchObject({ exitCode: 1, code: 'aws/no-answer' });
    expect(bench.journals.files.size).toBe(1);
  });

  test.each([
    ['Throttling', 'aws/throttled'],
    ['ServiceFailure', 'aws/failed'],
  ])('%s, after all attempts: fails with the way on, and the next run finishes it', async (fault, code) => {
    let isDown = true;
    await reopen({
      wrapAws: (aws) => ({
        ...aws,
        resyncDevice: async (...call) => {
          if (isDown) {
            throw new AwsFault('iam:ResyncMFADevice', fault, 'not now');
          }
          await aws.resyncDevice(...call);
        },
      }),
    });
    const first = await bench.runJson(...PROVE);
    expect(first).toMatchObject({ exitCode: 1, code });
    expect(first.hints.join()).toContain('`mfa-runbook prove alice.breakglass --slot primary');
    isDown = false;
    drill.layOn();
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(bench.journals.files.size).toBe(0);
    expect(bench.evidence).toHaveLength(2);
  });

  test('access denied: says which action, and that nothing was changed', async () => {
    drill.failResync('access-denied');
    expect(await drill.refused(...PROVE)).toMatchObject({ exitCode: 1, code: 'aws/denied' });
  });

  test('busy with the same user: is waited for', async () => {
    const busy: Fault = { refuse: { code: 'ConcurrentModification', status: 409 } };
    drill.failResync(busy, busy);
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(drill.asked).toEqual(['code', 'next-code']);
  });

  test('a lost answer behind a busy one is still a lost answer', async () => {
    let seen = 0;
    await reopen({
      wrapAws: (aws) => ({
        ...aws,
        resyncDevice: async (...call) => {
          await aws.resyncDevice(...call);
          // Not the one and only attempt: `wasRefused` is not set.
          if (seen++ === 0) {
            throw new AwsFault('iam:ResyncMFADevice', 'ConcurrentModification', 'busy');
          }
        },
      }),
    });
    const { exitCode, events } = await bench.runJson(...PROVE);
    expect(exitCode).toBe(0);
    expect(events).toContainEqual({ event: 'codes-refused', mayBeTaken: true, pairsLeft: 2 });
  });

  test('the device deleted in the meantime: nothing stays open', async () => {
    bench.answer = async ({ name }) => {
      if (name === 'next-code') {
        await bench.admin('iam', 'DeactivateMFADevice', {
          UserName: 'alice.breakglass',
          SerialNumber: arn,
        });
      }
      return token.readCode();
    };
    expect(await bench.runJson(...PROVE)).toMatchObject({ exitCode: 3, code: 'iam/device-gone' });
    expect(bench.journals.files.size).toBe(0);
  });
});

describe('the record', () => {
  test('that stopped declaring the token in the meantime: no evidence, and the state says what was done', async () => {
    bench.answer = async ({ name }) => {
      if (name === 'next-code') {
        await bench.deploy(INVENTORY.replace(ALICE_PRIMARY, '86596220000077'));
      }
      return token.readCode();
    };
    const told = await bench.runJson(...PROVE);
    expect(told).toMatchObject({ exitCode: 3, code: 'record/changed' });
    expect(told.happened).toContain('resynced');
    expect((await drill.evidence()).ceremony).toBe('enroll');
    expect(bench.journals.files.size).toBe(1);
    expect(await bench.runJson('resume')).toMatchObject({ exitCode: 3, code: 'record/changed' });
    expect(bench.journals.files.size).toBe(0);
    expect((await drill.evidence()).ceremony).toBe('enroll');
  });
});

describe('cancelled', () => {
  test.each([
    ['code', []],
    ['next-code', []],
    ['witness', ['--witness', 'Wanda Witt']],
  ] as const)('at the prompt %s: nothing is changed, nothing is left open', async (prompt, options) => {
    bench.answer = ({ name }) => {
      if (name === prompt) {
        return undefined;
      }
      return name === 'witness' ? ALICE_PRIMARY : token.readCode();
    };
    const told = await drill.refused(...PROVE, ...options);
    expect(told).toMatchObject({ exitCode: 130, code: 'cancelled' });
    expect(told.hints.join()).toContain('`mfa-runbook prove alice.breakglass --slot primary');
    expect(drill.asked).toContain(prompt);
    expect(drill.resyncs).toBe(0);
  });

  test('after a refused pair: nothing is changed, nothing is left open', async () => {
    bench.answer = () => (bench.questions.length <= 2 ? String(bench.questions.length).repeat(6) : undefined);
    const { exitCode } = await drill.refused(...PROVE);
    expect(exitCode).toBe(130);
    expect(drill.asked).toEqual(['code', 'next-code', 'code']);
  });

  test('by Ctrl-C while the token is waited for', async () => {
    bench.readers.pull();
    bench.onEvent = ({ step }) => {
      if (step === 'listed') {
        setImmediate(() => bench.stop.abort(new Error('interrupted')));
      }
    };
    expect(await drill.refused(...PROVE)).toMatchObject({ exitCode: 130, code: 'cancelled' });
    expect(drill.asked).toEqual([]);
  });

  test('after a lost answer: the state says so, and resume finishes it', async () => {
    let seen = 0;
    bench.sandbox.faults = ({ operation }) =>
      operation === 'ResyncMFADevice' && seen++ === 0 ? 'dropped-after' : undefined;
    bench.answer = () => (bench.questions.length <= 2 ? token.readCode() : undefined);
    const told = await bench.runJson(...PROVE);
    expect(told).toMatchObject({ exitCode: 130, code: 'cancelled' });
    expect(told.hints.join()).toContain('`mfa-runbook prove alice.breakglass --slot primary');
    expect(bench.journals.files.size).toBe(1);
    bench.sandbox.faults = undefined;
    bench.answer = () => token.readCode();
    drill.layOn();
    const resumed = await bench.run('resume');
    expect({ people: resumed.people, exitCode: resumed.exitCode }).toMatchObject({ exitCode: 0 });
    expect(bench.journals.files.size).toBe(0);
  });
});

describe('evidence that cannot be written', () => {
  test('leaves the drill open; the next run completes it without codes, under the same id', async () => {
    bench.sandbox.faults = ({ operation }) => (operation === 'PutParameter' ? 'access-denied' : undefined);
    bench.answer = ({ name }) => (name === 'witness' ? ALICE_PRIMARY : token.readCode());
    const first = await bench.runJson(...PROVE, '--witness', 'Wanda Witt');
    expect(first).toMatchObject({ exitCode: 1, code: 'evidence/not-written' });
    expect((await drill.evidence()).ceremony).toBe('enroll');
    const [open] = await bench.journals.list('break-glass');
    bench.sandbox.faults = undefined;
    bench.questions.length = 0;
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(drill.asked).toEqual([]);
    expect(await drill.evidence()).toMatchObject({
      id: open?.journal?.id,
      ceremony: 'prove',
      witness: 'Wanda Witt',
      tokenModel: 'OTPC-P2-i',
    });
    expect(bench.evidence.filter(({ ceremony }) => ceremony === 'prove')).toHaveLength(1);
  });
});

describe('a process that dies', () => {
  /** Begin and done of two effects, and the removal. */
  const WRITES = 5;
  const POINTS = (['before', 'after'] as const).flatMap((when) =>
    Array.from({ length: WRITES }, (_, nth) => [nth, when] as const),
  );

  test.each(POINTS)('at journal write %i, %s it is durable: resume completes it once', async (nth, when) => {
    expect(await killCommand(bench, atWrite(nth, when), ...PROVE)).toBe(true);
    drill.layOn();
    const [journal] = (await bench.journals.list('break-glass')).map((entry) => entry.journal);
    const resumed = await bench.run('resume');
    expect({ people: resumed.people, exitCode: resumed.exitCode }).toMatchObject({ exitCode: 0 });
    expect(bench.journals.files.size).toBe(0);
    const proven = bench.evidence.filter(({ ceremony }) => ceremony === 'prove');
    if (journal === undefined) {
      // Before the first write nothing was begun; after the last everything was done.
      expect([
        [0, 'before'],
        [WRITES - 1, 'after'],
      ]).toContainEqual([nth, when]);
      expect(proven).toHaveLength(nth === 0 ? 0 : 1);
    } else {
      expect(proven.map(({ id }) => id)).toEqual([journal.id]);
      expect(await drill.evidence()).toMatchObject({ id: journal.id, ceremony: 'prove' });
    }
    const calls = callsFromNow();
    expect((await bench.run('resume')).exitCode).toBe(0);
    expect(calls()).toEqual([]);
  });

  test('there are no more journal writes than those', async () => {
    expect(await killCommand(bench, atWrite(WRITES, 'before'), ...PROVE)).toBe(false);
  });

  test('its journal holds no code', async () => {
    const typed: string[] = [];
    bench.answer = () => {
      typed.push(token.readCode());
      return typed.at(-1);
    };
    expect(await killCommand(bench, atWrite(1, 'after'), ...PROVE)).toBe(true);
    const text = [...bench.journals.files.values()].join('');
    expect(text).toContain('"resync"');
    expect(typed).toHaveLength(2);
    for (const code of typed) {
      expect(text).not.toContain(`"${code}"`);
    }
  });

  test('and is resumed an hour later is drilled again: evidence is not dated by the resume', async () => {
    expect(await killCommand(bench, atWrite(1, 'after'), ...PROVE)).toBe(true);
    bench.clock.advance(2 * 3_600_000);
    drill.layOn();
    bench.questions.length = 0;
    expect((await bench.run('resume')).exitCode).toBe(0);
    expect(drill.asked).toEqual(['code', 'next-code']);
  });

  test('and whose resume is cancelled stays open, and says what is not known', async () => {
    expect(await killCommand(bench, atWrite(0, 'after'), ...PROVE)).toBe(true);
    bench.answer = () => undefined;
    drill.layOn();
    expect(await bench.runJson('resume')).toMatchObject({ exitCode: 130, code: 'cancelled' });
    expect(bench.journals.files.size).toBe(1);
  });

  test('and whose token turns out to be the wrong one is over: it can be replaced', async () => {
    expect(await killCommand(bench, atWrite(0, 'after'), ...PROVE)).toBe(true);
    const other = bench.token('86596220000009', { seed: new Uint8Array(40).fill(7) });
    bench.answer = () => other.readCode();
    drill.layOn();
    expect(await bench.runJson('resume')).toMatchObject({ exitCode: 3, code: 'iam/codes-rejected' });
    expect(bench.journals.files.size).toBe(0);
  });

  test('does not keep a lost device from being enrolled or replaced', async () => {
    expect(await killCommand(bench, atWrite(0, 'after'), ...PROVE)).toBe(true);
    await bench.admin('iam', 'DeactivateMFADevice', { UserName: 'alice.breakglass', SerialNumber: arn });
    expect(await bench.runJson('resume')).toMatchObject({ exitCode: 3, code: 'iam/not-enrolled' });
    expect(bench.journals.files.size).toBe(0);
  });
});
