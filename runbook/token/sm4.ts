/**
 * SM4 (GB/T 32907-2016): a 128-bit block cipher with a 128-bit key and 32 rounds.
 *
 * OpenSSL does the work if it can. Builds of Node with BoringSSL, or with an OpenSSL that a distribution restricts, lack
 * SM4; the implementation below is for those.
 */
import { createCipheriv, getCiphers } from 'node:crypto';

export const BLOCK_BYTES = 16;

const ROUNDS = 32;
const FK = [0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc] as const;

const S_BOX = Uint8Array.from(
  Buffer.from(
    [
      'D690E9FECCE13DB716B614C228FB2C052B679A762ABE04C3AA44132649860699',
      '9C4250F491EF987A33540B43EDCFAC62E4B31CA9C908E89580DF94FA758F3FA6',
      '4707A7FCF37317BA83593C19E6854FA8686B81B27164DA8BF8EB0F4B70569D35',
      '1E240E5E6358D1A225227C3B01217887D40046579FD327524C3602E7A0C4C89E',
      'EABF8AD240C738B5A3F7F2CEF96115A1E0AE5DA49B341A55AD933230F58CB1E3',
      '1DF6E22E8266CA60C02923AB0D534E6FD5DB3745DEFD8E2F03FF6A726D6C5B51',
      '8D1BAF92BBDDBC7F11D95C411F105AD80AC13188A5CD7BBD2D74D012B8E5B4B0',
      '8969974A0C96777E65B9F109C56EC68418F07DEC3ADC4D2079EE5F3ED7CB3948',
    ].join(''),
    'hex',
  ),
);

let openSslSm4: boolean | undefined;

/**
 * Encrypts whole blocks, each on its own (ECB).
 *
 * @param key 16 bytes
 * @param blocks a multiple of 16 bytes
 */
export function encryptEcb(key: Uint8Array, blocks: Uint8Array): Uint8Array {
  if (key.length !== BLOCK_BYTES) {
    throw new RangeError(`an SM4 key has 16 bytes, not ${key.length}`);
  }
  if (blocks.length % BLOCK_BYTES !== 0) {
    throw new RangeError(
      `SM4 encrypts blocks of 16 bytes, and ${blocks.length} bytes are not a multiple of that`,
    );
  }
  // Kept, because the list of ciphers is long.
  openSslSm4 ??= getCiphers().includes('sm4-ecb');
  if (!openSslSm4) {
    return cryptBlocks(expandKey(key), blocks);
  }
  const cipher = createCipheriv('sm4-ecb', key, null).setAutoPadding(false);
  const encrypted = cipher.update(blocks);
  cipher.final();
  return encrypted;
}

/** Computes the 32 round keys: rk[i] = K[i+4] = K[i] ^ L'(tau(K[i+1] ^ K[i+2] ^ K[i+3] ^ CK[i])). */
export function expandKey(key: Uint8Array): Uint32Array {
  const words = new Uint32Array(ROUNDS + 4);
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  FK.forEach((fk, i) => {
    words[i] = view.getUint32(i * 4) ^ fk;
  });
  for (let i = 0; i < ROUNDS; i++) {
    const b = substitute(at(words, i + 1) ^ at(words, i + 2) ^ at(words, i + 3) ^ roundConstant(i));
    words[i + 4] = at(words, i) ^ b ^ rotate(b, 13) ^ rotate(b, 23);
  }
  return words.slice(4);
}

/** Runs whole blocks through the rounds; with the round keys in reverse order it decrypts. */
export function cryptBlocks(roundKeys: Uint32Array, blocks: Uint8Array): Uint8Array {
  const result = new Uint8Array(blocks.length);
  const from = new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength);
  const to = new DataView(result.buffer);
  const x = new Uint32Array(ROUNDS + 4);
  for (let offset = 0; offset < blocks.length; offset += BLOCK_BYTES) {
    for (let i = 0; i < 4; i++) {
      x[i] = from.getUint32(offset + i * 4);
    }
    for (let i = 0; i < ROUNDS; i++) {
      const b = substitute(at(x, i + 1) ^ at(x, i + 2) ^ at(x, i + 3) ^ at(roundKeys, i));
      x[i + 4] = at(x, i) ^ b ^ rotate(b, 2) ^ rotate(b, 10) ^ rotate(b, 18) ^ rotate(b, 24);
    }
    for (let i = 0; i < 4; i++) {
      to.setUint32(offset + i * 4, at(x, ROUNDS + 3 - i));
    }
  }
  // The rounds hold the plain text.
  x.fill(0);
  return result;
}

/** Computes CK: byte j of word i is (4i + j) * 7 mod 256. */
function roundConstant(i: number): number {
  let word = 0;
  for (let j = 0; j < 4; j++) {
    word = (word << 8) | (((4 * i + j) * 7) & 0xff);
  }
  return word;
}

/** Applies tau: the S-box on each byte of a word. */
function substitute(word: number): number {
  return (
    (at(S_BOX, word >>> 24) << 24) |
    (at(S_BOX, (word >>> 16) & 0xff) << 16) |
    (at(S_BOX, (word >>> 8) & 0xff) << 8) |
    at(S_BOX, word & 0xff)
  );
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Reads an element. The indices are bounded by construction, which the compiler cannot know. */
function at(words: Uint32Array | Uint8Array, index: number): number {
  return words[index] ?? 0;
}
