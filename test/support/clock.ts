/** A clock that a test or the demo can move: a base plus an offset. */
export class MovableClock {
  #offsetMs: number;
  readonly #base: () => number;

  /** @param base unix milliseconds; the machine's own clock without it, or a fixed instant such as `() => 0` */
  public constructor(base: () => number = Date.now, offsetMs = 0) {
    this.#base = base;
    this.#offsetMs = offsetMs;
  }

  /** Unix milliseconds. */
  public readonly now = (): number => this.#base() + this.#offsetMs;

  /** Moves the clock forward (or, with a negative number, back). */
  public advance(ms: number): void {
    this.#offsetMs += ms;
  }
}

const STEP_MS = 30_000;

/**
 * A clock that stands still until a test moves it, at the beginning of the present 30-second step. It stays close to the
 * machine's clock because the SDK signs by that one, and AWS refuses signatures of another time.
 */
export function standingClock(): MovableClock {
  const instant = Math.floor(Date.now() / STEP_MS) * STEP_MS;
  return new MovableClock(() => instant);
}
