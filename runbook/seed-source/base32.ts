/** Turns the Base32 letters that a person or a QR code hands over into a seed. */
import { Seed } from '../seed';
import { refusal } from './refusals';

/** RFC 4226 recommends 160 bits, which are 20 bytes. AWS never sends more than 40 bytes. */
const LETTERS = { min: 32, max: 64 } as const;

const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0x2b, 0x2d]);
const PADDING = 0x3d;

/** Returns the value of a Base32 letter in either case; -1 for another byte. */
function letterValue(byte: number): number {
  const upper = byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte;
  if (upper >= 0x41 && upper <= 0x5a) {
    return upper - 0x41;
  }
  return upper >= 0x32 && upper <= 0x37 ? upper - 0x32 + 26 : -1;
}

/**
 * Decodes a secret strictly: 32 to 64 letters without blanks, hyphens and padding, and no bits left over that are set.
 * A letter that was dropped or doubled by hand is found that way in three of eight lengths.
 *
 * @param text ASCII; wiped
 * @throws RunbookError `seed/not-a-secret`, without the text
 */
export function seedFromLetters(text: Uint8Array): Seed {
  const letters = new Uint8Array(text.length);
  try {
    const length = copyLetters(text, letters);
    checkLength(length);
    checkLeftover(letters, length);
    return Seed.fromBase32(letters.slice(0, length));
  } finally {
    text.fill(0);
    letters.fill(0);
  }
}

/** Copies without blanks, hyphens and the padding at the end. @returns how many letters there are */
function copyLetters(text: Uint8Array, letters: Uint8Array): number {
  let length = 0;
  let isPadded = false;
  for (const byte of text) {
    if (BLANKS.has(byte)) {
      continue;
    }
    if (byte === PADDING) {
      isPadded = true;
      continue;
    }
    if (letterValue(byte) < 0 || isPadded) {
      throw refusal(
        'seed/not-a-secret',
        `character ${length + 1} of the secret is not Base32`,
        'a secret has the letters A to Z and the digits 2 to 7: copy it again, all of it and nothing else',
      );
    }
    letters[length++] = byte;
  }
  return length;
}

function checkLength(length: number): void {
  if (length >= LETTERS.min && length <= LETTERS.max) {
    return;
  }
  throw refusal(
    'seed/not-a-secret',
    `the secret has ${length} letters, not ${LETTERS.min} to ${LETTERS.max}`,
    "copy it again, all of it and nothing else; AWS's have 64 letters",
  );
}

/** Letters carry 5 bits each; what is left after the last whole byte must be less than a letter, and zero. */
function checkLeftover(letters: Uint8Array, length: number): void {
  const leftover = (length * 5) % 8;
  const last = letterValue(letters[length - 1] ?? 0);
  if (leftover < 5 && (last & ((1 << leftover) - 1)) === 0) {
    return;
  }
  throw refusal(
    'seed/not-a-secret',
    `the secret has ${length} letters, which do not end where a byte ends`,
    'a letter is missing, or one too many: copy it again, all of it and nothing else',
  );
}
