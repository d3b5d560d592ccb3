/** Time as the runbook sees it, so that tests and the demo can bring their own. */
import { setTimeout as sleep } from 'node:timers/promises';

/** A clock and a way to wait on it. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Waits; rejects with the signal's reason when it is aborted. */
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
