import fc from 'fast-check';
import { commandApdu, exchange, formatHex, formatStatusWord } from '../../../runbook/token/apdu';
import type { Transport } from '../../../runbook/token/transport';
import { parseHex } from '../../tokens/parse-hex';
import { bytes } from './vectors';

const GET_INFO = commandApdu({ name: 'get info', header: [0x80, 0x41, 0, 0], body: bytes('0211') });

test.each([
  { body: undefined, hex: '8041000000' },
  { body: '', hex: '8041000000' },
  { body: '0211', hex: '80410000020211' },
])('a command with the body $body is $hex', ({ body, hex }) => {
  const command = commandApdu({
    name: 'x',
    header: [0x80, 0x41, 0, 0],
    ...(body !== undefined && { body: bytes(body) }),
  });
  expect(formatHex(command.bytes)).toBe(hex);
  expect(command.secret).toBe(false);
});

test('a body of 255 bytes fits a short command, one of 256 is refused', () => {
  const header = [0x80, 0x41, 0, 0] as const;
  expect(commandApdu({ name: 'x', header, body: new Uint8Array(255) }).bytes).toHaveLength(260);
  expect(() => commandApdu({ name: 'x', header, body: new Uint8Array(256) })).toThrow('"x" is 256 bytes');
});

test.each([
  { answer: '9000', data: '', statusWord: '9000' },
  { answer: '01026A80', data: '0102', statusWord: '6A80' },
])(
  'the answer $answer is the data "$data" and the status word $statusWord',
  async ({ answer, data, statusWord }) => {
    const parts = await exchange(contactReader(answer), GET_INFO);
    expect([formatHex(parts.data), formatStatusWord(parts.statusWord)]).toEqual([data, statusWord]);
  },
);

test.each(['', '90'])('"%s" is no answer', async (answer) => {
  await expect(exchange(contactReader(answer), GET_INFO)).rejects.toMatchObject({
    name: 'CardGoneError',
    command: 'get info',
  });
});

test('hexadecimal is written in upper case and read back, spaces and all', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (value) => {
      const hex = formatHex(value);
      expect(hex).toMatch(/^([0-9A-F]{2})*$/);
      expect(parseHex(hex.toLowerCase().replaceAll(/(..)/g, '$1 '))).toEqual(value);
    }),
  );
});

test.each(['8', 'XY', '80 4'])('"%s" is refused as hexadecimal', (text) => {
  expect(() => parseHex(text)).toThrow(`"${text}" is not hexadecimal pairs`);
});

/** Answers in turn; keeps the commands as sent. */
function contactReader(...answers: string[]): Transport & { readonly sent: string[] } {
  const sent: string[] = [];
  return {
    sent,
    async transmit(command) {
      sent.push(formatHex(command.bytes));
      return bytes(answers.shift() ?? '6F00');
    },
  };
}

describe('on a contact reader', () => {
  test('61XX is followed by GET RESPONSE until all is there', async () => {
    const reader = contactReader('6102', '01026101', '039000');
    expect(await exchange(reader, GET_INFO)).toEqual({ data: bytes('010203'), statusWord: 0x9000 });
    expect(reader.sent).toEqual(['80410000020211', '00C0000002', '00C0000001']);
  });

  test('6CXX repeats the command with that length', async () => {
    const reader = contactReader('6C02', '01029000');
    expect(await exchange(reader, GET_INFO)).toEqual({ data: bytes('0102'), statusWord: 0x9000 });
    expect(reader.sent).toEqual(['80410000020211', '8041000002021102']);
  });

  test('6CXX to a command without a body replaces its length', async () => {
    const reader = contactReader('6C08', '11223344556677889000');
    await exchange(reader, commandApdu({ name: 'get challenge', header: [0x80, 0x4b, 0x08, 0] }));
    expect(reader.sent).toEqual(['804B080000', '804B080008']);
  });

  test('a card that always has more is given up', async () => {
    const reader = contactReader(...Array<string>(50).fill('006101'));
    expect((await exchange(reader, GET_INFO)).statusWord).toBe(0x6101);
    expect(reader.sent.length).toBeLessThan(20);
  });
});
