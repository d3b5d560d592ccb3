import fc from 'fast-check';
import { formatHex } from '../../../runbook/token/apdu';
import { MalformedAnswerError } from '../../../runbook/token/driver';
import {
  collect,
  parseCalculate,
  parseList,
  parseManagementSerial,
  parseSelect,
  parseValidate,
} from '../../../runbook/token/ykoath-answers';
import {
  accessKey,
  calculateCommand,
  deleteCommand,
  hmacSha1,
  listCommand,
  putCommand,
  selectOathCommand,
  truncatedHmac,
  validateCommand,
} from '../../../runbook/token/ykoath-wire';
import { repetitions } from '../../support/extent';
import { ReplayTransport, readTranscript } from '../../tokens/transcripts/transcript';
import { bytes, vectorSeed } from './vectors';
import vectors from './ykoath-vectors.json';

function data(hex: string) {
  return bytes(hex).subarray(0, -2);
}

describe('the commands are the published bytes', () => {
  test('select, list and delete', () => {
    expect(formatHex(selectOathCommand().bytes)).toBe(vectors.select.apduHex);
    expect(formatHex(listCommand().bytes)).toBe(vectors.list.apduHex);
    expect(formatHex(deleteCommand('AWS:alice@123456789012').bytes)).toBe(vectors.delete.apduHex);
  });

  test.each(vectors.put)(
    'put "$name", but never with the property of touch',
    ({ name, seed, touch, apduHex }) => {
      const command = putCommand(name, seedOf(seed));
      const withTouch = `${formatHex(command.bytes)}7802`.replace(/^(.{8})../, `$1${apduHex.slice(8, 10)}`);
      expect(touch ? withTouch : formatHex(command.bytes)).toBe(apduHex);
      expect(command.secret).toBe(true);
    },
  );

  test.each(vectors.calculate)('calculate "$name" at $t', ({ name, t, apduHex, response, code }) => {
    const command = calculateCommand(name, Math.floor(t / 30));
    expect(formatHex(command.bytes)).toBe(apduHex);
    expect(command.secret).toBe(true);
    const { digits, value } = parseCalculate(data(response));
    expect([digits, String(value % 1_000_000)]).toEqual([6, code]);
  });

  test('the access key, and validate in both directions', () => {
    const { password, saltHex, accessKey: expected, validate, others } = vectors.password;
    const key = accessKey(Buffer.from(password), bytes(saltHex));
    expect(formatHex(key)).toBe(expected);
    const own = bytes(validate.hostChallenge);
    const command = validateCommand(key, bytes(validate.cardChallenge), own);
    expect(formatHex(command.bytes)).toBe(validate.apduHex);
    expect(command.secret).toBe(true);
    expect(parseValidate(data(validate.response))).toEqual(Uint8Array.from(hmacSha1(key, own)));
    for (const other of others) {
      expect(formatHex(accessKey(Buffer.from(other.password), bytes(other.saltHex)))).toBe(other.accessKey);
    }
  });

  test.each(vectors.rfc4226.truncated.map((value, counter) => ({ value, counter })))(
    'the truncated HMAC of RFC 4226 at $counter is $value',
    ({ value, counter }) => {
      expect(truncatedHmac(bytes(vectors.rfc4226.secretHex), counter)).toBe(value);
    },
  );

  test.each(vectors.rfc6238)('the code of RFC 6238 at $t is $code', ({ t, code }) => {
    const value = truncatedHmac(bytes(vectors.rfc4226.secretHex), Math.floor(t / 30));
    expect(String(value % 1_000_000).padStart(6, '0')).toBe(code);
  });
});

