import { ALICE_PRIMARY, Bench, INVENTORY } from '../../support/bench';
import { VirtualYkOath } from '../../tokens/ykoath';

const SPARE_KEY = '12345678';
const DECLARED_KEY = '12345679';
/** Of DELETE. */
const DELETE = 0x02;

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open({
    inventory: INVENTORY.replace(`"${ALICE_PRIMARY}"`, `"${DECLARED_KEY}", type: oath`),
  });
});
afterEach(() => bench.close());

function lay(serial: string): VirtualYkOath {
  const credentials = ['mail', 'shop'].map((name) => ({ name, secret: Buffer.alloc(20, 0x33) }));
  const key = new VirtualYkOath({ serial: Number(serial), credentials });
  bench.readers.lay(key);
  return key;
}

test('erases the one credential that was named, after a yes', async () => {
  const key = lay(SPARE_KEY);
  bench.answer = () => 'yes';
  const { exitCode, events } = await bench.runJson('token', 'erase', SPARE_KEY, '--credential', 'shop');
  expect(exitCode).toBe(0);
  expect(events.at(-1)).toMatchObject({ event: 'erased', serial: SPARE_KEY, label: 'shop' });
  expect(key.names).toEqual(['mail']);
});

test('without a yes nothing is erased', async () => {
  const key = lay(SPARE_KEY);
  bench.answer = () => 'no';
  const { exitCode } = await bench.runJson('token', 'erase', SPARE_KEY, '--credential', 'shop');
  expect(exitCode).toBe(130);
  expect(key.names).toEqual(['mail', 'shop']);
});

describe('a token that the record declares', () => {
  const ERASE = ['token', 'erase', DECLARED_KEY, '--credential', 'shop', '--yes'];

  test('wants its serial typed in full, whatever --yes says', async () => {
    const key = lay(DECLARED_KEY);
    bench.answer = () => DECLARED_KEY;
    expect(await bench.runJson(...ERASE)).toMatchObject({ exitCode: 0 });
    expect(bench.questions.map(({ name }) => name)).toEqual(['erase-serial']);
    expect(key.names).toEqual(['mail']);
  });

  test('keeps what it holds after another serial', async () => {
    const key = lay(DECLARED_KEY);
    bench.answer = () => '86596220000009';
    expect(await bench.runJson(...ERASE)).toMatchObject({ exitCode: 1, code: 'token/wrong-serial' });
    expect(key.names).toEqual(['mail', 'shop']);
  });
});

test('without AWS nothing is erased, but with the serial typed twice', async () => {
  const key = lay(SPARE_KEY);
  bench.credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' };
  const erase = ['token', 'erase', SPARE_KEY, '--credential', 'shop'];
  expect(await bench.runJson(...erase)).toMatchObject({ exitCode: 1, code: 'aws/bad-credentials' });
  expect(key.names).toEqual(['mail', 'shop']);
  expect(await bench.runJson(...erase, '--unrecorded', SPARE_KEY)).toMatchObject({ exitCode: 0 });
  expect(key.names).toEqual(['mail']);
});

test.each([
  ['another token', ['99999999', '--credential', 'shop'], 1, 'token/wrong-serial'],
  ['no such credential', [SPARE_KEY, '--credential', 'bank'], 1, 'token/nothing-there'],
  ['no place', [SPARE_KEY], 2, 'usage'],
  ['two places', [SPARE_KEY, '--credential', 'shop', '--token-profile', '1'], 2, 'usage'],
  ['a profile out of range', [SPARE_KEY, '--token-profile', '100'], 2, 'usage'],
  [
    'another serial the second time',
    [SPARE_KEY, '--credential', 'shop', '--unrecorded', '1234567'],
    2,
    'usage',
  ],
])('%s is refused, and nothing is erased', async (_name, words, exitCode, code) => {
  const key = lay(SPARE_KEY);
  expect(await bench.runJson('token', 'erase', ...words)).toMatchObject({ exitCode, code });
  expect(key.names).toEqual(['mail', 'shop']);
});

test('a token that leaves during it may have done it, and that is said', async () => {
  const key = lay(SPARE_KEY);
  const receive = key.receive.bind(key);
  key.receive = (command) => {
    const answer = receive(command);
    return command[1] === DELETE ? 'gone' : answer;
  };
  const erase = ['token', 'erase', SPARE_KEY, '--credential', 'shop', '--unrecorded', SPARE_KEY];
  const { code, events } = await bench.runJson(...erase);
  expect(code).toBe('token/gone');
  expect(key.names).toEqual(['mail']);
  expect(events.at(-1)?.state).not.toBe('nothing was changed');
});
