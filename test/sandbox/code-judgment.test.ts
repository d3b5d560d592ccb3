import { inspect } from 'node:util';
import {
  type CodeOf,
  judgePair,
  judgeSessionCode,
  type Synchronization,
  stepAt,
  verificationWindowAt,
} from './code-judgment';
import { DeviceCodes } from './device-codes';
import { TokenCodes } from './test-clients';

const step = 60_000_000;
const now = step * 30_000 + 12_345;
/** An unmistakable code: the counter itself. */
const codeOf: CodeOf = (counter) => `code-${counter}`;
const fresh: Synchronization = { offsetSteps: 0, lastPairCounter: undefined };

function pair(before: Synchronization, first: number, second: number) {
  return judgePair(codeOf, before, codeOf(step + first), codeOf(step + second), now);
}

describe('a pair of a fresh device', () => {
  test.each([
    ['the two newest codes', -1, 0, 0],
    ['two codes typed as they came', 0, 1, 1],
    ['a pair eight hours stale: the edge', -999, -998, -998],
    ['a pair eight hours ahead: the edge', 999, 1000, 1000],
  ])('is accepted: %s', (_, first, second, offsetSteps) => {
    expect(pair(fresh, first, second)).toEqual({
      accepted: true,
      now: { offsetSteps, lastPairCounter: step + second },
    });
  });

  test.each([
    ['one step beyond the stale edge', -1000, -999],
    ['one step beyond the future edge', 1000, 1001],
    ['reversed', 0, -1],
    ['the same code twice', 0, 0],
    ['not consecutive', -2, 0],
  ])('is refused: %s', (_, first, second) => {
    expect(pair(fresh, first, second)).toEqual({ accepted: false });
  });
});

describe('a pair after an accepted one', () => {
  const after: Synchronization = { offsetSteps: 0, lastPairCounter: step };

  test.each([
    ['the same pair again', -1, 0, false],
    ['overlapping in the second code', 0, 1, false],
    ['both newer', 1, 2, true],
  ])('%s', (_, first, second, accepted) => {
    expect(pair(after, first, second).accepted).toBe(accepted);
  });
});

test.each([
  ['the far edge moves with the adjustment', 1010, true],
  ['and ends there', 1011, false],
  ['the near edge too', -988, true],
  ['and begins there', -989, false],
])('the window of a pair is around the adjusted time, not around ours: %s', (_, second, accepted) => {
  const adjusted: Synchronization = { offsetSteps: 10, lastPairCounter: undefined };
  expect(pair(adjusted, second - 1, second).accepted).toBe(accepted);
});

describe('a code for STS', () => {
  function judge(counter: number, offsetSteps = 0, used: readonly number[] = []) {
    return judgeSessionCode(
      codeOf,
      offsetSteps,
      new Set(used.map((each) => step + each)),
      codeOf(step + counter),
      now,
    );
  }

  test.each([-2, -1, 0, 1, 2])('is accepted %i steps from the device-adjusted time', (distance) => {
    expect(judge(distance)).toEqual({ accepted: true, counter: step + distance });
    expect(judge(distance + 40, 40)).toEqual({ accepted: true, counter: step + distance + 40 });
  });

  test.each([-3, 3])('is refused %i steps from it', (distance) => {
    expect(judge(distance)).toEqual({ accepted: false });
    expect(judge(distance + 40, 40)).toEqual({ accepted: false });
  });

  test('is accepted once, and an older unused one still after it', () => {
    expect(judge(1, 0, [1])).toEqual({ accepted: false });
    expect(judge(0, 0, [1])).toEqual({ accepted: true, counter: step });
  });
});

test('at the beginning of 1970 no code of before is asked for', () => {
  const asked: number[] = [];
  const noting: CodeOf = (counter) => {
    asked.push(counter);
    return codeOf(counter);
  };
  expect(judgePair(noting, fresh, 'none', codeOf(1), 0)).toEqual({ accepted: false });
  expect(judgeSessionCode(noting, 0, new Set(), 'none', 0)).toEqual({ accepted: false });
  expect(asked).toContain(0);
  expect(Math.min(...asked)).toBe(0);
});

test('a step is thirty seconds and a verification window three minutes of UTC', () => {
  expect([stepAt(0), stepAt(29_999), stepAt(30_000)]).toEqual([0, 0, 1]);
  const ninePast = Date.UTC(2026, 0, 1, 12, 9);
  expect(verificationWindowAt(ninePast - 1)).toBe(verificationWindowAt(ninePast) - 1);
  expect(verificationWindowAt(ninePast + 179_999)).toBe(verificationWindowAt(ninePast));
});

describe("a device's codes", () => {
  test('are those of any TOTP implementation given its 64 Base32 characters', () => {
    const { codes, base32 } = DeviceCodes.create();
    expect(base32).toMatch(/^[A-Z2-7]{64}$/);
    const token = new TokenCodes(base32);
    for (const instant of [
      59_000, 1_111_111_109_000, 1_234_567_890_000, 2_000_000_000_000, 20_000_000_000_000,
    ]) {
      expect(codes.codeOf(stepAt(instant))).toBe(token.at(instant));
    }
  });

  test('forget used counters only when no window can reach back to them', () => {
    const { codes } = DeviceCodes.create();
    for (let counter = step; counter <= step + 2_500; counter += 1) {
      codes.use(counter);
    }
    expect(codes.usedCounters.has(step + 499)).toBe(false);
    expect(codes.usedCounters.has(step + 500)).toBe(true);
    expect(codes.usedCounters.size).toBe(2_001);
  });

  test('keep their seed to themselves: the array it came in is wiped, and nothing prints it', () => {
    const seed = Uint8Array.from({ length: 40 }, (_, index) => index + 1);
    const { codes, base32 } = DeviceCodes.create(seed);
    expect(base32).toMatch(/^AEBAGBAFAYDQQCIK/);
    expect(seed.every((byte) => byte === 0)).toBe(true);
    for (const printed of [JSON.stringify({ codes }), inspect({ codes }, { depth: 9, showHidden: true })]) {
      expect(printed).toContain('[seed withheld]');
      expect(printed).not.toContain(base32);
    }
    expect(String(codes)).toBe('[object Object]');
  });
});
