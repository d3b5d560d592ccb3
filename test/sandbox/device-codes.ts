/**
 * The seed of one virtual device, and the codes that STS has used up. The seed is private and never printed:
 * it is shown once, in the answer of CreateVirtualMFADevice.
 */

import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type { CodeOf } from './code-judgment';

/** AWS's seeds have 64 Base32 characters. */
const seedBytes = 40;
const digits = 6;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export class DeviceCodes {
  readonly #key: KeyObject;
  readonly #known = new Map<number, string>();
  readonly #used = new Set<number>();

  private constructor(key: KeyObject) {
    this.#key = key;
  }

  /** Creates a device's codes, and the Base32 text of its seed for the one answer that contains it. */
  public static create(seed: Uint8Array = randomBytes(seedBytes)): {
    readonly codes: DeviceCodes;
    readonly base32: string;
  } {
    const created = { codes: new DeviceCodes(createSecretKey(seed)), base32: encodeBase32(seed) };
    seed.fill(0);
    return created;
  }

  /** Gives the six digits of a counter (RFC 4226, HMAC-SHA-1). */
  public readonly codeOf: CodeOf = (counter) => {
    const known = this.#known.get(counter);
    if (known !== undefined) {
      return known;
    }
    const code = hotp(this.#key, counter);
    // A refused pair searches 2,000 counters; with them cached, the next refusal is cheap.
    if (this.#known.size > 10_000) {
      this.#known.clear();
    }
    this.#known.set(counter, code);
    return code;
  };

  public get usedCounters(): ReadonlySet<number> {
    return this.#used;
  }

  /** Marks a counter as used for STS. */
  public use(counter: number): void {
    this.#used.add(counter);
    if (this.#used.size < 100) {
      return;
    }
    // A pair can set the device back once, by a thousand steps at most: the next pair must be newer.
    for (const old of this.#used) {
      if (old < counter - 2_000) {
        this.#used.delete(old);
      }
    }
  }

  public toJSON(): string {
    return '[seed withheld]';
  }

  public [inspect.custom](): string {
    return '[seed withheld]';
  }
}

function hotp(key: KeyObject, counter: number): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const digest = createHmac('sha1', key).update(message).digest();
  const at = digest.readUInt8(digest.length - 1) & 0x0f;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 10 ** digits).padStart(digits, '0');
}

/** RFC 4648 Base32; 40 bytes need no padding. */
function encodeBase32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet.charAt(Number.parseInt(five, 2))).join('');
}
