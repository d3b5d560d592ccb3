/**
 * Commands of class 84: a body with a message authentication code under SM4, as Token2's tokens want them.
 */
import { commandApdu } from './apdu';
import { BLOCK_BYTES, encryptEcb } from './sm4';
import type { CommandApdu } from './transport';

export const MAC_BYTES = 4;

/** What is sent, before it has its code. */
export interface SecureCommandOptions {
  readonly name: string;
  readonly key: Uint8Array;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly body: Uint8Array;
  readonly secret?: boolean;
}

/** 84 INS P1 P2 (Lb+4) body mac */
export function secureCommand({
  name,
  key,
  ins,
  p1,
  p2,
  body,
  secret = false,
}: SecureCommandOptions): CommandApdu {
  const sealed = new Uint8Array(body.length + MAC_BYTES);
  try {
    sealed.set(body);
    sealed.set(mac(key, [ins, p1, p2], body), body.length);
    return commandApdu({ name, header: [0x84, ins, p1, p2], body: sealed, secret });
  } finally {
    sealed.fill(0);
  }
}

/**
 * The first four bytes of the last block of SM4-CBC, IV zero, over `80 INS P1 P2 Lb body`, padded to whole
 * blocks.
 *
 * The class under the code is 80 though the one sent is 84, and Lb does not count the code itself.
 */
export function mac(
  key: Uint8Array,
  header: readonly [number, number, number],
  body: Uint8Array,
): Uint8Array {
  const prefix = [0x80, ...header, body.length];
  // Set, not spread: an array of the body's bytes could not be wiped.
  const unpadded = new Uint8Array(prefix.length + body.length);
  unpadded.set(prefix);
  unpadded.set(body, prefix.length);
  const message = padMin(unpadded);
  const chain = new Uint8Array(BLOCK_BYTES);
  for (let offset = 0; offset < message.length; offset += BLOCK_BYTES) {
    const block = message.subarray(offset, offset + BLOCK_BYTES);
    block.forEach((byte, i) => {
      chain[i] = (chain[i] ?? 0) ^ byte;
    });
    chain.set(encryptEcb(key, chain));
  }
  // They hold the encrypted seed, and the key is public.
  unpadded.fill(0);
  message.fill(0);
  return chain.slice(0, MAC_BYTES);
}

/** ISO/IEC 9797-1 padding method 2: 80, then 00 to a multiple of 16. A full block when already aligned. */
export function pad2(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array(message.length + BLOCK_BYTES - (message.length % BLOCK_BYTES));
  padded.set(message);
  padded[message.length] = 0x80;
  return padded;
}

/** As `pad2`, but nothing when already aligned: only what goes under the MAC is padded so. */
export function padMin(message: Uint8Array): Uint8Array {
  return message.length % BLOCK_BYTES === 0 ? message : pad2(message);
}
