/** Two codes without a reader: for a token whose clock ran off. */
import { ALICE_BACKUP, ALICE_PRIMARY, type Bench } from '../../support/bench';
import { atWrite, killCommand } from '../../support/kill-command';
import { findSeed } from '../../support/seed-forms';
import type { VirtualToken2Single } from '../../tokens/token2-single';
import { VirtualReaders } from '../../tokens/virtual-readers';
import { DrillBench } from './drill-bench';

const RESYNC = ['resync', 'alice.breakglass', '--slot', 'primary'] as const;

let drill: DrillBench;
let bench: Bench;
let token: VirtualToken2Single;
let arn: string;

async function reopen(driftSeconds = 0): Promise<void> {
  await bench?.close();
  drill = await DrillBench.open({ driftSeconds });
  ({ bench, token, arn } = drill);
  // In a safe on the other side of the world.
  bench.readers.pull();
  bench.answer = ({ name }) => (name === 'serial' || name === 'witness' ? ALICE_PRIMARY : token.readCode());
}
beforeEach(() => reopen());
afterEach(() => bench.close());

describe('a token whose clock ran off', () => {
  // Out of step with the minute, so that the countdown cannot know when the display changes.
  test.each([-95, 95, -15, -1_234, 25_000])('by %i s is found again', async (driftSeconds) => {
    await reopen(driftSeconds);
    if (Math.abs(driftSeconds) > 60) {
      expect(await drill.signsIn()).toBe(false);
    }
    const { exitCode, data, people } = await bench.run(...RESYNC);
    expect({ exitCode, data, people }).toMatchObject({ exitCode: 0, data: `${arn}\n` });
    expect(await drill.signsIn()).toBe(true);
  });

  test('at any moment of its step: the two codes typed are two in a row', async () => {
    for (let second = 0; second < 30; second += 3) {
      bench.clock.advance(30_000);
      drill.advanceToSecond(second);
      bench.questions.length = 0;
      const begun = drill.resyncs;
      expect((await bench.run(...RESYNC)).exitCode).toBe(0);
      expect({ second, resyncs: drill.resyncs - begun }).toEqual({ second, resyncs: 1 });
      // The serial, two codes, and one of them a second time at the most.
      expect(drill.asked.length).toBeLessThanOrEqual(4);
    }
  });
});

test.each([
  ['resync', [...RESYNC]],
  ['prove', ['prove', 'alice.breakglass', '--slot', 'primary']],
])('%s at once after it costs no pair: the codes that AWS was given are known', async (_name, next) => {
  for (let second = 0; second < 30; second += 7) {
    drill.advanceToSecond(second);
    expect((await bench.run(...RESYNC)).exitCode).toBe(0);
    bench.readers.lay(token);
    const begun = drill.resyncs;
    const { exitCode, people } = await bench.run(...next);
    expect({ exitCode, people, resyncs: drill.resyncs - begun }).toMatchObject({ exitCode: 0, resyncs: 1 });
    bench.readers.pull();
  }
  const refused = bench.sandbox.calls.filter(
    ({ operation, errorCode }) => operation === 'ResyncMFADevice' && errorCode !== undefined,
  );
  expect(refused).toEqual([]);
});

test('renews the operator session before it asks for codes, not between the two', async () => {
  const order: string[] = [];
  await bench.close();
  drill = await DrillBench.open({
    wrapAws: (aws) => ({
      ...aws,
      renewSession: async () => {
        order.push('renew');
      },
    }),
  });
  ({ bench, token, arn } = drill);
  order.length = 0;
  bench.answer = ({ name }) => {
    order.push(name);
    return name === 'serial' ? ALICE_PRIMARY : token.readCode();
  };
  expect((await bench.run(...RESYNC)).exitCode).toBe(0);
  expect(order.filter((each) => each !== 'serial').slice(0, 2)).toEqual(['renew', 'code']);
  expect(order.filter((each) => each === 'renew')).toHaveLength(1);
});

test('no reader and no token on it is needed, and the token is never written', async () => {
  const received = token.received.length;
  const card = jest.spyOn(VirtualReaders.prototype, 'card');
  expect((await bench.run(...RESYNC)).exitCode).toBe(0);
  expect(card).not.toHaveBeenCalled();
  card.mockRestore();
  expect(token.received).toHaveLength(received);
  expect(token.holds(bench.seeds[0] ?? new Uint8Array())).toBe(true);
});

