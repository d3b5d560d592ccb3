import { clockOffset } from '../../../runbook/aws/sts';

const DATE = 'Sun, 22 Nov 2026 10:00:00 GMT';
const REMOTE = Date.parse(DATE);

test.each([
  ['the same second', REMOTE + 100, REMOTE + 300, 0],
  ['the end of that second', REMOTE + 900, REMOTE + 990, 0],
  ['a slow answer that spans it', REMOTE - 4_000, REMOTE + 2_000, 0],
  ['ahead by a minute', REMOTE + 61_000, REMOTE + 61_200, 60_000],
  ['behind by a minute', REMOTE - 60_200, REMOTE - 60_000, -60_000],
])('%s', (_name, sent, answered, offset) => {
  expect(clockOffset(sent, answered, DATE)).toBe(offset);
});

test.each([undefined, 'yesterday'])('knows nothing from the header %s', (header) => {
  expect(clockOffset(REMOTE, REMOTE, header)).toBeUndefined();
});
