/** Computes six-digit codes from a seed (RFC 6238: SHA-1, 30 seconds), and judges typed ones. */
import type * as OtpAuth from 'otpauth';
import type { Seed } from '../seed';

export const STEP_SECONDS = 30;

/**
 * A right code may be this many steps off: the token's clock was set to the second, but a person may read and type a code
 * near or after the end of its step.
 */
const TOLERANCE_STEPS = 1;

/**
 * Codes are searched for this many steps around the present: ten minutes. A token that drifts by two minutes a year, as
 * its vendor states, drifts that far in five years, the life of its battery. A random code is found in the 41 steps of the
 * window once in 24,000 times.
 */
const SEARCH_WINDOW_STEPS = 20;

/** The verdict on a typed code. */
export type CodeJudgement =
  /** A code of this seed for the present. `counter` is its step since 1970. */
  | { readonly verdict: 'right'; readonly counter: number; readonly steps: number }
  /** A code of this seed, but `steps` ahead of the present (negative: behind). */
  | { readonly verdict: 'off'; readonly counter: number; readonly steps: number }
  /** Not a code of this seed, or outside the window. */
  | { readonly verdict: 'stranger' };

/** Returns the step of a time. */
export function counterAt(nowSeconds: number): number {
  return Math.floor(nowSeconds / STEP_SECONDS);
}

/** Two consecutive codes, as EnableMFADevice and ResyncMFADevice take them. */
export interface CodePair {
  readonly codes: readonly [string, string];
  /** The end of the second code's step by this machine's clock, Unix milliseconds; the earliest if it is not known. */
  readonly endsAtMs: number;
}

/** Returns the end of a step; Unix milliseconds. */
export function endOfStepMs(counter: number): number {
  return (counter + 1) * STEP_SECONDS * 1000;
}

/** Computes the six-digit code of a step. */
export function codeFor(seed: Seed, counter: number): string {
  return withSecret(seed, ({ HOTP }, secret) => HOTP.generate({ secret, counter }));
}

/**
 * Searches for the typed code around the present, the nearest step first.
 *
 * @param typed six digits; anything else is a stranger
 */
export function judgeCode(seed: Seed, typed: string, nowSeconds: number): CodeJudgement {
  const now = counterAt(nowSeconds);
  return withSecret(seed, ({ HOTP }, secret) => {
    for (const steps of outwards()) {
      const counter = now + steps;
      if (counter < 0 || HOTP.generate({ secret, counter }) !== typed) {
        continue;
      }
      return { verdict: Math.abs(steps) <= TOLERANCE_STEPS ? 'right' : 'off', counter, steps };
    }
    return { verdict: 'stranger' };
  });
}

/** Yields 0, -1, 1, -2, 2, …: of two steps with the same code the earlier is likelier, because codes are typed late. */
function* outwards(): Generator<number> {
  yield 0;
  for (let steps = 1; steps <= SEARCH_WINDOW_STEPS; steps++) {
    yield -steps;
    yield steps;
  }
}

function withSecret<T>(seed: Seed, compute: (library: typeof OtpAuth, secret: OtpAuth.Secret) => T): T {
  // Loaded here, because loading takes some milliseconds and most commands compute no code.
  const library: typeof OtpAuth = require('otpauth');
  const copy = seed.use((bytes) => Uint8Array.from(bytes));
  try {
    return compute(library, new library.Secret({ buffer: copy.buffer }));
  } finally {
    copy.fill(0);
  }
}
