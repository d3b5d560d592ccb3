/**
 * Judges the codes of a virtual MFA device as AWS does. Pure: the judgment depends on the device's codes, what was
 * accepted before, and the time; nothing is stored here.
 *
 * The numbers are observations of AWS (September 2026, github.com/radkawar/stackd, docs/iam-mfa.md), not
 * promises:
 * - A pair (Enable, Resync) is two consecutive codes in order, both newer than the second of the last
 *   accepted pair. The second may be from 998 steps behind to 1,000 steps ahead of the device's adjusted
 *   time, and the distance found is the new adjustment. So a stale pair is accepted, and signing in then
 *   fails.
 * - STS accepts a code up to two steps from the adjusted time, each counter once.
 * - The pair and STS keep separate histories: a pair uses up nothing for STS, and STS nothing for a pair.
 */

const stepSeconds = 30;
const pairStepsBehind = 998;
const pairStepsAhead = 1000;
const sessionSteps = 2;
const verificationWindowMs = 3 * 60_000;
/** Verifications that STS allows for one device ARN in one three-minute window of UTC, right or wrong. */
export const verificationsPerWindow = 9;

/** Gives the code of a counter. */
export type CodeOf = (counter: number) => string;

/** AWS's belief about the device's clock. */
export interface Synchronization {
  /** Added to AWS's own step to get the device's. */
  readonly offsetSteps: number;
  /** The second counter of the last accepted pair. */
  readonly lastPairCounter: number | undefined;
}

type PairJudgment = { readonly accepted: true; readonly now: Synchronization } | { readonly accepted: false };

type SessionJudgment = { readonly accepted: true; readonly counter: number } | { readonly accepted: false };

/** Gives the TOTP counter of an instant (RFC 6238, 30 s steps from 1970). */
export function stepAt(nowMs: number): number {
  return Math.floor(nowMs / 1000 / stepSeconds);
}

/** Gives the three-minute window of UTC that contains an instant. */
export function verificationWindowAt(nowMs: number): number {
  return Math.floor(nowMs / verificationWindowMs);
}

export function judgePair(
  codeOf: CodeOf,
  before: Synchronization,
  first: string,
  second: string,
  nowMs: number,
): PairJudgment {
  const step = stepAt(nowMs);
  const adjusted = step + before.offsetSteps;
  const floor = before.lastPairCounter ?? Number.NEGATIVE_INFINITY;
  for (const distance of nearestFirst(pairStepsBehind, pairStepsAhead)) {
    const counter = adjusted + distance;
    if (counter - 1 <= floor || counter < 1) {
      continue;
    }
    if (codeOf(counter) === second && codeOf(counter - 1) === first) {
      return { accepted: true, now: { offsetSteps: counter - step, lastPairCounter: counter } };
    }
  }
  return { accepted: false };
}

export function judgeSessionCode(
  codeOf: CodeOf,
  offsetSteps: number,
  usedCounters: ReadonlySet<number>,
  code: string,
  nowMs: number,
): SessionJudgment {
  const adjusted = stepAt(nowMs) + offsetSteps;
  for (const distance of nearestFirst(sessionSteps, sessionSteps)) {
    const counter = adjusted + distance;
    if (counter >= 0 && !usedCounters.has(counter) && codeOf(counter) === code) {
      return { accepted: true, counter };
    }
  }
  return { accepted: false };
}

/** Yields 0, −1, 1, −2, 2, …: valid codes are usually near, and finding them should not take 2,000 HMACs. */
function* nearestFirst(behind: number, ahead: number): Generator<number> {
  yield 0;
  for (let distance = 1; distance <= Math.max(behind, ahead); distance += 1) {
    if (distance <= behind) {
      yield -distance;
    }
    if (distance <= ahead) {
      yield distance;
    }
  }
}
