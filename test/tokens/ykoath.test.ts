import { bytes, vectorSeed } from '../runbook/token/vectors';
import vectors from '../runbook/token/ykoath-vectors.json';
import { type VirtualKeyOptions, VirtualYkOath } from './ykoath';

const SELECT = vectors.select.apduHex;
const ALICE = vectors.put[0]?.apduHex ?? '';
const ROOT = vectors.put[1]?.apduHex ?? '';

function make(options: VirtualKeyOptions = {}) {
  const key = new VirtualYkOath(options);
  key.enterField();
  async function send(command: string): Promise<string> {
    const reaction = await key.receive(bytes(command));
    return typeof reaction === 'string' ? reaction : Buffer.from(reaction).toString('hex').toUpperCase();
  }
  return { key, send };
}

async function makeSelected(options: VirtualKeyOptions = {}) {
  const made = make(options);
  await made.send(SELECT);
  return made;
}

/** PUT with the name `A` and the fields of the secret. */
function put(fields: string, name = '710141'): string {
  const body = name + fields;
  return `00010000${(body.length / 2).toString(16).padStart(2, '0')}${body}`;
}

describe('the virtual key takes what the real one takes', () => {
  test('every published vector, in one session', async () => {
    const { key, send } = make({ version: [5, 4, 7], connection: 'nfc' });
    expect(await send(SELECT)).toBe(vectors.select.responseNoPassword);
    expect(await send(ALICE)).toBe('9000');
    expect(await send(ROOT)).toBe('9000');
    expect(key.holds('AWS:alice@123456789012', vectorSeed('aws40'))).toBe(true);
    expect(await send(vectors.list.apduHex)).toBe(vectors.list.response);
    for (const { apduHex, response } of vectors.calculate) {
      expect(await send(apduHex)).toBe(response);
    }
    expect(await send(vectors.rename.apduHex)).toBe('9000');
    expect(await send(vectors.delete.apduHex)).toBe('9000');
    expect(key.names).toEqual(['AWS:root2']);
  });

  test('a password, set and entered and cleared', async () => {
    const { send } = await makeSelected({ version: [5, 4, 7], challenge: () => bytes('A1A2A3A4A5A6A7A8') });
    const { setCode, validate } = vectors.password;
    expect(await send(setCode.apduHex)).toBe('9000');
    expect(await send(vectors.list.apduHex)).toBe('6982');
    expect(await send(SELECT)).toBe(vectors.select.responsePassword);
    expect(await send(validate.apduHex)).toBe(validate.response);
    expect(await send(vectors.list.apduHex)).toBe('9000');
    expect(await send(vectors.password.clearCode.apduHex)).toBe('9000');
    expect(await send(SELECT)).toBe(vectors.select.responseNoPassword);
  });

  test('a list longer than an answer, in parts', async () => {
    const { send } = await makeSelected({ version: [5, 7, 0] });
    for (let i = 0; i < 10; i++) {
      const name = `7140${(0x30 + i).toString(16).repeat(64)}`;
      expect(await send(put(`7310${'2106'}${'00'.repeat(14)}`, name))).toBe('9000');
    }
    const first = await send(vectors.list.apduHex);
    expect(first).toHaveLength(2 * 257);
    expect(first.slice(-4)).toBe('61FF');
    const second = await send('00A5000000');
    const third = await send('00A5000000');
    const parts = [first, second, third].map((part) => part.slice(0, -4));
    expect(parts.join('')).toHaveLength(2 * 10 * 67);
    expect(third.slice(-4)).toBe('9000');
    expect(await send('00A5000000')).toBe('6985');
  });

  test('an equal name again: it is overwritten without a question', async () => {
    const { key, send } = await makeSelected();
    await send(ALICE);
    await send(ALICE.replace('2106313233', '2106414243'));
    expect(key.names).toHaveLength(1);
    expect(key.holds('AWS:alice@123456789012', vectorSeed('aws40'))).toBe(false);
  });
});

