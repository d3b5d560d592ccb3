/** The time that the runbook uses, so that tests and the demo can replace it. */
import { setTimeout as sleep } from 'node:timers/promises';

/** A clock that can be waited on. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Waits; rejects with the signal's reason if it is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await sleep(ms, undefined, { signal });
    } catch {
      signal.throwIfAborted();
    }
  },
};
