/**
 * The codes of a device that were submitted on this machine, shared by every process on it.
 *
 * Rules: a code is claimed before it is sent, and the claim is never withdrawn once it was sent. A claim is one empty
 * file, created exclusively, named by the step of its submission and the SHA-256 of device and code. Nothing is locked,
 * so a crash leaves nothing locked: each process makes its claim first and then looks at the others, so that of two
 * with the same code at least one sees the other and yields.
 */
import { parseDeviceArn } from '../../lib/record/names';
import { formatPlace } from '../../lib/record/place';
import { STEP_SECONDS } from '../token/codes';
import { hashed, type PrivateFiles } from './private-files';

const STEP_MS = STEP_SECONDS * 1000;
/** STS counts the verifications of a device in windows of three minutes of UTC. */
const WINDOW_STEPS = 6;
/** Verifications of one device in one window, right or wrong; STS rejects the next without looking at it. */
const TRIES_PER_WINDOW = 9;
/** STS accepts codes two steps old or early; after ten minutes equal digits are another code. */
const KEPT_STEPS = 20;

interface Submission {
  /** The 30-second step of AWS's time in which it was made. */
  readonly step: number;
  /** Of device and code. */
  readonly digest: string;
}

/** The reason why no code of a device can be submitted now, and when one can (unix milliseconds of AWS's time). */
export interface Hold {
  /** `used`: submitted before, by this process or another. `too-many`: STS would not look at it. */
  readonly reason: 'used' | 'too-many';
  readonly atMs: number;
}

function stepAt(nowMs: number): number {
  return Math.floor(nowMs / STEP_MS);
}
function windowOf(step: number): number {
  return Math.floor(step / WINDOW_STEPS);
}

/** Holds until the code of the next step begins. */
function used(step: number): Hold {
  return { reason: 'used', atMs: (step + 1) * STEP_MS };
}
function tooMany(step: number): Hold {
  return { reason: 'too-many', atMs: (windowOf(step) + 1) * WINDOW_STEPS * STEP_MS };
}

/**
 * Judges a claim; returns nothing if it holds.
 *
 * @param others every submission of the device except the claim
 */
function judgeClaim(claim: Submission, others: readonly Submission[]): Hold | undefined {
  const recent = others.filter(({ step }) => Math.abs(claim.step - step) <= KEPT_STEPS);
  if (recent.some(({ digest }) => digest === claim.digest)) {
    return used(claim.step);
  }
  const inWindow = recent.filter(({ step }) => windowOf(step) === windowOf(claim.step));
  return inWindow.length >= TRIES_PER_WINDOW ? tooMany(claim.step) : undefined;
}

/** Names a device of a fleet by its token, as the ceremonies do; any other by its ARN. */
function placeName(deviceArn: string): string {
  const name = parseDeviceArn(deviceArn);
  return name === undefined ? deviceArn : formatPlace(name);
}

export class CodeLedger {
  readonly #files: PrivateFiles;
  readonly #device: string;
  /** The folder of its own submissions. */
  readonly #folder: string;
  /** The folders of all submissions of the device. */
  readonly #folders: readonly string[];

  /**
   * @param stateFolder where this program keeps what must last
   * @param device its ARN, for a session; or the place of a ceremony's token
   */
  public constructor(
    files: PrivateFiles,
    stateFolder: string,
    device: string | { readonly place: string; readonly by: 'ceremony' },
  ) {
    this.#files = files;
    this.#device = typeof device === 'string' ? placeName(device) : device.place;
    const name = hashed(this.#device).slice(0, 32);
    this.#folders = ['codes', 'ceremony-codes'].map((folder) => `${stateFolder}/${folder}/${name}`);
    this.#folder = `${stateFolder}/${typeof device === 'string' ? 'codes' : 'ceremony-codes'}/${name}`;
  }

  /** Returns true if the code was submitted from this machine in the last minutes. @param nowMs AWS's time */
  public async has(code: string, nowMs: number): Promise<boolean> {
    const digest = hashed(`${this.#device}\n${code}`);
    return (await this.#submissions(stepAt(nowMs))).some((submission) => submission.digest === digest);
  }

  /** Claims a code for one submission; returns nothing if it may be sent. @param nowMs AWS's time */
  public async claim(code: string, nowMs: number): Promise<Hold | undefined> {
    const claim = { step: stepAt(nowMs), digest: hashed(`${this.#device}\n${code}`) };
    const before = judgeClaim(claim, await this.#submissions(claim.step));
    if (before !== undefined) {
      return before;
    }
    const path = `${this.#folder}/${claim.step}.${claim.digest}`;
    if (!(await this.#files.claim(path))) {
      return used(claim.step);
    }
    const others = (await this.#submissions(claim.step)).filter(
      ({ step, digest }) => step !== claim.step || digest !== claim.digest,
    );
    const hold = judgeClaim(claim, others);
    if (hold !== undefined) {
      await this.#files.remove(path);
    }
    return hold;
  }

  /** Looks for a reason to wait before a code is asked for. @param nowMs AWS's time */
  public async freeAtMs(nowMs: number): Promise<Hold | undefined> {
    const now = stepAt(nowMs);
    const submissions = await this.#submissions(now);
    if (submissions.filter(({ step }) => windowOf(step) === windowOf(now)).length >= TRIES_PER_WINDOW) {
      return tooMany(now);
    }
    return submissions.some(({ step }) => step === now) ? used(now) : undefined;
  }

  /** Lists the submissions that may still matter, and removes the others. */
  async #submissions(step: number): Promise<readonly Submission[]> {
    const found: Submission[] = [];
    const lists = await Promise.all(this.#folders.map((folder) => this.#files.list(folder)));
    for (const [folder, name] of lists.flatMap((names, index) =>
      names.map((each) => [this.#folders[index] ?? '', each] as const),
    )) {
      const [, digits, digest] = /^(\d{1,12})\.([0-9a-f]{64})$/.exec(name) ?? [];
      if (digits === undefined || digest === undefined) {
        continue;
      }
      const submission = { step: Number(digits), digest };
      if (submission.step < step - KEPT_STEPS) {
        await this.#files.remove(`${folder}/${name}`);
      } else {
        found.push(submission);
      }
    }
    return found;
  }
}
