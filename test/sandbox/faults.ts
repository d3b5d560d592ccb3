/** Planned faults: for each call of a client, a hook decides whether and how it fails. */

import type { ServiceName } from './operation';

/**
 * - `throttled`, `server-error`, `access-denied`: refused, nothing happens
 * - `dropped-before`: the connection breaks before anything happens
 * - `dropped-after`: the call takes effect, but the answer is lost
 * - `slowMs`: the answer is delayed by this time
 * - `refuse`: an error with this code, such as ConcurrentModification 409
 */
export type Fault =
  | 'throttled'
  | 'server-error'
  | 'access-denied'
  | 'dropped-before'
  | 'dropped-after'
  | { readonly slowMs: number }
  | { readonly refuse: { readonly code: string; readonly status: number } };

/** A call as the fault hook sees it. */
interface PlannedCall {
  readonly service: ServiceName;
  readonly operation: string;
  /** The number of calls that clients made before this one. */
  readonly index: number;
}

export type FaultPlan = (call: PlannedCall) => Fault | undefined;

/** A broken connection: in-process this exception, over HTTP a socket that is closed without an answer. */
export class ConnectionDropped extends Error {
  public override readonly name = 'ConnectionDropped';

  public constructor(public readonly effect: 'none' | 'done') {
    super(effect === 'none' ? 'the connection broke and nothing was done' : 'the answer was lost');
  }
}

/** An intermediary answers over HTTP, in place of AWS. */
export class Intercepted extends Error {
  public override readonly name = 'Intercepted';

  public constructor(
    public readonly status: number,
    public readonly headers: Readonly<Record<string, string>>,
    public readonly body: string,
  ) {
    super('an intermediary answered');
  }
}

/** A token bucket on the sandbox's clock. */
export class RateLimit {
  #tokens: number;
  #filledAt: number;

  public constructor(
    private readonly callsPerSecond: number,
    private readonly burst: number,
    now: number,
  ) {
    this.#tokens = burst;
    this.#filledAt = now;
  }

  /** Takes one call from the bucket; false when it is empty. */
  public take(now: number): boolean {
    const earned = (Math.max(0, now - this.#filledAt) / 1000) * this.callsPerSecond;
    this.#tokens = Math.min(this.burst, this.#tokens + earned);
    this.#filledAt = now;
    if (this.#tokens < 1) {
      return false;
    }
    this.#tokens -= 1;
    return true;
  }
}
