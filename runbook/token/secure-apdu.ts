/**
 * Builds what Token2's tokens require of a host that knows their key: the answer to a challenge, and commands of class
 * 84, whose body has a message authentication code under SM4.
 */
import { commandApdu } from './apdu';
import { BLOCK_BYTES, encryptEcb } from './sm4';
import type { CommandApdu } from './transport';

export const CHALLENGE_BYTES = 8;
const MAC_BYTES = 4;

/** 80 CE 00 00 10 SM4(challenge, 8 x 00) */
export function challengeAnswer(key: Uint8Array, challenge: Uint8Array): CommandApdu {
  if (challenge.length !== CHALLENGE_BYTES) {
    throw new RangeError(`a challenge has ${CHALLENGE_BYTES} bytes, not ${challenge.length}`);
  }
  const block = new Uint8Array(2 * CHALLENGE_BYTES);
  block.set(challenge);
  return commandApdu({
    name: 'authenticate',
    header: [0x80, 0xce, 0x00, 0x00],
    body: encryptEcb(key, block),
  });
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
}: {
  readonly name: string;
  readonly key: Uint8Array;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly body: Uint8Array;
  readonly secret?: boolean;
}): CommandApdu {
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
 * Computes the first four bytes of the last block of SM4-CBC, IV zero, over `80 INS P1 P2 Lb body`, padded by
 * `pad2` unless it is whole blocks already.
 *
 * The class under the code is 80, although the class that is sent is 84, and Lb does not count the code itself.
 */
function mac(key: Uint8Array, header: readonly number[], body: Uint8Array): Uint8Array {
  const prefix = [0x80, ...header, body.length];
  // A spread would copy the body's bytes into an array that nobody wipes.
  const unpadded = new Uint8Array(prefix.length + body.length);
  unpadded.set(prefix);
  unpadded.set(body, prefix.length);
  const message = unpadded.length % BLOCK_BYTES === 0 ? unpadded : pad2(unpadded);
  const chain = new Uint8Array(BLOCK_BYTES);
  for (let offset = 0; offset < message.length; offset += BLOCK_BYTES) {
    const block = message.subarray(offset, offset + BLOCK_BYTES);
    block.forEach((byte, i) => {
      chain[i] = (chain[i] ?? 0) ^ byte;
    });
    chain.set(encryptEcb(key, chain));
  }
  // These hold the encrypted seed, and the key is public.
  unpadded.fill(0);
  message.fill(0);
  return chain.slice(0, MAC_BYTES);
}

/** Pads by ISO/IEC 9797-1 method 2: 80, then 00 up to a multiple of 16; an aligned message gets a full block. */
export function pad2(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array(message.length + BLOCK_BYTES - (message.length % BLOCK_BYTES));
  padded.set(message);
  padded[message.length] = 0x80;
  return padded;
}
