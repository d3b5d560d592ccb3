/**
 * Six-digit codes (RFC 6238: SHA-1, 30 seconds) computed from a seed, and what a typed one says of the token.
 */
import type * as OtpAuth from 'otpauth';
import type { Seed } from '../seed';

export const STEP_SECONDS = 30;

/**
 * How many steps a code may be off and still be right: the token's clock was set to the second, but a code is
 * read and typed near, or across, the end of its step.
 */
export const TOLERANCE_STEPS = 1;

/**
 * How far around the present a code is looked for: 20 steps, ten minutes. A token that runs off by the two
 * minutes a year its vendor quotes gets there in five years, the life of its battery; and a code typed at
 * random is found in the 41 steps of the window once in 24,000 times.
 */
export const SEARCH_WINDOW_STEPS = 20;

/** What a typed code says. */
export type CodeJudgement =
  /** Of this seed, and of now. `counter` is its step since 1970. */
  | { readonly verdict: 'right'; readonly counter: number; readonly steps: number }
  /** Of this seed, but `steps` ahead of now (behind: negative). */
  | { readonly verdict: 'off'; readonly counter: number; readonly steps: number }
  /** Not of this seed, or of a time outside the window. */
  | { readonly verdict: 'stranger' };

/** The step a time falls into. */
export function counterAt(nowSeconds: number): number {
  return Math.floor(nowSeconds / STEP_SECONDS);
}

/** The code of a step: six digits. */
export function codeFor(seed: Seed, counter: number): string {
  return withSecret(seed, ({ HOTP }, secret) => HOTP.generate({ secret, counter }));
}

/**
 * Looks for the typed code around the present, the nearest step first.
 *
 * @param typed six digits; anything else is a stranger
 * @param options.window how many steps to look ahead and behind
 */
export function judgeCode(
  seed: Seed,
  typed: string,
  nowSeconds: number,
  { window = SEARCH_WINDOW_STEPS }: { readonly window?: number } = {},
): CodeJudgement {
  const now = counterAt(nowSeconds);
  return withSecret(seed, ({ HOTP }, secret) => {
    for (const steps of outwards(window)) {
      const counter = now + steps;
      if (counter < 0 || HOTP.generate({ secret, counter }) !== typed) {
        continue;
      }
      return { verdict: Math.abs(steps) <= TOLERANCE_STEPS ? 'right' : 'off', counter, steps };
    }
    return { verdict: 'stranger' };
  });
}

/** 0, -1, 1, -2, 2, …: of two steps with the same code the one before is likelier, codes are typed late. */
function* outwards(window: number): Generator<number> {
  yield 0;
  for (let steps = 1; steps <= window; steps++) {
    yield -steps;
    yield steps;
  }
}

function withSecret<T>(seed: Seed, compute: (library: typeof OtpAuth, secret: OtpAuth.Secret) => T): T {
  // Loaded here because loading costs some milliseconds, and most commands compute no code.
  const library: typeof OtpAuth = require('otpauth');
  const copy = seed.use((bytes) => Uint8Array.from(bytes));
  try {
    return compute(library, new library.Secret({ buffer: copy.buffer }));
  } finally {
    copy.fill(0);
  }
}
