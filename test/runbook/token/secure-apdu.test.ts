import { formatHex } from '../../../runbook/token/apdu';
import { mac, pad2, padMin, secureCommand } from '../../../runbook/token/secure-apdu';
import { bytes, token2Vectors } from './vectors';

const key = bytes(token2Vectors.deviceKey);

test.each([
  { message: '', pad2: `80${'00'.repeat(15)}`, padMin: '' },
  { message: 'FF', pad2: `FF80${'00'.repeat(14)}`, padMin: `FF80${'00'.repeat(14)}` },
  { message: 'FF'.repeat(15), pad2: `${'FF'.repeat(15)}80`, padMin: `${'FF'.repeat(15)}80` },
  { message: 'FF'.repeat(16), pad2: `${'FF'.repeat(16)}80${'00'.repeat(15)}`, padMin: 'FF'.repeat(16) },
])('"$message" is padded to whole blocks', ({ message, pad2: always, padMin: whenNeeded }) => {
  expect(formatHex(pad2(bytes(message)))).toBe(always);
  expect(formatHex(padMin(bytes(message)))).toBe(whenNeeded);
});

test.each(token2Vectors.seed)('the seed "$name" is padded and coded as published', (vector) => {
  expect(formatHex(pad2(bytes(vector.seedHex)))).toBe(vector.paddedHex);
  const body = bytes(vector.macInputHex).subarray(5);
  expect(formatHex(mac(key, [0xc5, 0x01, 0x00], body))).toBe(vector.macHex);
});

test('a secure command has the class 84, counts its code in Lc, and leaves the body as it was', () => {
  const body = bytes('AABB');
  const command = secureCommand({ name: 'x', key, ins: 0xd4, p1: 1, p2: 2, body, secret: true });
  expect(formatHex(command.bytes)).toBe(`84D4010206AABB${formatHex(mac(key, [0xd4, 1, 2], body))}`);
  expect(command.secret).toBe(true);
  expect(formatHex(body)).toBe('AABB');
});
