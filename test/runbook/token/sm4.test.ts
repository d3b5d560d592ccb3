import fc from 'fast-check';
import { formatHex } from '../../../runbook/token/apdu';
import { cryptBlocks, encryptEcb, expandKey } from '../../../runbook/token/sm4';
import { testInFull } from '../../support/extent';
import { bytes, sm4Vectors } from './vectors';

function encryptInTypeScript(key: Uint8Array, blocks: Uint8Array): Uint8Array {
  return cryptBlocks(expandKey(key), blocks);
}

describe.each([
  { name: 'the one chosen', encrypt: encryptEcb },
  { name: 'pure TypeScript', encrypt: encryptInTypeScript },
])('SM4 by $name', ({ encrypt }) => {
  test.each(sm4Vectors.filter(({ iterations }) => iterations === 1))(
    'encrypts the block of the standard',
    (vector) => {
      expect(formatHex(encrypt(bytes(vector.key), bytes(vector.plain)))).toBe(vector.cipher);
    },
  );
});

test('half a block and a key of another length are refused', () => {
  expect(() => encryptEcb(new Uint8Array(16), new Uint8Array(8))).toThrow('8 bytes are not a multiple');
  expect(() => encryptEcb(new Uint8Array(8), new Uint8Array(16))).toThrow('an SM4 key has 16 bytes, not 8');
});

testInFull('the million rounds of the standard come out right in pure TypeScript', () => {
  const vector = sm4Vectors.find(({ iterations }) => iterations === 1_000_000);
  if (!vector) {
    throw new Error('the vector is missing');
  }
  const roundKeys = expandKey(bytes(vector.key));
  let block: Uint8Array = bytes(vector.plain);
  for (let i = 0; i < vector.iterations; i++) {
    block = cryptBlocks(roundKeys, block);
  }
  expect(formatHex(block)).toBe(vector.cipher);
});

test.each([
  ['0123456789ABCDEFFEDCBA9876543210', 0, 'F12186F9'],
  ['0123456789ABCDEFFEDCBA9876543210', 1, '41662B61'],
  ['0123456789ABCDEFFEDCBA9876543210', 31, '9124A012'],
  ['8AD206883CA369482AB27182B6E83224', 0, 'E923759B'],
  ['8AD206883CA369482AB27182B6E83224', 31, '6682DA5A'],
])('of the key %s round key %i is %s', (key, index, expected) => {
  const roundKey = expandKey(bytes(key))[index] ?? 0;
  expect(roundKey.toString(16).toUpperCase().padStart(8, '0')).toBe(expected);
});

const key = fc.uint8Array({ minLength: 16, maxLength: 16 });
const blocks = fc
  .integer({ min: 0, max: 6 })
  .chain((count) => fc.uint8Array({ minLength: count * 16, maxLength: count * 16 }));

// On a Node whose OpenSSL has no SM4 the two are the same, and the vectors above judge it.
test('the one chosen and pure TypeScript encrypt alike, whatever the key and the blocks', () => {
  fc.assert(
    fc.property(key, blocks, (k, b) => {
      expect(formatHex(encryptEcb(k, b))).toBe(formatHex(encryptInTypeScript(k, b)));
    }),
  );
});

test('round keys in reverse order decrypt', () => {
  fc.assert(
    fc.property(key, blocks, (k, b) => {
      const roundKeys = expandKey(k);
      expect(cryptBlocks(roundKeys.slice().reverse(), cryptBlocks(roundKeys, b))).toEqual(b);
    }),
  );
});

test('each block is encrypted by itself', () => {
  const block = bytes('000102030405060708090A0B0C0D0E0F');
  const twice = encryptEcb(block, Uint8Array.of(...block, ...block));
  expect(twice.subarray(0, 16)).toEqual(twice.subarray(16));
});
