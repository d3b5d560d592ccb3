import fc from 'fast-check';
import {
  CHAINED_LIMITS,
  checkDuration,
  formatDuration,
  ROLE_LIMITS,
  readDuration,
  SESSION_LIMITS,
} from '../../../runbook/signin/duration';

const ANY = { what: 'anything', least: 0, most: 1_000_000 };

test.each([
  ['900', 900],
  ['900s', 900],
  ['15m', 900],
  ['12h', 43_200],
  ['1h30m', 5_400],
  ['1h30m5s', 5_405],
  ['90m', 5_400],
  ['0', 0],
])('"%s" is %i seconds', (text, seconds) => {
  expect(readDuration(text, ANY)).toBe(seconds);
});

test.each([[''], ['h'], ['1.5h'], ['-900'], ['30m1h'], ['1d'], ['12 h'], ['12H'], ['1h1h'], ['99999999']])(
  '"%s" is no duration',
  (text) => {
    expect(() => readDuration(text, ANY)).toThrow(`"${text}" is not a duration`);
  },
);

test('what is formatted parses back, and is the shortest', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200_000 }), (seconds) => {
      expect(readDuration(formatDuration(seconds), ANY)).toBe(seconds);
    }),
  );
  expect([43_200, 5_400, 900, 901, 0].map(formatDuration)).toEqual(['12h', '1h30m', '15m', '15m1s', '0s']);
});

test.each([
  [SESSION_LIMITS, 899, 900, 129_600, 129_601],
  [ROLE_LIMITS, 899, 900, 43_200, 43_201],
  [CHAINED_LIMITS, 899, 900, 3_600, 3_601],
])('the limits of $what are what AWS documents', (limits, under, least, most, over) => {
  for (const seconds of [least, most]) {
    expect(() => checkDuration(seconds, limits)).not.toThrow();
  }
  expect(() => checkDuration(under, limits)).toThrow('too short');
  expect(() => checkDuration(over, limits)).toThrow('too long');
});
