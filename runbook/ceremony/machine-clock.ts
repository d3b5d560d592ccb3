/** This machine's clock against AWS's: it becomes the clock of the token. */
import type { CallerIdentity } from '../aws/aws';
import { RunbookError } from '../runbook-error';

/** The largest difference that is accepted, in seconds. */
export const CLOCK_TOLERANCE_SECONDS = 5;

/** Refuses a machine whose clock is off. */
export function checkClock({ clockOffsetMs }: CallerIdentity): void {
  if (clockOffsetMs === undefined) {
    throw new RunbookError(
      'clock/off',
      "AWS answered without the time, so this machine's clock cannot be checked",
      {
        hints: ['look for a proxy that removes the Date header, then run `{command}` again'],
      },
    );
  }
  const seconds = clockOffsetMs / 1000;
  if (Math.abs(seconds) <= CLOCK_TOLERANCE_SECONDS) {
    return;
  }
  const direction = seconds > 0 ? 'ahead of' : 'behind';
  throw new RunbookError(
    'clock/off',
    `this machine's clock is ${Math.abs(seconds).toFixed(0)} s ${direction} AWS's`,
    {
      hints: [
        "set it by NTP (Linux: `sudo timedatectl set-ntp true`), because the token's clock is set from it, then run `{command}` again",
      ],
    },
  );
}
