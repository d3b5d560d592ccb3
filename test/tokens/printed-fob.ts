/**
 * A hardware TOTP token as AWS's suppliers sell it: a button, a display, a serial printed on the back, and a seed that
 * AWS has from the maker. It has no NFC: nothing but a person reads it.
 */
import { createHash } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

const LIT_MS = 30_000;
const STEP_MS = 30_000;

/** Serials that the sandbox knows when it runs on its own, in the forms that AWS's own texts show. */
export const SAMPLE_SERIALS: readonly string[] = ['GAHT12345678', 'GAKT12345678', '987654321098'];

interface PrintedFobOptions {
  readonly serial: string;
  /** Copied. */
  readonly seed: Uint8Array;
  /** Unix milliseconds. */
  readonly clock: () => number;
  /** Seconds by which its clock is ahead; nobody can set it. @default 0 */
  readonly clockOffsetSeconds?: number;
}

export class PrintedFob {
  public readonly serial: string;
  readonly #totp: TOTP;
  readonly #now: () => number;
  #litUntil = Number.NEGATIVE_INFINITY;
  /** The display shows the code of the press, and does not change while it is lit. */
  #shown = '';

  public constructor({ serial, seed, clock, clockOffsetSeconds = 0 }: PrintedFobOptions) {
    this.serial = serial;
    const secret = new Secret({ buffer: Uint8Array.from(seed).buffer });
    this.#totp = new TOTP({ secret, algorithm: 'SHA1', digits: 6, period: STEP_MS / 1000 });
    this.#now = () => clock() + clockOffsetSeconds * 1000;
  }

  /** Makes the seed of a sample, which follows from its serial: whoever knows this line knows it. */
  public static sampleSeed(serial: string): Uint8Array {
    return Uint8Array.from(createHash('sha1').update(`a sample, not a secret: ${serial}`).digest());
  }

  public press(): void {
    const now = this.#now();
    if (now < this.#litUntil) {
      this.#litUntil = Number.NEGATIVE_INFINITY;
      return;
    }
    this.#litUntil = now + LIT_MS;
    this.#shown = this.#totp.generate({ timestamp: now });
  }

  /** Reads the display; undefined while it is dark. */
  public get display(): string | undefined {
    return this.#now() < this.#litUntil ? this.#shown : undefined;
  }

  /** Switches it off, then on, and reads the display. */
  public readCode(): string {
    if (this.display !== undefined) {
      this.press();
    }
    this.press();
    return this.#shown;
  }
}
