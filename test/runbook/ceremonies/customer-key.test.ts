/** A Molto2 whose customer key was changed says so only once it is to be written to. */
import { ALICE_PRIMARY, Bench, INVENTORY } from '../../support/bench';
import { MOLTO2_READER, VirtualMolto2 } from '../../tokens/token2-molto2';
import { VirtualReaders } from '../../tokens/virtual-readers';
import { VirtualYkOath } from '../../tokens/ykoath';

const SERIAL = '826658700000001';
const CUSTOMER_KEY = 'a key of my own';
const ENROLL = ['enroll', 'alice.breakglass', '--slot', 'primary'] as const;

let bench: Bench;
let token: VirtualMolto2;
let readers: VirtualReaders;
beforeEach(async () => {
  readers = new VirtualReaders({ names: [MOLTO2_READER] });
  bench = await Bench.open({
    inventory: INVENTORY.replace(`"${ALICE_PRIMARY}"`, `"${SERIAL}", type: molto2, profile: 3`),
    readers,
  });
  const customerKey = Buffer.from(CUSTOMER_KEY, 'ascii');
  token = new VirtualMolto2({ serial: SERIAL, clock: () => bench.clock.now(), customerKey });
  readers.lay(token);
});
afterEach(() => bench.close());

function asked(): readonly string[] {
  return bench.questions.map(({ name }) => name);
}

test('is asked for its key, and enrolled with it; the key appears nowhere', async () => {
  const secrets = ['wrong', CUSTOMER_KEY];
  bench.answer = ({ name }) => (name === 'token-secret' ? secrets.shift() : token.readCode(3));
  const told = await bench.run(...ENROLL, '--json', '--verbose', '--trace-apdu');
  expect({ exitCode: told.exitCode, people: told.people }).toMatchObject({ exitCode: 0 });
  expect(asked().slice(0, 3)).toEqual(['token-secret', 'token-secret', 'code']);
  expect(token.holds(3, bench.seeds[0] ?? new Uint8Array())).toBe(true);
  expect(await bench.devices()).toMatchObject([{ user: 'alice.breakglass' }]);
  const everything = JSON.stringify([told, bench.evidence, [...bench.logs], bench.journals]);
  expect(everything).not.toContain(CUSTOMER_KEY);
  expect(everything).not.toContain(Buffer.from(CUSTOMER_KEY).toString('hex').toUpperCase());
});

test.each([
  { given: 3, answer: 'no', questions: ['last-try'], left: 2, code: 'cancelled' },
  { given: 3, answer: 'yes', questions: ['last-try', 'token-secret'], left: 1, code: 'token/locked' },
  { given: 4, answer: 'no', questions: ['token-secret', 'last-try'], left: 2, code: 'cancelled' },
  {
    given: 4,
    answer: 'yes',
    questions: ['token-secret', 'last-try', 'token-secret'],
    left: 1,
    code: 'token/locked',
  },
])(
  'the try before its last is taken only after a yes, and the last never: $given tries, $answer',
  async ({ given, answer, questions, left, code }) => {
    // The key that it came with takes one, and each wrong one another.
    token = new VirtualMolto2({
      serial: SERIAL,
      clock: () => bench.clock.now(),
      customerKey: Buffer.from(CUSTOMER_KEY, 'ascii'),
      triesLeft: given,
    });
    readers.lay(token);
    bench.answer = ({ name }) => (name === 'last-try' ? answer : 'wrong');
    expect((await bench.runJson(...ENROLL, '--yes')).code).toBe(code);
    expect(asked()).toEqual(questions);
    expect(token.triesLeft).toBe(left);
    expect(token.filled).toEqual([0]);
    expect(await bench.devices()).toEqual([]);
  },
);

test('is left as it was without the key, and so is IAM', async () => {
  bench.answer = () => 'wrong';
  expect((await bench.runJson(...ENROLL)).code).toBe('token/locked');
  expect(asked()).toEqual(['token-secret', 'token-secret', 'token-secret']);
  expect(token.filled).toEqual([0]);
  expect(await bench.devices()).toEqual([]);
});

test.each([
  ['right', CUSTOMER_KEY, 0, undefined, []],
  ['wrong', 'wrong', 1, 'token/locked', [0]],
])('one of its profiles is erased with the %s key', async (_which, secret, exitCode, code, filled) => {
  bench.answer = () => secret;
  const erase = ['token', 'erase', SERIAL, '--token-profile', '0', '--unrecorded', SERIAL];
  const told = await bench.runJson(...erase);
  expect(told).toMatchObject({ exitCode, code });
  expect(token.filled).toEqual(filled);
  if (code !== undefined) {
    expect(told.events.at(-1)?.state).toBe('nothing was changed');
  }
});

test('a credential of a key with a password is erased with it', async () => {
  const key = new VirtualYkOath({ serial: 12_345_678, password: CUSTOMER_KEY });
  await bench.close();
  bench = await Bench.open();
  bench.readers.lay(key);
  bench.answer = () => CUSTOMER_KEY;
  const erase = ['token', 'erase', '12345678', '--credential', 'mail', '--unrecorded', '12345678'];
  expect((await bench.runJson(...erase)).code).toBe('token/nothing-there');
  expect(asked()).toEqual(['token-secret']);
});
