/** Durations of sessions: parsed, checked against AWS's limits, and formatted. */
import { RunbookError } from '../runbook-error';

/** In seconds. */
interface DurationLimits {
  readonly what: string;
  readonly least: number;
  readonly most: number;
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html */
export const SESSION_LIMITS: DurationLimits = { what: 'a session of a user', least: 900, most: 129_600 };
/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const ROLE_LIMITS: DurationLimits = { what: 'a session of a role', least: 900, most: 43_200 };
/** A role assumed with the credentials of another role. */
export const CHAINED_LIMITS: DurationLimits = {
  what: 'a role assumed from the session of another role',
  least: 900,
  most: 3_600,
};

/** Parses `900`, `900s`, `15m`, `12h` or `1h30m` to seconds; `undefined` for anything else. */
function parseDuration(text: string): number | undefined {
  const [whole, hours = '0', minutes = '0', seconds = '0'] =
    /^(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,7})s?)?$/.exec(text) ?? [];
  if (whole === undefined || whole === '') {
    return undefined;
  }
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

/** Formats seconds as the shortest text that parses back: `12h`, `1h30m`, `15m1s`. */
export function formatDuration(totalSeconds: number): string {
  const hours = Math.floor(totalSeconds / 3600);
  const minutes = Math.floor((totalSeconds % 3600) / 60);
  const seconds = totalSeconds % 60;
  const text = `${hours > 0 ? `${hours}h` : ''}${minutes > 0 ? `${minutes}m` : ''}${seconds > 0 ? `${seconds}s` : ''}`;
  return text === '' ? '0s' : text;
}

/**
 * Parses a duration that AWS would accept, to seconds.
 *
 * @throws RunbookError `usage`
 */
export function readDuration(text: string, limits: DurationLimits): number {
  const seconds = parseDuration(text);
  if (seconds === undefined) {
    throw new RunbookError('usage', `"${text}" is not a duration`, {
      hints: ['write seconds, minutes or hours: 900, 15m, 12h, 1h30m'],
      exitCode: 2,
    });
  }
  checkDuration(seconds, limits);
  return seconds;
}

/** @throws RunbookError `usage` */
export function checkDuration(seconds: number, { what, least, most }: DurationLimits): void {
  if (seconds >= least && seconds <= most) {
    return;
  }
  throw new RunbookError(
    'usage',
    `${formatDuration(seconds)} is ${seconds < least ? 'too short' : 'too long'} for ${what}`,
    {
      hints: [`pass --duration from ${formatDuration(least)} to ${formatDuration(most)}`],
      exitCode: 2,
    },
  );
}
