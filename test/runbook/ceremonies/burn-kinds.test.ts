/** Burning of a handed-over secret onto a profile and onto a key. */
import { Bench, INVENTORY } from '../../support/bench';
import { VirtualMolto2 } from '../../tokens/token2-molto2';
import { VirtualYkOath } from '../../tokens/ykoath';

const MOLTO = '826658719844499';
const KEY = '12345678';
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open({ inventory: INVENTORY });
});
afterEach(() => bench.close());

function plugIn(): VirtualMolto2 {
  const token = new VirtualMolto2({ serial: MOLTO, clock: () => bench.clock.now() });
  bench.readers.lay(token);
  return token;
}

const BURN = ['burn', '--secret', '--unrecorded'] as const;

test('a profile gets the secret, with the service as its title, and its codes prove it', async () => {
  const token = plugIn();
  bench.handedOver.secret = SECRET;
  bench.answer = () => token.readCode(9);
  const { exitCode, people } = await bench.run(...BURN, MOLTO, '--token-profile', '9');
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect(token.isFilled(9)).toBe(true);
  expect(people).not.toContain(SECRET);
});

test.each([
  ['10 bytes, in letters', SECRET.slice(0, 16)],
  ['15 bytes, in letters', SECRET.slice(0, 24)],
  ['10 bytes, in a URI', `otpauth://totp/Mail:alice?secret=${SECRET.slice(0, 16)}&issuer=Mail`],
])('a secret of %s is refused, and nothing is written', async (_, secret) => {
  const token = plugIn();
  bench.handedOver.secret = secret;
  const { code, events } = await bench.runJson(...BURN, MOLTO, '--token-profile', '9');
  expect(code).toBe('seed/not-a-secret');
  expect(token.isFilled(9)).toBe(false);
  expect(JSON.stringify(events)).not.toContain(secret);
});

test('a key keeps the secret next to its others, and nothing is typed', async () => {
  const theirs = { name: 'GitHub:alice', secret: Buffer.alloc(20, 0x33) };
  const key = new VirtualYkOath({ serial: Number(KEY), credentials: [theirs] });
  bench.readers.lay(key);
  bench.handedOver.secret = SECRET;
  const { exitCode, people } = await bench.run(...BURN, KEY);
  expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
  expect(key.names).toEqual(['GitHub:alice', 'secret']);
  expect(key.holds(theirs.name, theirs.secret)).toBe(true);
  expect(bench.questions).toEqual([]);
});

test.each([
  ['a profile that is not named', MOLTO, []],
  ['a profile of a key', KEY, ['--token-profile', '3']],
  ['a profile that no token has', MOLTO, ['--token-profile', '100']],
])('%s is refused, and nothing is written', async (_, serial, more) => {
  const token = plugIn();
  const before = token.filled;
  const key = new VirtualYkOath({ serial: Number(KEY) });
  bench.readers.lay(serial === KEY ? key : token);
  bench.handedOver.secret = SECRET;
  const told = await bench.runJson(...BURN, serial, ...more);
  expect(told).toMatchObject({ exitCode: 2, code: 'usage' });
  expect(token.filled).toEqual(before);
  expect(key.names).toEqual([]);
});

test('what a profile holds is replaced only after a yes, which --yes does not give', async () => {
  const token = plugIn();
  const [filled = 0] = token.filled;
  const title = token.title(filled);
  bench.handedOver.secret = SECRET;
  bench.answer = ({ name }) => (name === 'replace-filled' ? 'no' : undefined);
  const told = await bench.runJson(...BURN, MOLTO, '--token-profile', String(filled), '--yes');
  expect(told.code).toBe('token/filled');
  expect(token.title(filled)).toBe(title);
  expect(token.overwritten).toEqual([]);
});
