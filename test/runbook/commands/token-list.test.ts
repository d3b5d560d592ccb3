import { cancelled } from '../../../runbook/runbook-error';
import { ReaderError } from '../../../runbook/token/readers';
import { ALICE_PRIMARY, Bench } from '../../support/bench';
import { badge } from '../../tokens/foreign-cards';
import { VirtualReaders } from '../../tokens/virtual-readers';

const NAMES = ['ACS A 00 00', 'ACS B 01 00', 'ACS C SAM 01 01', 'OMNIKEY 02 00', 'Yubico 03 00'];

let bench: Bench;
let readers: VirtualReaders;
beforeEach(async () => {
  readers = new VirtualReaders({ names: NAMES });
  bench = await Bench.open({ readers });
});
afterEach(() => bench.close());

test('lists every reader but SAM slots, and what is on each, without AWS and without a write', async () => {
  const token = bench.token(ALICE_PRIMARY);
  const off = bench.token('86596220000009');
  off.press();
  readers.lay(token, NAMES[0]);
  readers.lay(badge(), NAMES[1]);
  readers.lay(off, NAMES[3]);
  const calls = bench.sandbox.calls.length;
  const { exitCode, events } = await bench.runJson('token', 'list');
  expect(events.filter(({ event }) => event === 'reader')).toEqual([
    expect.objectContaining({
      reader: NAMES[0],
      card: 'token',
      serial: ALICE_PRIMARY,
      driver: 'token2-single',
    }),
    expect.objectContaining({ reader: NAMES[1], card: 'other' }),
    expect.objectContaining({ reader: NAMES[3], card: 'mute' }),
    { event: 'reader', reader: NAMES[4], card: 'none' },
  ]);
  expect(exitCode).toBe(0);
  expect(token.received).toEqual(['8041000002']);
  expect(bench.sandbox.calls.length).toBe(calls);
});

test('a card that another program holds is named as that', async () => {
  readers.card = async () => {
    throw new ReaderError('card-in-use', NAMES);
  };
  const { events } = await bench.runJson('token', 'list', '--reader', 'omnikey');
  expect(events).toContainEqual(expect.objectContaining({ event: 'reader', card: 'in-use' }));
});

test.each([
  ['no reader', { names: [] }, 'reader/none'],
  ['no service', { fault: 'no-service' }, 'reader/no-service'],
] as const)('with %s it fails', async (_name, options, code) => {
  await bench.close();
  bench = await Bench.open({ readers: new VirtualReaders(options) });
  expect(await bench.runJson('token', 'list')).toMatchObject({ exitCode: 1, code });
});

test('Ctrl-C ends it', async () => {
  bench.onEvent = () => bench.stop.abort(cancelled());
  expect(await bench.runJson('token', 'list')).toMatchObject({ exitCode: 130, code: 'cancelled' });
});
