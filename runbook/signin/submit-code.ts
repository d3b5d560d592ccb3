/**
 * From a person's token to AWS: a code is asked for when a fresh one can be there, claimed in the ledger, sent once,
 * and a refusal is traced to its reason. AWS says "access denied" whatever the reason is; what tells them apart is what
 * else is known: the ledger, the day the device was enabled, whose it is.
 */

import { AwsFault } from '../aws/aws';
import { isDenied } from '../aws/faults';
import type { MfaFactor } from '../aws/session-issuer';
import { CodeLedger } from './code-ledger';
import { type ChosenDevice, deviceLabel, listOwnDevices } from './own-device';
import type { SessionWorld } from './ports';
import { foreignDevice, wrongCodes } from './session-errors';

/** How many refused codes are explained before the run ends. */
const WRONG_CODES_AT_MOST = 3;
/** STS learns of a device some ten seconds after IAM (8 to 14 were observed). */
const PROPAGATION_MS = 15_000;
/** A token's clock may be up to two seconds behind ours: its display changes that much later. */
const DISPLAY_LAG_MS = 2_000;

/** What the codes of one run came to, for the `state:` line. */
export class SentCodes {
  public count = 0;
}

/** Whose code, and what it is for. */
export interface Submission<T> {
  readonly device: ChosenDevice;
  /** ARN of the caller. */
  readonly callerArn: string;
  /** This machine's clock minus AWS's. */
  readonly clockOffsetMs: number;
  /** Sends the code. @param refused how many codes were refused before */
  readonly send: (mfa: MfaFactor, refused: number) => Promise<T>;
  /** What to say after a first refusal, where it is not sure that it was the code's. */
  readonly doubt?: string;
  readonly sent: SentCodes;
}

/** Asks for codes until AWS takes one. */
export async function submitCode<T>(
  submission: Submission<T>,
  world: SessionWorld,
  signal: AbortSignal,
): Promise<T> {
  const { arn } = submission.device;
  const desk = new CodeDesk(world, submission.clockOffsetMs, arn, signal);
  await desk.untilPropagated(submission.device.enabledAt);
  await desk.untilFree();
  for (let refused = 0; ; ) {
    const code = await desk.takeCode();
    submission.sent.count++;
    try {
      return await submission.send({ deviceArn: arn, code }, refused);
    } catch (error) {
      if (!(error instanceof AwsFault) || !isDenied(error)) {
        throw error;
      }
      if (await desk.wasTooEarly(submission.callerArn)) {
        continue;
      }
      refused++;
      if (refused === WRONG_CODES_AT_MOST) {
        throw wrongCodes(arn, refused, error);
      }
      const left = WRONG_CODES_AT_MOST - refused;
      const reason = submission.doubt !== undefined && refused === 1 ? submission.doubt : WRONG;
      world.terminal.event('code-refused', { device: arn, triesLeft: left });
      world.terminal.note(`${reason}; ${left} ${left === 1 ? 'try' : 'tries'} left`);
      await desk.untilNext();
    }
  }
}

const WRONG = 'AWS refused that code: look at the serial of the token, and type the code it shows next';

/** The codes of one device, and the times at which there is one. */
class CodeDesk {
  readonly #world: SessionWorld;
  readonly #offsetMs: number;
  readonly #device: string;
  readonly #signal: AbortSignal;
  readonly #ledger: CodeLedger;
  /** The device is known to be the caller's, and enabled long enough. */
  #isSettled = false;

  public constructor(world: SessionWorld, offsetMs: number, device: string, signal: AbortSignal) {
    this.#world = world;
    this.#offsetMs = offsetMs;
    this.#device = device;
    this.#signal = signal;
    this.#ledger = new CodeLedger(world.privateFiles, world.files.stateFolder, device);
  }

  /** AWS's time, which is the tokens' too. */
  #now(): number {
    return this.#world.clock.now() - this.#offsetMs;
  }

  /** Waits until STS knows a device that was enabled a moment ago. @returns whether there was anything to wait for */
  public async untilPropagated(enabledAt: Date | undefined): Promise<boolean> {
    if (enabledAt === undefined) {
      return false;
    }
    this.#isSettled = true;
    const atMs = enabledAt.getTime() + PROPAGATION_MS;
    if (this.#now() >= atMs) {
      return false;
    }
    await this.#until(atMs, 'the device was enabled just now, and AWS takes its codes in');
    return true;
  }

  /** Waits until there can be a code that nobody has submitted. */
  public async untilFree(): Promise<void> {
    const free = await this.#ledger.freeAtMs(this.#now());
    if (free === undefined) {
      return;
    }
    await this.#held(
      free.reason,
      free.atMs,
      'a code of this device was submitted on this machine a moment ago, and each counts once',
    );
  }

  /** After a refusal: the code that still shows is of no use, and that was said. */
  public async untilNext(): Promise<void> {
    const free = await this.#ledger.freeAtMs(this.#now());
    if (free !== undefined) {
      await this.#held(free.reason, free.atMs, undefined);
    }
  }

  /** Asks for a code and claims it for one submission. */
  public async takeCode(): Promise<string> {
    for (;;) {
      const typed = await this.#world.terminal.ask(
        {
          name: 'code',
          message: `code of ${deviceLabel(this.#device)}`,
          check: (answer) =>
            /^\d{3} ?\d{3}$/.test(answer) ? undefined : `a code is six digits, not "${answer}"`,
        },
        this.#signal,
      );
      // From here on it counts as used.
      this.#signal.throwIfAborted();
      const code = typed.replace(' ', '');
      const claim = await this.#ledger.claim(code, this.#now());
      if (claim.outcome === 'claimed') {
        return code;
      }
      await this.#held(
        claim.outcome,
        claim.outcome === 'used' ? claim.nextCodeAtMs : claim.windowEndsAtMs,
        'that code was submitted before, on this machine, and each counts once',
      );
    }
  }

  /**
   * After a refusal: waits where the device was enabled only just, and ends where it is not the caller's.
   *
   * @throws RunbookError `session/no-device`
   */
  public async wasTooEarly(callerArn: string): Promise<boolean> {
    if (this.#isSettled) {
      return false;
    }
    this.#isSettled = true;
    const devices = await listOwnDevices(this.#world.issuer).catch(() => undefined);
    if (devices === undefined) {
      return false;
    }
    const device = devices.find(({ arn }) => arn === this.#device);
    if (device === undefined) {
      throw foreignDevice(this.#device, callerArn);
    }
    // The refusal is some round trips old, so the device was younger then.
    return this.untilPropagated(device.enabledAt);
  }

  async #held(reason: 'used' | 'too-many', atMs: number, whyUsed: string | undefined): Promise<void> {
    const { terminal } = this.#world;
    terminal.event('code-held', { device: this.#device, reason });
    if (reason === 'used') {
      if (whyUsed !== undefined) {
        terminal.note(whyUsed);
      }
      await this.#until(atMs + DISPLAY_LAG_MS, 'the next code comes in');
      return;
    }
    terminal.note('nine codes of this device were tried in three minutes, and AWS would not look at a tenth');
    await this.#until(atMs, 'AWS looks at codes again in');
  }

  async #until(atMs: number, what: string): Promise<void> {
    const remainingMs = (): number => Math.max(0, atMs - this.#now());
    await this.#world.terminal.during(
      () => `${what} ${Math.ceil(remainingMs() / 1000)} s`,
      this.#world.clock.sleep(remainingMs(), this.#signal),
    );
  }
}
