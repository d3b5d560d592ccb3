/** A drill on an enrolled token: what it proves, what it corrects, and what it refuses. */
import { ALICE_PRIMARY, type Bench } from '../../support/bench';
import { findSeed } from '../../support/seed-forms';
import type { VirtualToken2Single } from '../../tokens/token2-single';
import { DrillBench, type DrillBenchOptions } from './drill-bench';

const PROVE = ['prove', 'alice.breakglass', '--slot', 'primary'] as const;
const DAY_MS = 86_400_000;

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

describe('a token that works', () => {
  test('is proven by its serial and two codes, and evidence is renewed', async () => {
    const before = await drill.evidence();
    const { exitCode, data, people } = await bench.run(...PROVE);
    expect({ exitCode, data, people }).toMatchObject({ exitCode: 0, data: `${arn}\n` });
    expect(drill.asked).toEqual(['code', 'next-code']);
    expect(await drill.evidence()).toMatchObject({
      ceremony: 'prove',
      tokenSerial: ALICE_PRIMARY,
      tokenModel: 'OTPC-P2-i',
      deviceArn: arn,
      by: 'arn:aws:iam::123456789012:user/platform-admin',
      generation: before.generation,
      checks: ['record', 'clock', 'listed', 'serial', 'codes:by-aws'],
      log: { line: 3 },
    });
    expect(Math.abs(Number((await drill.evidence()).clockOffsetSeconds))).toBeLessThanOrEqual(1);
    expect((await drill.evidence()).id).not.toBe(before.id);
    expect(bench.evidence.map(({ ceremony }) => ceremony)).toEqual(['enroll', 'prove']);
    expect(bench.journals.files.size).toBe(0);
  });

  test('keeps device and seed, and nothing is written to it', async () => {
    const [devices, received] = [await bench.devices(), token.received.length];
    await bench.run(...PROVE);
    expect(await bench.devices()).toEqual(devices);
    expect(token.received.slice(received)).toEqual(['8041000002']);
    expect(token.holds(bench.seeds[0] ?? new Uint8Array())).toBe(true);
    expect(bench.seeds).toHaveLength(1);
    expect(await drill.signsIn()).toBe(true);
  });

  test('costs six calls, one of which changes IAM', async () => {
    const calls = callsFromNow();
    await bench.run(...PROVE);
    expect(calls()).toEqual([
      'GetCallerIdentity',
      'GetParametersByPath',
      'ListMFADevices',
      'ResyncMFADevice',
      'GetParameter',
      'PutParameter',
    ]);
  });

  test('is proven again and again, each time with evidence of its own', async () => {
    for (let day = 0; day < 2; day++) {
      expect((await bench.run(...PROVE)).exitCode).toBe(0);
      bench.clock.advance(DAY_MS);
      drill.layOn();
    }
    expect(new Set(bench.evidence.map(({ id }) => id)).size).toBe(3);
  });

  test('shows its seed nowhere', async () => {
    const { people, data } = await bench.run(...PROVE, '--json', '--verbose', '--trace-apdu');
    const [seed] = bench.seeds;
    expect(people).toContain('8041000002');
    expect(data).toContain('"proven"');
    for (const text of [people, data, bench.log, JSON.stringify(await drill.evidence())]) {
      expect(findSeed(text, seed ?? new Uint8Array())).toBeUndefined();
    }
    expect(seed?.length).toBe(40);
  });

  test('has a second person type its serial with --witness', async () => {
    let shown = '';
    let shownToWitness: string | undefined;
    bench.onPeople = (text) => {
      shown += text;
    };
    bench.answer = ({ name, message }) => {
      if (name === 'witness') {
        shownToWitness = shown + message;
      }
      return name === 'witness' ? '8659 6220 0000 01' : token.readCode();
    };
    expect((await bench.run(...PROVE, '--witness', 'Wanda Witt')).exitCode).toBe(0);
    expect(drill.asked).toEqual(['witness', 'code', 'next-code']);
    expect(shownToWitness).toContain('prove alice.breakglass primary');
    expect(shownToWitness).not.toContain(ALICE_PRIMARY);
    expect(shown).toContain(ALICE_PRIMARY);
    expect(await drill.evidence()).toMatchObject({ ceremony: 'prove', witness: 'Wanda Witt' });
  });

  test('is asked for another code when the same is typed twice', async () => {
    const typed: string[] = [];
    bench.answer = () => {
      typed.push(typed.length === 1 ? (typed[0] ?? '') : token.readCode());
      return typed.at(-1);
    };
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(new Set(typed).size).toBe(2);
    expect(typed).toHaveLength(3);
  });
});