describe('the virtual key refuses what the real one refuses', () => {
  const secret = '00'.repeat(14);
  const refusals: readonly [string, string, string, VirtualKeyOptions?][] = [
    ['another class', '80A1000000', '6E00'],
    ['three bytes', '00A100', '6700'],
    ['a body that is cut off', '00020000037101', '6700'],
    ['more than an Le behind the body', '000200000371014100FF', '6700'],
    ['an unknown instruction', '00B1000000', '6D00'],
    ['other parameters', '00A1010000', '6B00'],
    ['another applet', '00A4040007A0000005272102', '6A82'],
    ['a reset without its parameters', '0004000000', '6B00'],
    ['a name of no bytes', put(`7310${'2106'}${secret}`, '7100'), '6A80'],
    ['a name of 65 bytes', put(`7310${'2106'}${secret}`, `7141${'41'.repeat(65)}`), '6A80'],
    ['the secret before the name', put('710141', `7310${'2106'}${secret}`), '6A80'],
    ['no secret', put(''), '6A80'],
    ['a secret of 13 bytes', put(`730F${'2106'}${'00'.repeat(13)}`), '6A80'],
    ['a secret of 65 bytes', put(`7343${'2106'}${'00'.repeat(65)}`), '6A80'],
    ['an unknown type', put(`7310${'3106'}${secret}`), '6A80'],
    ['an unknown hash', put(`7310${'2406'}${secret}`), '6A80'],
    ['SHA-512 before 4.3.1', put(`7310${'2306'}${secret}`), '6A80', { version: [4, 3, 0] }],
    ['five digits', put(`7310${'2105'}${secret}`), '6A80'],
    ['nine digits', put(`7310${'2109'}${secret}`), '6A80'],
    ['a property with a length byte', put(`7310${'2106'}${secret}780102`), '6A80'],
    ['an unknown property', put(`7310${'2106'}${secret}7804`), '6A80'],
    ['a touch before 4.2.4', put(`7310${'2106'}${secret}7802`), '6A80', { version: [4, 2, 3] }],
    ['a counter for a time-based credential', put(`7310${'2106'}${secret}7A0400000000`), '6A80'],
    ['one byte more', put(`7310${'2106'}${secret}00`), '6A80'],
    ['a credential more than it has room for', put(`7310${'2106'}${secret}`), '6A84', { capacity: 0 }],
    ['to delete what is absent', vectors.delete.apduHex, '6984'],
    ['to compute what is absent', vectors.calculate[0]?.apduHex ?? '', '6984'],
    ['to rename before 5.3.1', vectors.rename.apduHex, '6D00', { version: [5, 3, 0] }],
    ['a password on a Trussed key', vectors.password.setCode.apduHex, '6D00', { maker: 'trussed' }],
    ['a proof where no password is set', vectors.password.validate.apduHex, '6984'],
    ['to list without the password', vectors.list.apduHex, '6982', { password: 'x' }],
    ['to write without the password', ALICE, '6982', { password: 'x' }],
    ['a wrong proof', vectors.password.validate.apduHex, '6A80', { password: 'x' }],
  ];
  test.each(
    refusals.map(([name, command, expected, options = {}]) => ({ name, command, expected, options })),
  )('$name', async ({ command, expected, options }) => {
    const { key, send } = await makeSelected(options);
    expect(await send(command)).toBe(expected);
    expect(key.names).toEqual([]);
  });

  test('anything before an applet is selected, and after the field was off', async () => {
    const { key, send } = make();
    expect(await send(vectors.list.apduHex)).toBe('6D00');
    await send(SELECT);
    expect(await send(vectors.list.apduHex)).toBe('9000');
    key.leaveField();
    key.enterField();
    expect(await send(vectors.list.apduHex)).toBe('6D00');
  });

  test('a challenge of seven bytes', async () => {
    const { send } = await makeSelected();
    await send(put(`7310${'2106'}${secret}`));
    expect(await send(`00A200010C710141740700000000000000`)).toBe('6A80');
    expect(await send(`00A200010D71014174080000000000000001`)).toMatch(/^760506.{8}9000$/);
    expect(await send(`00A200000D71014174080000000000000001`)).toMatch(/^751506.{40}9000$/);
  });
});

test('a counter-based credential counts', async () => {
  const { send } = await makeSelected();
  // RFC 4226, appendix D
  expect(await send(put(`7316${'1106'}${vectors.rfc4226.secretHex}`))).toBe('9000');
  for (const value of vectors.rfc4226.truncated) {
    const hex = value.toString(16).toUpperCase().padStart(8, '0');
    expect(await send('00A20001057101417400')).toBe(`760506${hex}9000`);
  }
});

test('a credential that only increases computes no earlier step', async () => {
  const { send } = await makeSelected();
  await send(put(`7310${'2106'}${'00'.repeat(14)}7801`));
  expect(await send('00A200010D71014174080000000000000002')).toMatch(/9000$/);
  expect(await send('00A200010D71014174080000000000000002')).toBe('6985');
});

test('a touch is waited for over USB, and no longer once the key is gone', async () => {
  const { key, send } = await makeSelected({ touchTimeout: () => new Promise(() => undefined) });
  await send(ROOT);
  const { apduHex = '', response } = vectors.calculate[2] ?? {};
  const touched = send(apduHex);
  expect(key.isWaitingForTouch).toBe(true);
  key.touch();
  expect(await touched).toBe(response);
  expect(key.isWaitingForTouch).toBe(false);
  const left = send(apduHex);
  key.leaveField();
  expect(await left).toBe('6982');
});