describe('the answers', () => {
  test('to select, with and without a password', () => {
    const id = bytes('0102030405060708');
    expect(parseSelect(data(vectors.select.responseNoPassword))).toEqual({ version: '5.4.7', id });
    expect(parseSelect(data(vectors.select.responsePassword))).toEqual({
      version: '5.4.7',
      id,
      challenge: bytes('A1A2A3A4A5A6A7A8'),
    });
  });

  test('to list', () => {
    expect(parseList(data(vectors.list.response))).toEqual([
      { name: 'AWS:alice@123456789012', isTotp: true },
      { name: 'AWS:root', isTotp: true },
    ]);
    expect(parseList(bytes('72061141424344457203004142'))).toEqual([
      { name: 'ABCDE', isTotp: false },
      { name: 'AB', isTotp: false },
    ]);
    expect(parseList(bytes(`72810321${'4142'}`))).toEqual([{ name: 'AB', isTotp: true }]);
  });

  test('to the management applet', () => {
    expect(parseManagementSerial(bytes('0F0102023F020400BC614E0503050407'))).toBe('12345678');
    expect(parseManagementSerial(bytes('040102023F'))).toBeUndefined();
    // As Yubico's own tools read it: zero is a key that shows no serial, and bytes behind it do not matter.
    expect(parseManagementSerial(bytes('06020400000000'))).toBeUndefined();
    expect(parseManagementSerial(bytes('050203010203'))).toBe('66051');
    expect(parseManagementSerial(bytes('06020400BC614EFFFF'))).toBe('12345678');
  });

  test.each([
    ['select', () => parseSelect(bytes(''))],
    ['select without an id', () => parseSelect(bytes('7903050407'))],
    ['select with an empty id', () => parseSelect(bytes('79030504077100'))],
    ['select with a version of two numbers', () => parseSelect(bytes('790205047108' + '0102030405060708'))],
    ['select with an empty challenge', () => parseSelect(bytes('790305040771080102030405060708' + '7400'))],
    ['a field without length', () => parseList(bytes('72'))],
    ['a field that is cut off', () => parseList(bytes('72052141'))],
    ['a length of three bytes', () => parseList(bytes('72820001' + '21'))],
    ['an entry of nothing', () => parseList(bytes('7200'))],
    ['an entry of another tag', () => parseList(bytes('71022141'))],
    ['a code that is cut off', () => parseCalculate(bytes('760406000000'))],
    ['a code with more behind it', () => parseCalculate(bytes('7605060000000076050600000000'))],
    ['no code', () => parseCalculate(bytes(''))],
    ['a whole HMAC', () => parseCalculate(bytes(`751506${'00'.repeat(20)}`))],
    ['a response of another length', () => parseValidate(bytes('75020102'))],
    ['a serial of five bytes', () => parseManagementSerial(bytes('0702050102030405'))],
    ['a configuration that is cut off', () => parseManagementSerial(bytes('FF020400BC614E'))],
    ['no configuration', () => parseManagementSerial(bytes(''))],
  ])('are malformed: %s', (_, parse) => {
    expect(parse).toThrow(MalformedAnswerError);
  });

  test('an answer that does not end is given up after 32 parts', async () => {
    const transport = new ReplayTransport(readTranscript('oath-endless'));
    await expect(collect(transport, listCommand())).rejects.toThrow(MalformedAnswerError);
    transport.finish();
  });

  test('any bytes are parsed or malformed, and nothing else happens', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (answer) => {
        for (const parse of [parseSelect, parseList, parseCalculate, parseValidate, parseManagementSerial]) {
          try {
            parse(answer);
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedAnswerError);
          }
        }
      }),
      { numRuns: repetitions(2_000) },
    );
  });
});

describe('what does not fit is refused before anything is built', () => {
  test.each([0, 65, 255])('a secret of %i bytes', (length) => {
    expect(() => putCommand('AWS', new Uint8Array(length))).toThrow(RangeError);
  });

  test.each([
    ['an empty name', ''],
    ['a name of 65 bytes', 'a'.repeat(65)],
    ['a name of 33 letters of two bytes', 'ü'.repeat(33)],
    ['a name that begins with a period', '30/AWS:alice'],
  ])('%s', (_, name) => {
    for (const build of [
      () => putCommand(name, seedOf('rfc20')),
      () => deleteCommand(name),
      () => calculateCommand(name, 1),
    ]) {
      expect(build).toThrow(RangeError);
    }
  });

  test('a name of 64 bytes fits, and digits or a slash elsewhere are no period', () => {
    expect(putCommand('a'.repeat(64), vectorSeed('aws40')).bytes).toHaveLength(5 + 66 + 44);
    expect(() => deleteCommand('AWS 30/alice')).not.toThrow();
    expect(() => deleteCommand('30 AWS')).not.toThrow();
  });
});

test('a secret shorter than the key takes is padded with zeros, which gives the same codes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 13 }), fc.nat(), (secret, counter) => {
      const { bytes: command } = putCommand('AWS', secret);
      const stored = command.subarray(5 + 5 + 4);
      expect(stored).toHaveLength(14);
      expect(truncatedHmac(stored, counter)).toBe(truncatedHmac(secret, counter));
    }),
    { numRuns: repetitions(200) },
  );
});

function seedOf(name: string): Uint8Array {
  return name === 'rfc20' ? bytes(vectors.rfc4226.secretHex) : vectorSeed(name);
}