describe('a token whose clock ran off', () => {
  test('is found by AWS, and its codes sign in afterwards', async () => {
    await reopen({ driftSeconds: -95 });
    expect(await drill.signsIn()).toBe(false);
    drill.layOn();
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(Number((await drill.evidence()).clockOffsetSeconds)).toBeLessThanOrEqual(-94);
    expect(await drill.signsIn()).toBe(true);
  });

  test('gives its next code when its own clock, not ours, begins a step', async () => {
    await reopen({ driftSeconds: -15 });
    const shown: string[] = [];
    bench.answer = () => {
      shown.push(token.readCode());
      return shown.at(-1);
    };
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(shown).toHaveLength(2);
    expect(new Set(shown).size).toBe(2);
  });

  test('by seven hours is still found', async () => {
    await reopen({ driftSeconds: 25_200 });
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(await drill.signsIn()).toBe(true);
  });
});

describe('codes that are not of now', () => {
  test('a first code that took minutes is asked for again', async () => {
    bench.answer = () => {
      const code = token.readCode();
      if (bench.questions.length === 1) {
        bench.clock.advance(300_000);
      }
      return code;
    };
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(drill.asked).toEqual(['code', 'code', 'next-code']);
    expect(await drill.signsIn()).toBe(true);
  });

  test('a second code that took minutes has both asked for again', async () => {
    bench.answer = () => {
      const code = token.readCode();
      if (bench.questions.length === 2) {
        bench.clock.advance(300_000);
      }
      return code;
    };
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(drill.asked).toEqual(['code', 'next-code', 'code', 'next-code']);
    expect(drill.resyncs).toBe(1);
    expect(await drill.signsIn()).toBe(true);
  });

  test('a first code that changed while it was typed is asked for again', async () => {
    bench.answer = () => {
      const code = token.readCode();
      // To one second after the display changed.
      if (bench.questions.length === 1) {
        bench.clock.advance(31_000 - (bench.clock.now() % 30_000));
      }
      return code;
    };
    expect((await bench.run(...PROVE)).exitCode).toBe(0);
    expect(drill.asked).toEqual(['code', 'code', 'next-code']);
    expect(drill.resyncs).toBe(1);
  });

  test('a mistyped pair is asked for again', async () => {
    let asked = 0;
    bench.answer = () => (asked++ < 2 ? String(asked).repeat(6) : token.readCode());
    const { exitCode, events } = await bench.runJson(...PROVE);
    expect(exitCode).toBe(0);
    expect(events).toContainEqual({ event: 'codes-refused', mayBeTaken: false, pairsLeft: 2 });
    expect(drill.asked).toEqual(['code', 'next-code', 'code', 'next-code']);
    expect((await drill.evidence()).ceremony).toBe('prove');
  });
});

describe('a token that leaves the reader while it is read', () => {
  test('is waited for, and read again', async () => {
    token.fail({ pull: { at: 1, effect: 'lost' } });
    const again = setInterval(() => {
      if (token.received.filter((header) => header === '8041000002').length < 3) {
        return;
      }
      clearInterval(again);
      token.fail({});
      drill.layOn();
    }, 0);
    const { exitCode } = await bench.run(...PROVE);
    clearInterval(again);
    expect(exitCode).toBe(0);
    expect((await drill.evidence()).ceremony).toBe('prove');
  });

  test('and answers no more ends the drill', async () => {
    token.fail({ muteAt: 1 });
    expect(await drill.refused(...PROVE)).toMatchObject({ exitCode: 1, code: 'token/gone' });
  });
});
