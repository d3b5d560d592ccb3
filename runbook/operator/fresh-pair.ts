/**
 * Two codes in a row that only AWS can judge, taken so that they are of the present as far as that shows without a seed.
 *
 * AWS takes a pair that is hours old, stores how old it was, and sign-in fails from then on. So each code has a time in
 * which it must be typed, and no code is taken twice.
 */

import type { Ports } from '../ceremony/ports';
import { RunbookError } from '../runbook-error';
import { counterAt, STEP_SECONDS } from '../token/codes';
import { askCode, type CodesOf, countDown, DISPLAY_LAG_MS } from './typed-code';

/** Whose codes, and what is known of them. */
export interface FreshCodesOf extends CodesOf {
  /** The token's clock minus ours, seconds; `undefined` where there is no reader to ask it. */
  readonly tokenOffsetSeconds: number | undefined;
}

/** A code typed later than this after it was asked for may be one that was noted down: seconds. */
const FIRST_CODE_SECONDS = 60;

/** And the second, after the token began to show it: it is then at most two steps old, which sign-in still takes. */
const NEXT_CODE_SECONDS = 45;

/** Who types sooner than this after the display changed may have read it before: seconds. */
const READING_SECONDS = 8;

/** Without the token's clock: by then most show their next code, and none the one after it. */
const BLIND_WAIT_MS = 20_000;

/** And the rest do this much later: a token that still shows the same code is asked once more, not every second. */
const BLIND_REST_MS = 10_000;

/** How often two codes are begun anew, and how often one of them is asked for again. */
const ROUNDS_AT_MOST = 3;
const ASKED_AT_MOST = 20;

/**
 * Asks for two codes in a row.
 *
 * @param used codes that AWS was given before: it takes none of them again
 * @throws RunbookError `code/wrong` when three rounds gave none, `cancelled`
 */
export async function takeFreshPair(
  about: FreshCodesOf,
  used: ReadonlySet<string>,
  ports: Ports,
  signal: AbortSignal,
): Promise<readonly [string, string]> {
  for (let round = 1; round <= ROUNDS_AT_MOST; round++) {
    const first = await takeFirst(about, used, ports, signal);
    const second = first && (await takeNext(first, about, ports, signal));
    if (first !== undefined && second !== undefined) {
      return [first, second];
    }
    if (round < ROUNDS_AT_MOST) {
      ports.terminal.note('both codes once more, from the first');
    }
  }
  throw new RunbookError('code/wrong', `no two codes in a row were typed in time, ${ROUNDS_AT_MOST} times`, {
    hints: [
      `switch ${about.token.serial} off and on, see that its display changes every ${STEP_SECONDS} s, then run \`${about.command}\` again`,
    ],
  });
}

/** Waits, showing a countdown, until the token shows its next code. */
export async function waitForNextCode(
  { tokenOffsetSeconds }: FreshCodesOf,
  ports: Ports,
  signal: AbortSignal,
): Promise<void> {
  const now = ports.clock.now();
  const until =
    tokenOffsetSeconds === undefined
      ? now + BLIND_WAIT_MS
      : stepBeginMs(tokenStep(now, tokenOffsetSeconds) + 1, tokenOffsetSeconds) + DISPLAY_LAG_MS;
  await countDown(until, ports, signal);
}

/** The same code was typed again: waits for what is left of its time. */
async function waitForChange(
  { tokenOffsetSeconds }: FreshCodesOf,
  ports: Ports,
  signal: AbortSignal,
): Promise<void> {
  return countDown(
    ports.clock.now() + (tokenOffsetSeconds === undefined ? BLIND_REST_MS : DISPLAY_LAG_MS),
    ports,
    signal,
  );
}

function tokenStep(nowMs: number, offsetSeconds: number): number {
  return counterAt(nowMs / 1000 + offsetSeconds);
}

/** When, by our clock, a step of the token's begins; unix milliseconds. */
function stepBeginMs(step: number, offsetSeconds: number): number {
  return (step * STEP_SECONDS - offsetSeconds) * 1000;
}

async function takeFirst(
  about: FreshCodesOf,
  used: ReadonlySet<string>,
  ports: Ports,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (let asked = 1; asked <= ASKED_AT_MOST; asked++) {
    const askedAt = ports.clock.now();
    const code = await askCode('code', about, ports, signal);
    if (used.has(code)) {
      ports.terminal.note('AWS was given that code before: wait until the display changes');
      await waitForChange(about, ports, signal);
      continue;
    }
    const doubt = doubtOfFirst(askedAt, ports.clock.now(), about.tokenOffsetSeconds);
    if (doubt === undefined) {
      return code;
    }
    ports.terminal.note(doubt);
  }
  return undefined;
}

/** Why a first code may be older than it should be. */
function doubtOfFirst(
  askedAtMs: number,
  typedAtMs: number,
  offsetSeconds: number | undefined,
): string | undefined {
  const seconds = Math.round((typedAtMs - askedAtMs) / 1000);
  if (seconds > FIRST_CODE_SECONDS) {
    return `that took ${seconds} s, and the code may be an old one: type what the token shows now`;
  }
  if (offsetSeconds === undefined) {
    return undefined;
  }
  const step = tokenStep(typedAtMs, offsetSeconds);
  const isJustChanged = typedAtMs - stepBeginMs(step, offsetSeconds) < READING_SECONDS * 1000;
  if (step === tokenStep(askedAtMs, offsetSeconds) || !isJustChanged) {
    return undefined;
  }
  return 'the display changed while you typed: type what the token shows now';
}

/** The second code; nothing when it came too late. */
async function takeNext(
  first: string,
  about: FreshCodesOf,
  ports: Ports,
  signal: AbortSignal,
): Promise<string | undefined> {
  await waitForNextCode(about, ports, signal);
  const begun = ports.clock.now();
  for (let asked = 1; asked <= ASKED_AT_MOST; asked++) {
    const code = await askCode('next-code', about, ports, signal);
    const seconds = Math.round((ports.clock.now() - begun) / 1000);
    if (seconds > NEXT_CODE_SECONDS) {
      ports.terminal.note(`that took ${seconds} s, and the code may be an old one`);
      return undefined;
    }
    if (code !== first) {
      return code;
    }
    ports.terminal.note('that is the same code again: wait until the display changes');
    await waitForChange(about, ports, signal);
  }
  return undefined;
}
