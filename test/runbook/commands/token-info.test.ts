import { ALICE_PRIMARY, Bench } from '../../support/bench';
import { parseEvents } from '../../support/json-events';
import { badge, fidoKey } from '../../tokens/foreign-cards';
import { VirtualYkOath } from '../../tokens/ykoath';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

test('shows serial, model and clock as data, and calls no AWS', async () => {
  const token = bench.token(ALICE_PRIMARY, { clockOffsetSeconds: -75 });
  bench.readers.lay(token);
  const begun = bench.sandbox.calls.length;
  const { exitCode, data } = await bench.run('token', 'info');
  expect(data).toMatch(/^serial {2}86596220000001\nmodel {3}OTPC-P2-i \(driver token2-single\)\n/);
  expect(data).toMatch(/7[56] s behind this machine/);
  expect(exitCode).toBe(0);
  expect(token.received).toEqual(['8041000002']);
  expect(bench.sandbox.calls.length).toBe(begun);
});

test('prints one event with --json', async () => {
  bench.readers.lay(bench.token(ALICE_PRIMARY));
  const { data } = await bench.run('token', 'info', '--json');
  expect(parseEvents(data).at(-1)).toMatchObject({
    event: 'token',
    serial: ALICE_PRIMARY,
    model: 'OTPC-P2-i',
    driver: 'token2-single',
    clockWipesSeed: true,
  });
});

test('shows a key that has no clock', async () => {
  bench.readers.lay(new VirtualYkOath({ serial: 12345678 }));
  const { exitCode, data } = await bench.run('token', 'info', '--json');
  const event = parseEvents(data).at(-1);
  expect(event).toMatchObject({
    event: 'token',
    serial: '12345678',
    driver: 'ykoath',
    clockWipesSeed: false,
  });
  expect(event).not.toHaveProperty('clock');
  expect(exitCode).toBe(0);
});

test.each([
  ['a badge', badge()],
  ['a security key', fidoKey()],
])('refuses %s, and ends with 1', async (_name, card) => {
  bench.readers.lay(card);
  const { exitCode, data } = await bench.run('token', 'info', '--json');
  expect(parseEvents(data).at(-1)).toMatchObject({ event: 'error', code: 'token/foreign' });
  expect(exitCode).toBe(1);
});

test('gives up after a minute without a token', async () => {
  const { exitCode, data } = await bench.run('token', 'info', '--json');
  expect(parseEvents(data).at(-1)).toMatchObject({ event: 'error', code: 'token/absent' });
  expect(exitCode).toBe(1);
});
