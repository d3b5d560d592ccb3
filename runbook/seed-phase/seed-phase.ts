/**
 * The seed phase: the part of an enrollment in which a seed exists, behind a port.
 *
 * The command runs it in a process of its own, which ends with the seed, because the SDK and the reader's library keep
 * copies that nobody can wipe. Its results are an ARN, what the token says about itself, and six-digit codes.
 */
import type { TokenType } from '../../lib/record/record';
import type { DeviceSpecification } from '../aws/aws';
import type { SeedLabel } from '../seed-source/otpauth';
import type { SeedSource } from '../seed-source/read-seed';
import type { CodeJudgement } from '../token/codes';
import type { BurnTarget, DriverId, Occupancy, TokenDriver, TokenInfo, TokenLock } from '../token/driver';

/** A token on the reader, as the seed phase sees it. */
export interface LaidToken {
  readonly info: TokenInfo;
  /** The type by which the record should declare it. */
  readonly type: TokenType;
  readonly driver: DriverId;
  /** The longest seed it takes, in bytes. */
  readonly seedCapacity: number;
  readonly codeSource: TokenDriver['codeSource'];
  /** The secret that `unlock` must enter before anything else works; absent if none is needed. */
  readonly lock?: TokenLock;
  readonly reader: string;
}

/** A device that was just created; its seed stays in the phase. */
export interface MadeDevice {
  readonly arn: string;
  readonly seedBytes: number;
}

/** A seed was read that a picture or a person handed over, with this label; the seed stays in the phase. */
export interface ReadSeed extends SeedLabel {
  readonly seedBytes: number;
}

/** A token after a burn. */
export interface BurnedToken extends TokenInfo {
  /** The answer to the write of the seed was lost, and the token cannot show whether it has it: its codes can. */
  readonly isInDoubt?: true;
}

/** One seed, from its creation until it is wiped. Every method throws the errors of the layer below (AwsFault, CardGoneError, …). */
export interface SeedPhase {
  /** Starts loading what the first call needs, while a person handles the token. Never throws. */
  warm(): void;
  /** Waits for a card, connects and identifies it without authentication. `burn` then writes to this token. */
  layToken(reader: string | undefined, signal: AbortSignal): Promise<LaidToken>;
  /**
   * Enters the secret of the token that was laid last. If it is right, the phase enters it again whenever the same token is
   * laid on again, and `layToken` reports no lock then.
   *
   * @throws TokenLockedError
   */
  unlock(secret: string): Promise<void>;
  /**
   * Finds out, before anything is made, whether that token accepts to be written to.
   *
   * @throws TokenLockedError `needed`, if its secret was changed; then `unlock` helps
   */
  authenticate(): Promise<void>;
  /** Reads what that token holds at a place; `unknown` if it does not say. */
  occupancy(target: BurnTarget): Promise<Occupancy>;
  /** iam:CreateVirtualMFADevice */
  createDevice(device: DeviceSpecification): Promise<MadeDevice>;
  /**
   * Reads the seed from a picture or from a person instead. A person types into the standard input of the command, which
   * must not read it during that time.
   *
   * @throws RunbookError `seed/…`, `usage`, `cancelled`
   */
  readSeed(source: SeedSource, signal: AbortSignal): Promise<ReadSeed>;
  /**
   * Burns the seed onto the token that was laid last, and reads the token's clock. After the answer to a write was lost, the
   * next call finds out how far that burn got, and continues it.
   *
   * @param target where on the token
   * @param onWriting called immediately before the first write; from then on nobody knows what the token holds until it
   *   answers
   */
  burn(target: BurnTarget, onWriting: () => void, signal: AbortSignal): Promise<BurnedToken>;
  /**
   * Has the token that was laid last compute the code of a step.
   *
   * @param onTouch called when the token waits to be touched
   * @throws TouchError
   */
  code(target: BurnTarget, counter: number, onTouch: () => void): Promise<string>;
  /** Judges a typed code against the seed. @param nowSeconds unix seconds */
  judge(typed: string, nowSeconds: number): Promise<CodeJudgement>;
  /** Computes the codes of steps `counter - 1` and `counter`, which EnableMFADevice takes. */
  pair(counter: number): Promise<readonly [string, string]>;
  /** Wipes the seed, ends whatever held a copy, and resolves when it is gone. Never throws; safe to call twice. */
  end(): Promise<void>;
}
