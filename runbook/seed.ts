/**
 * The seed: the only secret of an enrollment.
 *
 * Rules: its bytes leave this object only inside `use`. It prints as `[seed redacted]` everywhere. Code that creates one
 * wipes it in a `finally`. Nothing derived from it is ever shown, except six-digit codes.
 */
import { inspect } from 'node:util';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const REDACTED = '[seed redacted]';

/** A TOTP seed that redacts itself and can be wiped. */
export class Seed {
  readonly #bytes: Uint8Array;
  #wiped = false;

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /**
   * Decodes the Base32 text that AWS returns as `Base32StringSeed` (RFC 4648, padding optional), and wipes that text.
   *
   * @param text ASCII bytes of the Base32 text; overwritten with zeros
   * @throws Error, without the text, if it is not Base32
   */
  public static fromBase32(text: Uint8Array): Seed {
    const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
    let length = 0;
    let bits = 0;
    let pending = 0;
    try {
      for (const character of text) {
        if (character === 0x3d) {
          continue;
        }
        const value = ALPHABET.indexOf(String.fromCharCode(character).toUpperCase());
        if (value < 0) {
          throw new Error('the seed AWS returned is not Base32');
        }
        pending = (pending << 5) | value;
        bits += 5;
        if (bits >= 8) {
          bits -= 8;
          bytes[length++] = (pending >> bits) & 0xff;
          pending &= (1 << bits) - 1;
        }
      }
      if (length === 0) {
        throw new Error('the seed AWS returned is empty');
      }
      return new Seed(bytes.slice(0, length));
    } finally {
      bytes.fill(0);
      text.fill(0);
    }
  }

  /** Copies raw bytes into a seed, and wipes the originals. */
  public static fromBytes(bytes: Uint8Array): Seed {
    const seed = new Seed(Uint8Array.from(bytes));
    bytes.fill(0);
    return seed;
  }

  /** Length in bytes; AWS's seeds have 40. */
  public get length(): number {
    return this.#bytes.length;
  }

  /** Lends the bytes to `read`, which must not keep them. */
  public use<T>(read: (bytes: Uint8Array) => T): T {
    if (this.#wiped) {
      throw new Error('the seed was already wiped');
    }
    return read(this.#bytes);
  }

  /** Overwrites the bytes with zeros; the seed cannot be used afterwards. */
  public wipe(): void {
    this.#bytes.fill(0);
    this.#wiped = true;
  }

  public toString(): string {
    return REDACTED;
  }

  public toJSON(): string {
    return REDACTED;
  }

  public [inspect.custom](): string {
    return REDACTED;
  }
}
