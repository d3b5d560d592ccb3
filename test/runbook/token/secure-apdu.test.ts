import { formatHex } from '../../../runbook/token/apdu';
import { pad2, secureCommand } from '../../../runbook/token/secure-apdu';
import { encryptEcb } from '../../../runbook/token/sm4';
import { bytes, token2Vectors } from './vectors';

const key = bytes(token2Vectors.deviceKey);

test.each([
  { message: '', padded: `80${'00'.repeat(15)}` },
  { message: 'FF', padded: `FF80${'00'.repeat(14)}` },
  { message: 'FF'.repeat(15), padded: `${'FF'.repeat(15)}80` },
  { message: 'FF'.repeat(16), padded: `${'FF'.repeat(16)}80${'00'.repeat(15)}` },
])('"$message" is padded to whole blocks', ({ message, padded }) => {
  expect(formatHex(pad2(bytes(message)))).toBe(padded);
});

/** The authentication code of a command: its last four bytes. */
function codeOf(ins: number, p1: number, body: Uint8Array): string {
  return formatHex(secureCommand({ name: 'x', key, ins, p1, p2: 0, body }).bytes.slice(-4));
}

test('the message under the code is padded unless it is whole blocks already', () => {
  // Header and length are five bytes.
  const header = [0x80, 0xd4, 0x00, 0x00];
  const aligned = Uint8Array.of(...header, 11, ...new Uint8Array(11));
  const short = Uint8Array.of(...header, 10, ...new Uint8Array(10), 0x80);
  expect(codeOf(0xd4, 0, new Uint8Array(11))).toBe(formatHex(encryptEcb(key, aligned).slice(0, 4)));
  expect(codeOf(0xd4, 0, new Uint8Array(10))).toBe(formatHex(encryptEcb(key, short).slice(0, 4)));
});

test.each(token2Vectors.seed)('the seed "$name" is padded and coded as published', (vector) => {
  expect(formatHex(pad2(bytes(vector.seedHex)))).toBe(vector.paddedHex);
  const body = bytes(vector.macInputHex).subarray(5);
  expect(codeOf(0xc5, 0x01, body)).toBe(vector.macHex);
});

test('a secure command has the class 84, counts its code in Lc, and leaves the body as it was', () => {
  const body = bytes('AABB');
  const command = secureCommand({ name: 'x', key, ins: 0xd4, p1: 1, p2: 2, body, secret: true });
  expect(formatHex(command.bytes)).toMatch(/^84D4010206AABB.{8}$/);
  expect(command.secret).toBe(true);
  expect(formatHex(body)).toBe('AABB');
});
