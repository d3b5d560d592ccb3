import { cancelled } from '../../../runbook/runbook-error';
import { ALICE_PRIMARY, Bench } from '../../support/bench';
import { parseEvents } from '../../support/json-events';
import { badge, fidoKey } from '../../tokens/foreign-cards';
import { VirtualMolto2 } from '../../tokens/token2-molto2';
import { VirtualReaders } from '../../tokens/virtual-readers';
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

test('waits for a reader that was unplugged, and goes on when it is plugged in again', async () => {
  const [reader = ''] = await bench.readers.list();
  const token = bench.token(ALICE_PRIMARY);
  let isPlugged = true;
  bench.onEvent = ({ event }) => {
    if (event === 'waiting' && isPlugged) {
      isPlugged = false;
      setImmediate(() => bench.readers.unplug(reader));
    }
    if (event === 'note') {
      bench.readers.plugIn(reader);
      bench.readers.lay(token);
    }
  };
  const { exitCode, events } = await bench.runJson('token', 'info');
  expect(events.at(-1)).toMatchObject({ event: 'token', serial: ALICE_PRIMARY });
  expect(exitCode).toBe(0);
});

test('Ctrl-C does not wait for a token that does not answer', async () => {
  const never = new Promise<never>(() => undefined);
  await bench.close();
  const readers = new VirtualReaders();
  const card = { reader: 'R', atr: new Uint8Array(), removed: never, transmit: () => never };
  bench = await Bench.open({
    readers: Object.assign(readers, { card: async () => card }),
  });
  bench.onEvent = () => setImmediate(() => bench.stop.abort(cancelled()));
  const { exitCode, code } = await bench.runJson('token', 'info');
  expect({ exitCode, code }).toEqual({ exitCode: 130, code: 'cancelled' });
});

test.each([
  ['for ever more', () => Uint8Array.of(0x61, 0xff)],
  ['with nothing but a length', () => Uint8Array.of(0x6c, 0x00)],
])('a card that answers %s is refused', async (_, receive) => {
  bench.readers.lay({ ...badge(), enterField() {}, leaveField() {}, receive });
  const { exitCode, code } = await bench.runJson('token', 'info');
  expect({ exitCode, code }).toEqual({ exitCode: 1, code: 'token/foreign' });
});

test('gives up after a minute without a token', async () => {
  const { exitCode, data } = await bench.run('token', 'info', '--json');
  expect(parseEvents(data).at(-1)).toMatchObject({ event: 'error', code: 'token/absent' });
  expect(exitCode).toBe(1);
});

describe('with a fleet', () => {
  const INFO = ['token', 'info', '--fleet', 'break-glass'];

  test('says whose token it is, according to the record and to IAM', async () => {
    bench.layAndAnswer(bench.token(ALICE_PRIMARY));
    await bench.run('enroll', 'alice.breakglass', '--slot', 'primary', '--codes', '1');
    const { exitCode, events } = await bench.runJson(...INFO);
    expect(events.at(-1)).toMatchObject({
      event: 'owner',
      declared: [{ place: 'alice.breakglass primary', custody: 'HQ fireproof safe' }],
      devices: [{ arn: bench.arn('alice.breakglass', 'primary', ALICE_PRIMARY), user: 'alice.breakglass' }],
    });
    expect(exitCode).toBe(0);
  });

  test('a token that nobody declares is said to be so', async () => {
    bench.readers.lay(bench.token('86596220000077'));
    const { exitCode, data } = await bench.run(...INFO);
    expect(data).toMatch(
      /^record {2}not declared in break-glass\ndevice {2}no virtual device in this account$/m,
    );
    expect(exitCode).toBe(0);
  });

  test('without AWS it says why nobody can tell, and still works', async () => {
    bench.readers.lay(bench.token(ALICE_PRIMARY));
    bench.credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' };
    const { exitCode, events } = await bench.runJson(...INFO);
    expect(events.filter(({ event }) => event === 'token')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ event: 'owner', problem: expect.any(String) });
    expect(exitCode).toBe(0);
  });
});

describe('what a token holds', () => {
  const secret = Buffer.alloc(20, 0x33);
  const KEY = '12345678';
  const MOLTO2 = '826658719844499';

  test.each([
    [
      KEY,
      new VirtualYkOath({ serial: Number(KEY), credentials: [{ name: 'AWS 123456789012:alice', secret }] }),
      { label: 'AWS 123456789012:alice' },
      'AWS 123456789012:alice',
    ],
    [
      MOLTO2,
      new VirtualMolto2({
        serial: MOLTO2,
        clock: Date.now,
        filled: [{ profile: 7, title: 'root 6789012', seed: secret }],
      }),
      { profile: 7, label: 'root 6789012' },
      'profile 7: root 6789012',
    ],
  ])('%s is listed', async (serial, card, content, line) => {
    bench.readers.lay(card);
    const { events } = await bench.runJson('token', 'info');
    const contents = expect.arrayContaining([content]);
    expect(events.at(-1)).toMatchObject({ event: 'token', serial, contents });
    const { data } = await bench.run('token', 'info');
    expect(data.split('\n')).toContain(`holds   ${line}`);
  });

  test('is not asked for where it takes a secret, and that is said', async () => {
    const credentials = [{ name: 'AWS 123456789012:alice', secret }];
    bench.readers.lay(new VirtualYkOath({ serial: Number(KEY), password: 'correct horse', credentials }));
    const { exitCode, events } = await bench.runJson('token', 'info');
    expect(events.at(-1)).toMatchObject({ event: 'token', lock: 'password' });
    expect(events.at(-1)).not.toHaveProperty('contents');
    expect(exitCode).toBe(0);
  });
});
