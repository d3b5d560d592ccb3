/**
 * The cryptography of Token2's tokens, as the token computes it. It shares nothing with the driver's builders; for SM4 it
 * uses the pure implementation, where the driver uses OpenSSL's.
 */
import { cryptBlocks, expandKey } from '../../runbook/token/sm4';

const BLOCK = 16;
export const MAC_LENGTH = 4;

export function decryptWith(key: Uint8Array, blocks: Uint8Array): Uint8Array {
  return cryptBlocks(expandKey(key).reverse(), blocks);
}

/** Strips the last 80 and the zeros after it; undefined when the last block has none. */
export function withoutPadding(padded: Uint8Array): Uint8Array | undefined {
  const end = padded.lastIndexOf(0x80);
  if (end < padded.length - BLOCK || end < 0) {
    return undefined;
  }
  return padded.subarray(end + 1).every((byte) => byte === 0) ? padded.slice(0, end) : undefined;
}

/** Computes the authentication code over a message: SM4-CBC, IV zero, the first bytes of the last block. */
export function macWith(key: Uint8Array, message: Uint8Array): Uint8Array {
  const padded = Buffer.alloc(Math.ceil(message.length / BLOCK) * BLOCK);
  padded.set(message);
  if (message.length < padded.length) {
    padded[message.length] = 0x80;
  }
  const roundKeys = expandKey(key);
  let chain: Uint8Array = new Uint8Array(BLOCK);
  for (let offset = 0; offset < padded.length; offset += BLOCK) {
    chain = cryptBlocks(
      roundKeys,
      chain.map((byte, i) => byte ^ (padded[offset + i] ?? 0)),
    );
  }
  return chain.subarray(0, MAC_LENGTH);
}
