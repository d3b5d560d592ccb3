/** This machine's clock against AWS's: it becomes the clock of the token. */
import type { CallerIdentity } from '../aws/aws';
import type { Clock } from '../clock';
import { RunbookError } from '../runbook-error';
import type { Terminal } from '../terminal/terminal';

/** The largest difference that is accepted, in seconds. */
export const CLOCK_TOLERANCE_SECONDS = 5;

/** Refuses a machine whose clock is off. */
export function checkClock(identity: CallerIdentity): void {
  const fault = clockFault(identity);
  if (fault === undefined) {
    return;
  }
  const hint =
    identity.clockOffsetMs === undefined
      ? 'look for a proxy that removes the Date header, then run `{command}` again'
      : "set it by NTP (Linux: `sudo timedatectl set-ntp true`), because the token's clock is set from it, then run `{command}` again";
  throw new RunbookError('clock/off', fault, { hints: [hint] });
}

/** Warns of a clock that is off: removing a device from IAM needs none. */
export function noteClock(identity: CallerIdentity, terminal: Terminal): void {
  const fault = clockFault(identity);
  if (fault !== undefined) {
    terminal.note(
      `${fault}: removing a device needs no clock, but no new token is enrolled until it is right`,
    );
    terminal.event('clock-off', { clockOffsetMs: identity.clockOffsetMs });
  }
}

/** Returns AWS's time if this machine's clock is known to be off: evidence is dated by it. */
export function rightClock(clock: Clock, identity: CallerIdentity): Clock {
  const { clockOffsetMs } = identity;
  if (clockOffsetMs === undefined || clockFault(identity) === undefined) {
    return clock;
  }
  return { now: () => clock.now() - clockOffsetMs, sleep: (ms, signal) => clock.sleep(ms, signal) };
}

/** Says how the clock is off. @returns nothing if it is right */
function clockFault({ clockOffsetMs }: CallerIdentity): string | undefined {
  if (clockOffsetMs === undefined) {
    return "AWS answered without the time, so this machine's clock cannot be checked";
  }
  const seconds = clockOffsetMs / 1000;
  if (Math.abs(seconds) <= CLOCK_TOLERANCE_SECONDS) {
    return undefined;
  }
  const direction = seconds > 0 ? 'ahead of' : 'behind';
  return `this machine's clock is ${Math.abs(seconds).toFixed(0)} s ${direction} AWS's`;
}
