/**
 * Which codes of a device this machine has submitted, shared by every process on it.
 *
 * Rules: a code is claimed before it is sent, and never given back once it was sent; a claim is one empty file, made
 * exclusively, named by the step of its submission and the SHA-256 of device and code. Nothing is locked, so nothing
 * is left locked by a crash: each process makes its claim first and looks at the others' after, so of two with the same
 * code at least one sees the other and yields.
 */
import { createHash } from 'node:crypto';
import { STEP_SECONDS } from '../token/codes';
import type { PrivateFiles } from './private-files';

const STEP_MS = STEP_SECONDS * 1000;
/** STS counts the verifications of a device in windows of three minutes of UTC. */
const WINDOW_STEPS = 6;
/** Verifications of one device in one window, right or wrong; the next is refused unseen. */
export const TRIES_PER_WINDOW = 9;
/** STS takes codes two steps old or early; after ten minutes equal digits are another code. */
const KEPT_STEPS = 20;

/** One submission. */
export interface Submission {
  /** The 30-second step of AWS's time in which it was made. */
  readonly step: number;
  /** SHA-256 of device and code, hexadecimal. */
  readonly digest: string;
}

/** What came of a claim. */
export type Claim =
  | { readonly outcome: 'claimed' }
  /** Submitted before, by this process or by another. */
  | { readonly outcome: 'used'; readonly nextCodeAtMs: number }
  /** STS would not look at it. */
  | { readonly outcome: 'too-many'; readonly windowEndsAtMs: number };

function stepAt(nowMs: number): number {
  return Math.floor(nowMs / STEP_MS);
}
function windowOf(step: number): number {
  return Math.floor(step / WINDOW_STEPS);
}

/** When the code after that of a step begins, unix milliseconds. */
function nextStepMs(step: number): number {
  return (step + 1) * STEP_MS;
}
function windowEndMs(step: number): number {
  return (windowOf(step) + 1) * WINDOW_STEPS * STEP_MS;
}

function digestOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n'), 'utf8').digest('hex');
}

/** Name of the file of a submission. */
export function formatSubmission({ step, digest }: Submission): string {
  return `${step}.${digest}`;
}

/** A submission of a file's name; `undefined` for a foreign file. */
export function parseSubmission(name: string): Submission | undefined {
  const [, step, digest] = /^(\d{1,12})\.([0-9a-f]{64})$/.exec(name) ?? [];
  return step === undefined || digest === undefined ? undefined : { step: Number(step), digest };
}

/**
 * Judges a claim among all that are there, itself included.
 *
 * @param others every submission of the device but the claim
 */
export function judgeClaim(claim: Submission, others: readonly Submission[]): Claim {
  const recent = others.filter(({ step }) => Math.abs(claim.step - step) <= KEPT_STEPS);
  if (recent.some(({ digest }) => digest === claim.digest)) {
    return { outcome: 'used', nextCodeAtMs: nextStepMs(claim.step) };
  }
  const inWindow = recent.filter(({ step }) => windowOf(step) === windowOf(claim.step));
  if (inWindow.length >= TRIES_PER_WINDOW) {
    return { outcome: 'too-many', windowEndsAtMs: windowEndMs(claim.step) };
  }
  return { outcome: 'claimed' };
}

/** The submissions of one device. */
export class CodeLedger {
  readonly #files: PrivateFiles;
  readonly #device: string;
  readonly #folder: string;

  /** @param stateFolder where this program keeps what must last */
  public constructor(files: PrivateFiles, stateFolder: string, deviceArn: string) {
    this.#files = files;
    this.#device = deviceArn;
    this.#folder = `${stateFolder}/codes/${digestOf(deviceArn).slice(0, 32)}`;
  }

  /** Takes a code for one submission. @param nowMs AWS's time */
  public async claim(code: string, nowMs: number): Promise<Claim> {
    const claim = { step: stepAt(nowMs), digest: digestOf(this.#device, code) };
    const before = judgeClaim(claim, await this.#submissions(claim.step));
    if (before.outcome !== 'claimed') {
      return before;
    }
    const path = `${this.#folder}/${formatSubmission(claim)}`;
    if (!(await this.#files.claim(path))) {
      return { outcome: 'used', nextCodeAtMs: nextStepMs(claim.step) };
    }
    const others = (await this.#submissions(claim.step)).filter(
      ({ step, digest }) => step !== claim.step || digest !== claim.digest,
    );
    const judgement = judgeClaim(claim, others);
    if (judgement.outcome !== 'claimed') {
      await this.#files.remove(path);
    }
    return judgement;
  }

  /**
   * When a code that nobody has submitted can be there: now, unless one was submitted in this very step, or STS looks
   * at no more of them in this window.
   *
   * @param nowMs AWS's time
   */
  public async freeAtMs(
    nowMs: number,
  ): Promise<{ readonly atMs: number; readonly reason: 'used' | 'too-many' } | undefined> {
    const step = stepAt(nowMs);
    const submissions = await this.#submissions(step);
    if (submissions.filter((other) => windowOf(other.step) === windowOf(step)).length >= TRIES_PER_WINDOW) {
      return { atMs: windowEndMs(step), reason: 'too-many' };
    }
    return submissions.some((other) => other.step === step)
      ? { atMs: nextStepMs(step), reason: 'used' }
      : undefined;
  }

  /** Every submission that may still matter; those that cannot are taken away. */
  async #submissions(step: number): Promise<readonly Submission[]> {
    const found: Submission[] = [];
    for (const name of await this.#files.list(this.#folder)) {
      const submission = parseSubmission(name);
      if (submission === undefined) {
        continue;
      }
      if (submission.step < step - KEPT_STEPS) {
        await this.#files.remove(`${this.#folder}/${name}`);
      } else {
        found.push(submission);
      }
    }
    return found;
  }
}
