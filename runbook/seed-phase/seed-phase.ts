/**
 * The seed phase: the part of an enrolment in which a seed exists, behind a port.
 *
 * In the command it runs in a process of its own, which ends with the seed: the SDK and the reader's library keep
 * copies that nobody can wipe. What comes out of it are an ARN, what the token says of itself, and six-digit codes.
 */
import type { DeviceSpecification } from '../aws/aws';
import type { CodeJudgement } from '../token/codes';
import type { TokenInfo } from '../token/driver';

/** A token that lies on the reader, as the seed phase sees it. */
export interface LaidToken {
  readonly info: TokenInfo;
  /** Name of the driver, such as `token2-single`. */
  readonly driver: string;
  /** The longest seed it takes, in bytes. */
  readonly seedCapacity: number;
  readonly reader: string;
}

/** A device just created; its seed stays behind. */
export interface NewDevice {
  readonly arn: string;
  readonly seedBytes: number;
}

/** One seed, from its creation to its end. Every method throws what the layer below throws (AwsFault, CardGoneError, …). */
export interface SeedPhase {
  /** Begins to load what the first call needs, while a person handles the token. Never throws. */
  warm(): void;
  /** Waits for a card, connects, and asks it what it is, without authentication. The token is then the one to burn. */
  layToken(reader: string | undefined, signal: AbortSignal): Promise<LaidToken>;
  /** iam:CreateVirtualMFADevice */
  createDevice(device: DeviceSpecification): Promise<NewDevice>;
  /**
   * Burns the seed onto the token laid last, and asks the token for its clock.
   *
   * @param onWriting told immediately before the first write; from then on nobody knows what the token holds until it
   *   answers
   */
  burn(onWriting: () => void, signal: AbortSignal): Promise<TokenInfo>;
  /** Judges a typed code against the seed. @param nowSeconds unix seconds */
  judge(typed: string, nowSeconds: number): Promise<CodeJudgement>;
  /** The codes of step `counter - 1` and of step `counter`: what EnableMFADevice takes. */
  pair(counter: number): Promise<readonly [string, string]>;
  /** Wipes the seed and ends whatever held a copy; resolves when it is gone. Never throws; safe to call twice. */
  end(): Promise<void>;
}
