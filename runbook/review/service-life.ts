/** How long a token lasts: its battery, counted from the day its device was enabled. */
import type { TokenType } from '../../lib/record/record';

/** A security key is powered by what it is plugged into; these carry a battery that nobody can change. */
const BATTERY: ReadonlySet<TokenType> = new Set(['programmable', 'molto2']);

/** The same day and time some months later, in UTC; the last day of a month that has no such day. Unix milliseconds. */
export function addMonths(ms: number, months: number): number {
  const date = new Date(ms);
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + months);
  // 29 February plus a year would be 1 March.
  if (date.getUTCDate() !== day) {
    date.setUTCDate(0);
  }
  return date.getTime();
}

/**
 * When a token's service ends, unix milliseconds; `undefined` for a type without a battery. A token that is enrolled
 * anew begins anew: IAM knows the day of the device, and nobody that of the battery.
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
