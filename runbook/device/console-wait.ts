/**
 * Waits for what a person does in the AWS console, where no call can. Nothing is changed in the meantime: Ctrl-C is safe,
 * and the same command looks again.
 */
import type { Ports } from '../ceremony/ports';

/** Between two looks, milliseconds: IAM shows a change within seconds. */
const LOOK_AGAIN_MS = 5000;

/** The session by which another account is looked into lasts 15 minutes, and is as old as the ceremony. */
export const WAIT_MINUTES = 10;

/** @returns the first answer of `look`; `undefined` if there was none in time */
export async function awaitConsole<T>(
  { terminal, clock, signal }: Pick<Ports, 'terminal' | 'clock' | 'signal'>,
  what: string,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const untilMs = clock.now() + WAIT_MINUTES * 60_000;
  function text(): string {
    const minutes = Math.max(1, Math.ceil((untilMs - clock.now()) / 60_000));
    return `waiting until ${what} (${minutes} min left; Ctrl-C is safe)`;
  }
  async function lookUntil(): Promise<T | undefined> {
    for (;;) {
      signal.throwIfAborted();
      const found = await look();
      if (found !== undefined || clock.now() >= untilMs) {
        return found;
      }
      await clock.sleep(LOOK_AGAIN_MS, signal);
    }
  }
  return terminal.during(text, lookUntil());
}
