/**
 * Takes a code from a person's token to AWS: asks for it when there can be a fresh one, claims it in the ledger, sends
 * it once, and finds the reason for a rejection. AWS says "access denied" whatever the reason is; the reasons are told
 * apart by its texts where they are known, by the ledger, by the time at which the device was enabled, and by whose device it is.
 */
import { countOf } from '../../lib/record/text';
import { AwsFault } from '../aws/aws';
import { isDenied } from '../aws/faults';
import type { MfaFactor } from '../aws/session-issuer';
import { askCode, countDown } from '../terminal/code-prompt';
import type { Question } from '../terminal/terminal';
import { CodeLedger, type Hold } from './code-ledger';
import { whyDenied } from './denial';
import { type ChosenDevice, deviceLabel, listOwnDevices } from './own-device';
import { foreignDevice, wrongCodes } from './session-errors';
import type { SignIn } from './sign-in';

/** The run ends after this many rejected codes. */
const MAX_WRONG_CODES = 3;
/** STS learns of a device some ten seconds after IAM (8 to 14 were observed). */
const PROPAGATION_MS = 15_000;
/** A token's clock may be up to two seconds behind ours: its display changes that much later. */
const DISPLAY_LAG_MS = 2_000;

/** A device, and the call that its code is for. */
interface Submission<T> {
  readonly device: ChosenDevice;
  readonly callerArn: string;
  /** This machine's clock minus AWS's. */
  readonly clockOffsetMs: number;
  readonly send: (mfa: MfaFactor) => Promise<T>;
  /** Explains a first rejection that may have another reason than the code. */
  readonly doubt?: string;
  /** @default the code of the device by its label */
  readonly prompt?: Pick<Question, 'name' | 'message'>;
}

/** Asks for codes until AWS accepts one. */
export async function submitCode<T>(
  submission: Submission<T>,
  signIn: SignIn,
  signal: AbortSignal,
): Promise<T> {
  const { device, callerArn, send, doubt = WRONG } = submission;
  const codes = new DeviceCodes(submission, signIn, signal);
  await codes.untilPropagated(device.enabledAt);
  await codes.untilFree(
    'a code of this device was submitted from this machine a moment ago, and AWS accepts each code once',
  );
  for (let rejected = 0; ; ) {
    const code = await codes.take();
    try {
      return await send({ deviceArn: device.arn, code });
    } catch (error) {
      if (!(error instanceof AwsFault) || !isDenied(error)) {
        throw error;
      }
      if (await codes.wereTooEarly(callerArn)) {
        continue;
      }
      rejected++;
      if (rejected === MAX_WRONG_CODES) {
        throw wrongCodes(device.arn, rejected, error);
      }
      const triesLeft = MAX_WRONG_CODES - rejected;
      signIn.terminal.event('code-refused', { device: device.arn, triesLeft });
      signIn.terminal.note(
        `${rejected === 1 && whyDenied(error) === 'unknown' ? doubt : WRONG}; ${countOf(triesLeft, 'try', 'tries')} left`,
      );
      // The code that is still on the display is used up, and the note just said so.
      await codes.untilFree(undefined);
    }
  }
}

const WRONG = 'AWS rejected that code: check the serial of the token, and type the next code that it shows';

/** The codes of one device. */
class DeviceCodes {
  readonly #signIn: SignIn;
  readonly #device: string;
  readonly #offsetMs: number;
  readonly #prompt: Pick<Question, 'name' | 'message'>;
  readonly #signal: AbortSignal;
  readonly #ledger: CodeLedger;
  /** The device is known to be the caller's, and to have been enabled long enough ago. */
  #isSettled = false;

  public constructor(
    { device, clockOffsetMs, prompt }: Submission<unknown>,
    signIn: SignIn,
    signal: AbortSignal,
  ) {
    this.#prompt = prompt ?? { name: 'code', message: `code of ${deviceLabel(device.arn)}` };
    this.#signIn = signIn;
    this.#device = device.arn;
    this.#offsetMs = clockOffsetMs;
    this.#signal = signal;
    this.#ledger = new CodeLedger(signIn.privateFiles, signIn.files.stateFolder, device.arn);
  }

  /** Returns AWS's time, which is the tokens' too. */
  #now(): number {
    return this.#signIn.clock.now() - this.#offsetMs;
  }

  /** Waits until STS knows a device that was enabled a moment ago; returns whether it had to wait. */
  public async untilPropagated(enabledAt: Date | undefined): Promise<boolean> {
    if (enabledAt === undefined) {
      return false;
    }
    this.#isSettled = true;
    const atMs = enabledAt.getTime() + PROPAGATION_MS;
    if (this.#now() >= atMs) {
      return false;
    }
    await this.#until(atMs, 'the device was enabled just now, and AWS accepts its codes in');
    return true;
  }

  /** Waits until there can be a code that was not submitted yet. @param whyUsed said before waiting */
  public async untilFree(whyUsed: string | undefined): Promise<void> {
    const free = await this.#ledger.freeAtMs(this.#now());
    if (free !== undefined) {
      await this.#hold(free, whyUsed);
    }
  }

  /** Asks for a code and claims it for one submission. */
  public async take(): Promise<string> {
    for (;;) {
      const code = await askCode(this.#signIn.terminal, this.#prompt, this.#signal);
      // From here on it counts as used.
      this.#signal.throwIfAborted();
      const hold = await this.#ledger.claim(code, this.#now());
      if (hold === undefined) {
        return code;
      }
      await this.#hold(
        hold,
        'that code was already submitted from this machine, and AWS accepts each code once',
      );
    }
  }

  /**
   * Waits, after a rejection, if the device was enabled a moment ago; returns whether it was.
   *
   * @throws RunbookError `session/no-device` if the device is not the caller's
   */
  public async wereTooEarly(callerArn: string): Promise<boolean> {
    if (this.#isSettled) {
      return false;
    }
    this.#isSettled = true;
    const devices = await listOwnDevices(this.#signIn.issuer, callerArn).catch(() => undefined);
    if (devices === undefined) {
      return false;
    }
    const device = devices.find(({ arn }) => arn === this.#device);
    if (device === undefined) {
      throw foreignDevice(this.#device, callerArn);
    }
    // The rejection is some round trips old, so the device was younger then.
    return this.untilPropagated(device.enabledAt);
  }

  async #hold({ reason, atMs }: Hold, whyUsed: string | undefined): Promise<void> {
    const { terminal } = this.#signIn;
    terminal.event('code-held', { device: this.#device, reason });
    if (reason === 'too-many') {
      terminal.note('nine codes of this device were tried in three minutes, and AWS would ignore a tenth');
      await this.#until(atMs, 'AWS accepts codes again in');
      return;
    }
    if (whyUsed !== undefined) {
      terminal.note(whyUsed);
    }
    await this.#until(atMs + DISPLAY_LAG_MS, 'the next code comes in');
  }

  async #until(atMs: number, text: string): Promise<void> {
    await countDown({ untilMs: atMs + this.#offsetMs, text }, this.#signIn, this.#signal);
  }
}
