/** A clock that a test or the demo can move: real time plus an offset. */
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
