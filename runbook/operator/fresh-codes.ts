/**
 * Takes codes that only AWS can judge, and makes as sure as it can without a seed that they are fresh.
 *
 * AWS accepts a pair of codes that is hours old and stores how old it was, and sign-in fails from then on. So each code
 * must be typed within a given time, and no code is taken twice.
 */
import { placeOf } from '../../lib/record/place';
import type { Ports } from '../ceremony/ports';
import { RunbookError } from '../runbook-error';
import { type CodePair, counterAt, STEP_SECONDS } from '../token/codes';
import type { CodeSource } from './code-source';
import { askTokenCode, awaitNextCode, DISPLAY_LAG_MS, type HeldToken } from './typed-code';

/** A code typed later than this after it was asked for may be one that was noted down: seconds. */
const FIRST_CODE_SECONDS = 60;

/** The same for the second code, from when the token begins to show it: it is then at most two steps old, which sign-in accepts. */
const NEXT_CODE_SECONDS = 45;

/** A code typed within this time after the display changed may have been read before the change: seconds. */
const READING_SECONDS = 8;

/** When the token's clock is not known: after this long most tokens show their next code, and none the one after it. */
const BLIND_WAIT_MS = 20_000;

/** The other tokens need this much longer: a repeated code is asked for again after this time, not every second. */
const BLIND_REST_MS = 10_000;

/** Limits on how often a pair is started again, and on how often one code is asked for again. */
const ROUNDS_AT_MOST = 3;
const ASKED_AT_MOST = 20;

/** The display of one token, read by a person. */
export class FreshCodes implements CodeSource {
  /** Codes that were handed out: AWS accepts none of them again. */
  readonly #used = new Set<string>();

  /** @param about `tokenOffsetSeconds`: the token's clock minus ours; unknown if no reader read it */
  public constructor(
    private readonly ports: Ports,
    private readonly about: HeldToken & { readonly tokenOffsetSeconds: number | undefined },
  ) {}

  public get isClockKnown(): boolean {
    return this.about.tokenOffsetSeconds !== undefined;
  }

  /**
   * Asks for two codes in a row.
   *
   * @throws RunbookError `code/wrong` when three rounds gave none, `cancelled`
   */
  public async takePair(): Promise<CodePair> {
    // The drill knows its own codes, and has waited for the next one already.
    if (this.#used.size === 0 && (await this.ports.usedCodes.isUsedNow(placeOf(this.about.token)))) {
      this.ports.terminal.note('AWS was given a code of this token a moment ago, and accepts each code once');
      await this.waitForNext();
    }
    for (let round = 1; round <= ROUNDS_AT_MOST; round++) {
      const first = await this.#takeFirst();
      const endsAtMs = this.#endOfNextStep();
      const second = first && (await this.#takeNext(first));
      if (first !== undefined && second !== undefined) {
        this.#used.add(first).add(second);
        return { codes: [first, second], endsAtMs };
      }
      if (round < ROUNDS_AT_MOST) {
        this.ports.terminal.note('type both codes again, starting with the first');
      }
    }
    throw new RunbookError(
      'code/wrong',
      `no two codes in a row were typed in time in ${ROUNDS_AT_MOST} rounds`,
      {
        hints: [
          `switch ${this.about.token.serial} off and on, check that its display changes every ${STEP_SECONDS} s, then run \`{command}\` again`,
        ],
      },
    );
  }

  /** Waits, showing a countdown, until the token shows its next code. */
  public async waitForNext(): Promise<void> {
    const { tokenOffsetSeconds } = this.about;
    const now = this.ports.clock.now();
    const until =
      tokenOffsetSeconds === undefined
        ? now + BLIND_WAIT_MS
        : stepBeginMs(tokenStep(now, tokenOffsetSeconds) + 1, tokenOffsetSeconds) + DISPLAY_LAG_MS;
    await awaitNextCode(this.ports, until);
  }

  /** Returns the earliest end of the step after the present one. */
  #endOfNextStep(): number {
    const { tokenOffsetSeconds } = this.about;
    const now = this.ports.clock.now();
    return tokenOffsetSeconds === undefined
      ? now + STEP_SECONDS * 1000
      : stepBeginMs(tokenStep(now, tokenOffsetSeconds) + 2, tokenOffsetSeconds);
  }

  /** Waits for the rest of a code's time, after the same one was typed again. */
  async #waitForChange(): Promise<void> {
    const restMs = this.about.tokenOffsetSeconds === undefined ? BLIND_REST_MS : DISPLAY_LAG_MS;
    await awaitNextCode(this.ports, this.ports.clock.now() + restMs);
  }

  async #takeFirst(): Promise<string | undefined> {
    const { aws, clock, terminal } = this.ports;
    for (let asked = 1; asked <= ASKED_AT_MOST; asked++) {
      // The answer before may have taken an hour; from here on to AWS's own answer nothing is renewed.
      await aws.renewSession();
      const askedAt = clock.now();
      const code = await askTokenCode(this.ports, 'code', this.about);
      if (this.#used.has(code) || (await this.ports.usedCodes.has(placeOf(this.about.token), code))) {
        terminal.note('AWS was given that code before: wait until the display changes');
        await this.#waitForChange();
        continue;
      }
      const doubt = doubtOfFirst(askedAt, clock.now(), this.about.tokenOffsetSeconds);
      if (doubt === undefined) {
        return code;
      }
      terminal.note(doubt);
    }
    return undefined;
  }

  /** Takes the second code; returns nothing if it came too late. */
  async #takeNext(first: string): Promise<string | undefined> {
    const { clock, terminal } = this.ports;
    await this.waitForNext();
    const begun = clock.now();
    for (let asked = 1; asked <= ASKED_AT_MOST; asked++) {
      const code = await askTokenCode(this.ports, 'next-code', this.about);
      const seconds = Math.round((clock.now() - begun) / 1000);
      if (seconds > NEXT_CODE_SECONDS) {
        terminal.note(`that took ${seconds} s, so the code may be an old one`);
        return undefined;
      }
      if (code !== first && (await this.ports.usedCodes.has(placeOf(this.about.token), code))) {
        // A code that comes after it would not follow the first one.
        terminal.note('AWS was given that code before, and accepts each code once');
        return undefined;
      }
      if (code !== first) {
        return code;
      }
      terminal.note('that is the same code again: wait until the display changes');
      await this.#waitForChange();
    }
    return undefined;
  }
}

function tokenStep(nowMs: number, offsetSeconds: number): number {
  return counterAt(nowMs / 1000 + offsetSeconds);
}

/** Converts the beginning of a step of the token's clock to our clock; unix milliseconds. */
function stepBeginMs(step: number, offsetSeconds: number): number {
  return (step * STEP_SECONDS - offsetSeconds) * 1000;
}

/** Says why a first code may be older than it should be. */
function doubtOfFirst(
  askedAtMs: number,
  typedAtMs: number,
  offsetSeconds: number | undefined,
): string | undefined {
  const seconds = Math.round((typedAtMs - askedAtMs) / 1000);
  if (seconds > FIRST_CODE_SECONDS) {
    return `that took ${seconds} s, so the code may be an old one: type the one that the token shows now`;
  }
  if (offsetSeconds === undefined) {
    return undefined;
  }
  const step = tokenStep(typedAtMs, offsetSeconds);
  const isJustChanged = typedAtMs - stepBeginMs(step, offsetSeconds) < READING_SECONDS * 1000;
  if (step === tokenStep(askedAtMs, offsetSeconds) || !isJustChanged) {
    return undefined;
  }
  return 'the display changed while you typed: type the one that the token shows now';
}
