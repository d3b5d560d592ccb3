/** The service life of a token: that of its battery, counted from the day its device was enabled. */
import type { TokenType } from '../../lib/record/record';

/** Types with a battery that nobody can replace. A security key takes its power from the machine. */
const BATTERY: ReadonlySet<TokenType> = new Set(['programmable', 'molto2', 'hardware-totp']);

/** Adds months to a time in UTC, in Unix milliseconds; the result is the last day of a month that has no such day. */
export function addMonths(ms: number, months: number): number {
  const date = new Date(ms);
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + months);
  // Otherwise 29 February plus a year would be 1 March.
  if (date.getUTCDate() !== day) {
    date.setUTCDate(0);
  }
  return date.getTime();
}

/**
 * Returns the end of a token's service in Unix milliseconds; `undefined` for a type without a battery. It is counted from
 * the device's date, because nobody knows that of the battery: a token that is enrolled again starts again.
 */
export function endOfService(
  type: TokenType,
  enabledAt: Date | undefined,
  years: number,
): number | undefined {
  if (enabledAt === undefined || !BATTERY.has(type)) {
    return undefined;
  }
  return addMonths(enabledAt.getTime(), years * 12);
}
