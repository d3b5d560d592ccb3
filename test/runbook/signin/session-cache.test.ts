import fc from 'fast-check';
import { cachePath, formatCached, isFresh, parseCached } from '../../../runbook/signin/session-cache';

const KEY = {
  accessKeyId: 'AKIA1',
  role: undefined,
  deviceArn: 'arn:aws:iam::123456789012:mfa/token',
  durationSeconds: 43_200,
};

const CREDENTIALS = {
  accessKeyId: 'ASIA1',
  secretAccessKey: 's',
  sessionToken: 't',
  expiresAt: new Date('2026-11-22T12:00:00Z'),
};

test('whatever a session is asked for with has a file of its own, whose name tells nothing', () => {
  const role = { arn: 'arn:aws:iam::123456789012:role/r', externalId: undefined, sessionName: undefined };
  const others = [
    {},
    { accessKeyId: 'AKIA2' },
    { role },
    { role: { ...role, externalId: 'x' } },
    { role: { ...role, sessionName: 'x' } },
    { deviceArn: undefined },
    { durationSeconds: 900 },
  ];
  const paths = others.map((other) => cachePath('/cache', { ...KEY, ...other }));
  expect(new Set(paths).size).toBe(others.length);
  expect(cachePath('/cache', { ...KEY })).toBe(paths[0]);
  for (const path of paths) {
    expect(path).toMatch(/^\/cache\/sessions\/[0-9a-f]{40}\.json$/);
  }
});

test('what is kept reads back, and no part of it reads as a session', () => {
  const text = formatCached(CREDENTIALS);
  expect(parseCached(text)).toEqual(CREDENTIALS);
  fc.assert(
    fc.property(fc.nat(text.trimEnd().length - 1), (length) => {
      expect(parseCached(text.slice(0, length))).toBeUndefined();
    }),
  );
});

test.each([
  ['null'],
  ['[]'],
  ['{}'],
  ['"x"'],
  [formatCached(CREDENTIALS).replace('"schema":1', '"schema":2')],
])('%s is no cached session', (text) => {
  expect(parseCached(text)).toBeUndefined();
});

test.each([
  [300_000, true],
  [299_999, false],
  [-1, false],
])('with %i ms to go it is handed out: %s', (remaining, fresh) => {
  expect(isFresh(CREDENTIALS, CREDENTIALS.expiresAt.getTime() - remaining)).toBe(fresh);
});
