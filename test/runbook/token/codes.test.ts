import { Seed } from '../../../runbook/seed';
import { codeFor, counterAt, judgeCode, STEP_SECONDS } from '../../../runbook/token/codes';
import { token2Vectors, vectorSeed } from './vectors';

function seed() {
  return Seed.fromBytes(vectorSeed('aws40'));
}
const NOW = 1_700_000_000;

test.each(token2Vectors.totp)('the seed $seed shows $code at $t', ({ seed: name, t, code }) => {
  expect(codeFor(Seed.fromBytes(vectorSeed(name)), counterAt(t))).toBe(code);
});

test.each([
  [0, 0],
  [29.999, 0],
  [30, 1],
  [59, 1],
  [1_700_000_000, 56_666_666],
])('%d seconds are in step %i', (seconds, counter) => {
  expect(counterAt(seconds)).toBe(counter);
});

test.each([
  { steps: 0, verdict: 'right' },
  { steps: -1, verdict: 'right' },
  { steps: 1, verdict: 'right' },
  { steps: -2, verdict: 'off' },
  { steps: 2, verdict: 'off' },
  { steps: -20, verdict: 'off' },
  { steps: 20, verdict: 'off' },
])('a code $steps steps from now is $verdict', ({ steps, verdict }) => {
  const counter = counterAt(NOW) + steps;
  expect(judgeCode(seed(), codeFor(seed(), counter), NOW)).toEqual({ verdict, counter, steps });
});

test.each([-21, 21])('a code %i steps from now is a stranger', (steps) => {
  const typed = codeFor(seed(), counterAt(NOW) + steps);
  expect(judgeCode(seed(), typed, NOW)).toEqual({ verdict: 'stranger' });
});

test.each(['', '80993', '8099366', 'abcdef', '８09936', ' 809936'])('"%s" is a stranger', (typed) => {
  expect(judgeCode(seed(), '809936', NOW).verdict).toBe('right');
  expect(judgeCode(seed(), typed, NOW)).toEqual({ verdict: 'stranger' });
});

test('a code of another seed is a stranger', () => {
  const other = Seed.fromBytes(vectorSeed('seq40'));
  expect(judgeCode(seed(), codeFor(other, counterAt(NOW)), NOW)).toEqual({ verdict: 'stranger' });
});

test('there are no steps before 1970', () => {
  expect(judgeCode(seed(), codeFor(seed(), 0), 0)).toMatchObject({ verdict: 'right', counter: 0 });
  expect(judgeCode(seed(), '000000', STEP_SECONDS)).toEqual({ verdict: 'stranger' });
});

test('a wiped seed shows no codes', () => {
  const wiped = seed();
  expect(codeFor(wiped, 1)).toBe('440963');
  wiped.wipe();
  expect(() => codeFor(wiped, 1)).toThrow('already wiped');
});