test('evidence says what was checked, and no more', async () => {
  const before = await drill.evidence();
  await bench.run(...RESYNC, '--witness', 'Wanda Witt');
  const after = await drill.evidence();
  expect(after).toMatchObject({
    ceremony: 'resync',
    tokenSerial: ALICE_PRIMARY,
    deviceArn: arn,
    witness: 'Wanda Witt',
    checks: ['record', 'clock', 'listed', 'serial:typed', 'codes:by-aws'],
  });
  expect(after).not.toHaveProperty('tokenModel');
  expect(after).not.toHaveProperty('clockOffsetSeconds');
  expect(after.id).not.toBe(before.id);
  expect(bench.evidence.map(({ ceremony }) => ceremony)).toEqual(['enroll', 'resync']);
});

test('the seed shows nowhere', async () => {
  const { people, data } = await bench.run(...RESYNC, '--json', '--verbose');
  const [seed] = bench.seeds;
  expect(data).toContain('"resynced"');
  expect(seed?.length).toBe(40);
  for (const text of [people, data, bench.log]) {
    expect(findSeed(text, seed ?? new Uint8Array())).toBeUndefined();
  }
});

describe('the serial', () => {
  test('is asked for without showing which one is expected', async () => {
    let shown = '';
    let shownAtQuestion: string | undefined;
    bench.onPeople = (text) => {
      shown += text;
    };
    bench.answer = ({ name, message }) => {
      if (name === 'serial') {
        shownAtQuestion = shown + message;
      }
      return name === 'serial' ? '8659 6220 0000 01' : token.readCode();
    };
    expect((await bench.run(...RESYNC)).exitCode).toBe(0);
    expect(shownAtQuestion).toContain('alice.breakglass primary (HQ fireproof safe)');
    expect(shownAtQuestion).not.toContain(ALICE_PRIMARY);
    expect(shown).toContain(ALICE_PRIMARY);
  });

  test('may be mistyped twice', async () => {
    const typed = [ALICE_BACKUP, '86596220000010', ALICE_PRIMARY];
    bench.answer = ({ name }) => (name === 'serial' ? typed.shift() : token.readCode());
    const { exitCode, events } = await bench.runJson(...RESYNC);
    expect(exitCode).toBe(0);
    expect(events.filter(({ event }) => event === 'serial-refused')).toEqual([
      { event: 'serial-refused', typed: ALICE_BACKUP, triesLeft: 2 },
      { event: 'serial-refused', typed: '86596220000010', triesLeft: 1 },
    ]);
  });

  test('typed wrong three times ends it, without the right one being shown', async () => {
    bench.answer = ({ name }) => (name === 'serial' ? ALICE_BACKUP : token.readCode());
    const told = await drill.refused(...RESYNC);
    expect(told).toMatchObject({ exitCode: 3, code: 'token/wrong-serial' });
    expect(told.data).toContain(ALICE_BACKUP);
    expect(told.data).not.toContain(ALICE_PRIMARY);
    expect(drill.asked).toEqual(['serial', 'serial', 'serial']);
    expect(drill.resyncs).toBe(0);
  });
});

test('an answer lost after the effect is settled by two new codes', async () => {
  drill.failResync('dropped-after');
  const { exitCode, events } = await bench.runJson(...RESYNC);
  expect(exitCode).toBe(0);
  expect(events).toContainEqual({ event: 'codes-refused', mayBeTaken: true, pairsLeft: 2 });
  expect(drill.asked.filter((name) => name === 'code').length).toBeGreaterThanOrEqual(2);
});

test.each([
  ['serial', []],
  ['witness', ['--witness', 'Wanda Witt']],
  ['code', []],
  ['next-code', []],
] as const)('cancelled at the prompt %s changes nothing and leaves nothing open', async (prompt, options) => {
  bench.answer = ({ name }) => {
    if (name === prompt) {
      return undefined;
    }
    return name === 'code' ? token.readCode() : ALICE_PRIMARY;
  };
  const told = await drill.refused(...RESYNC, ...options);
  expect(told).toMatchObject({ exitCode: 130, code: 'cancelled' });
  expect(told.hints.join()).toContain('`mfa-runbook resync alice.breakglass --slot primary');
  expect(drill.asked.at(-1)).toBe(prompt);
  expect(drill.resyncs).toBe(0);
});

test('cut off while AWS was asked, it is finished by resume under the same id', async () => {
  expect(await killCommand(bench, atWrite(0, 'after'), ...RESYNC)).toBe(true);
  const [open] = await bench.journals.list('break-glass');
  const { exitCode, people } = await bench.run('resume');
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect(await drill.evidence()).toMatchObject({ id: open?.journal?.id, ceremony: 'resync' });
  expect(bench.journals.files.size).toBe(0);
});
