/**
 * The commands and answers of Token2's Molto2 and Molto2v2, which hold 50 and 100 profiles and are their own USB reader.
 *
 * Source: the vendor's specification (github.com/token2/molto2-tools, docs/MOLTO2-PROTOCOL.md), and what was measured on
 * the hardware by github.com/framefilter/keyroost (docs/PROTOCOL.md): the title inside the public block, its form without
 * Le, 6A83 for an empty profile, and 63Cx for a wrong key.
 */
import { createHash } from 'node:crypto';
import { commandApdu } from './apdu';
import { challengeAnswer, pad2, secureCommand } from './secure-apdu';
import { BLOCK_BYTES, encryptEcb } from './sm4';
import type { CommandApdu } from './transport';

export const MAX_SEED_BYTES = 63;
const MAX_TITLE_BYTES = 12;
const LAST_PROFILE = 99;

/** The configuration that AWS requires, and no other: SHA-1, 6 digits, 30 seconds. */
export const ALGORITHM_SHA1 = 0x01;
export const DIGITS = 0x06;
export const STEP_SECONDS = 0x1e;
const DISPLAY_30_SECONDS = 0x01;

/** Derives the SM4 key of a token: the first 16 bytes of SHA-1 over its customer key. */
export function deriveKey(customerKey: Uint8Array): Uint8Array {
  const digest = createHash('sha1').update(customerKey).digest();
  const key = Uint8Array.from(digest.subarray(0, BLOCK_BYTES));
  digest.fill(0);
  return key;
}

/** The key of every token whose customer key was never changed. It is published, so it proves nothing. */
export function defaultKey(): Uint8Array {
  return deriveKey(Buffer.from('TOKEN2MOLTO1-KEY', 'ascii'));
}

/** 80 41 00 00 00 */
export function getInfoCommand(): CommandApdu {
  return commandApdu({ name: 'get info', header: [0x80, 0x41, 0x00, 0x00] });
}

/** 80 41 00 profile 01 70, and no Le: with one, the token answers 6FFB */
export function readProfileCommand(profile: number): CommandApdu {
  return commandApdu({
    name: 'read profile',
    header: [0x80, 0x41, 0x00, profileByte(profile)],
    body: Uint8Array.of(0x70),
  });
}

/** 80 4B 08 00 00 */
export function getChallengeCommand(): CommandApdu {
  return commandApdu({ name: 'get challenge', header: [0x80, 0x4b, 0x08, 0x00] });
}

/** 80 CE 00 00 10 SM4(challenge, 8 x 00) */
export function authenticateCommand(key: Uint8Array, challenge: Uint8Array): CommandApdu {
  return challengeAnswer(key, challenge);
}

/** 84 D4 01 profile 1A (81 14 1F 01 display 0F 04 clock 86 09 0A 01 hmac 0B 01 digits 0D 01 step) mac */
export function configureCommand(key: Uint8Array, profile: number, clock: number): CommandApdu {
  const body = Uint8Array.of(
    ...[0x81, 0x14],
    ...[0x1f, 0x01, DISPLAY_30_SECONDS],
    ...clockField(clock),
    ...[0x86, 0x09],
    ...[0x0a, 0x01, ALGORITHM_SHA1],
    ...[0x0b, 0x01, DIGITS],
    ...[0x0d, 0x01, STEP_SECONDS],
  );
  return secureCommand({ name: 'configure', key, ins: 0xd4, p1: 0x01, p2: profileByte(profile), body });
}

/** 84 D4 01 profile 0C (81 06 0F 04 clock) mac */
export function setClockCommand(key: Uint8Array, profile: number, clock: number): CommandApdu {
  const body = Uint8Array.of(0x81, 0x06, ...clockField(clock));
  return secureCommand({ name: 'set clock', key, ins: 0xd4, p1: 0x01, p2: profileByte(profile), body });
}

/**
 * 84 C5 01 profile Lc SM4(pad2(seed)) mac
 *
 * A seed of zeros is refused, because to the token it is the order to empty the profile.
 *
 * @throws RangeError for a seed that the token cannot hold
 */
export function writeSeedCommand(key: Uint8Array, profile: number, seed: Uint8Array): CommandApdu {
  refuseSeed(seed);
  return encryptedCommand('write seed', { key, ins: 0xc5, p1: 0x01, p2: profileByte(profile), plain: seed });
}

/**
 * 84 D5 00 profile 14 SM4(pad2(title)) mac
 *
 * @throws RangeError for a title that is not 1 to 12 printable ASCII characters
 */
export function writeTitleCommand(key: Uint8Array, profile: number, title: string): CommandApdu {
  refuseTitle(title);
  const plain = Uint8Array.from(Buffer.from(title, 'ascii'));
  return encryptedCommand('write title', { key, ins: 0xd5, p1: 0x00, p2: profileByte(profile), plain });
}

/** 80 E6 00 profile 00; the title survives */
export function deleteSeedCommand(profile: number): CommandApdu {
  return commandApdu({ name: 'delete seed', header: [0x80, 0xe6, 0x00, profileByte(profile)] });
}

/** Refuses a seed that no profile can hold. @throws RangeError */
export function refuseSeed(seed: Uint8Array): void {
  if (seed.length < 1 || seed.length > MAX_SEED_BYTES) {
    throw new RangeError(`a profile holds a seed of 1 to ${MAX_SEED_BYTES} bytes, not ${seed.length}`);
  }
  if (seed.every((byte) => byte === 0)) {
    throw new RangeError('a seed of zeros would empty the profile');
  }
}

/** Refuses a title that no profile can hold. @throws RangeError */
export function refuseTitle(title: string): void {
  if (!/^[\x20-\x7e]{1,12}$/.test(title)) {
    throw new RangeError(`a title has 1 to ${MAX_TITLE_BYTES} ASCII characters, and "${title}" does not`);
  }
}

/** Returns P2, the number of a profile. @throws RangeError */
function profileByte(profile: number): number {
  if (!Number.isInteger(profile) || profile < 0 || profile > LAST_PROFILE) {
    throw new RangeError(
      `profiles are numbered from 0 to ${LAST_PROFILE}, and ${profile} is not one of them`,
    );
  }
  return profile;
}

function clockField(clock: number): readonly number[] {
  const seconds = Math.round(clock);
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 0xffff_ffff) {
    throw new RangeError(`the token's clock takes seconds in 32 bits, not ${clock}`);
  }
  return [0x0f, 0x04, seconds >>> 24, (seconds >>> 16) & 0xff, (seconds >>> 8) & 0xff, seconds & 0xff];
}

function encryptedCommand(
  name: string,
  parts: Omit<Parameters<typeof secureCommand>[0], 'name' | 'body'> & { readonly plain: Uint8Array },
): CommandApdu {
  const { plain, ...header } = parts;
  const padded = pad2(plain);
  const body = encryptEcb(header.key, padded);
  padded.fill(0);
  try {
    return secureCommand({ ...header, name, body, secret: name === 'write seed' });
  } finally {
    body.fill(0);
  }
}

/**
 * Parses the status word of a refused authentication: 63Cx or 63xx.
 *
 * @returns the tries left, or `undefined` for another status word
 */
export function parseTriesLeft(statusWord: number): number | undefined {
  if (statusWord >> 8 !== 0x63) {
    return undefined;
  }
  const count = statusWord & 0xff;
  return (count & 0xf0) === 0xc0 ? count & 0x0f : count;
}
