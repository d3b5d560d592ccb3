/** What every driver of a token can do, and the facts it throws. */
import type { Seed } from '../seed';

/** What a token says of itself without authentication. */
export interface TokenInfo {
  readonly serial: string;
  /** The vendor's name of the model, from the serial's prefix. */
  readonly model: string;
  /** The token's own clock, unix seconds. */
  readonly clock: number;
}

/** A programmable token on the reader. */
export interface TokenDriver {
  /** Name of the driver, such as `token2-single`. */
  readonly id: string;
  /** The longest seed it takes, in bytes. */
  readonly seedCapacity: number;
  /** Whether setting the clock wipes the seed ("restricted sync"). */
  readonly clockWipesSeed: boolean;
  /** Reads serial, model and clock; needs no authentication and changes nothing. */
  info(): Promise<TokenInfo>;
  /**
   * Authenticates, sets clock and configuration (SHA-1, 30 s, 6 digits), then writes the seed. Safe to
   * repeat.
   *
   * @param nowSeconds read immediately before the clock is written; unix seconds
   * @throws CardGoneError, StatusWordError, MalformedAnswerError
   * @throws RangeError when the seed does not fit; nothing was sent
   */
  burn(seed: Seed, nowSeconds: () => number): Promise<void>;
}

/** The token refused a command. */
export class StatusWordError extends Error {
  public override readonly name = 'StatusWordError';

  public constructor(
    /** The command refused. */
    public readonly command: string,
    /** SW1 SW2 as one number, such as 0x6A80. */
    public readonly statusWord: number,
    /** What that status word means for this command. */
    public readonly meaning: string,
    /** What to do next. */
    public readonly nextAction: string = '',
  ) {
    super(
      `"${command}" was refused with ${statusWord.toString(16).toUpperCase().padStart(4, '0')}: ${meaning}`,
    );
  }
}

/** The token said yes, but its answer is not in the form of the protocol. */
export class MalformedAnswerError extends Error {
  public override readonly name = 'MalformedAnswerError';

  public constructor(
    /** The command answered. */
    public readonly command: string,
    /** What is wrong with the answer. */
    public readonly detail: string,
  ) {
    super(`the answer to "${command}" makes no sense: ${detail}`);
  }
}

/** What lies on the reader is not a token this command may write to. */
export type ForeignKind =
  /** Does not answer to get-info, or not in its form: a bank card, a FIDO key, a badge. */
  | 'not-a-token'
  /** Answers like a token, but its serial has no known prefix. */
  | 'unknown-prefix'
  /** A known token whose seed cannot be set or that takes no AWS seed. */
  | 'not-programmable';

/** What lies on the reader was not written to; it was only asked what it is. */
export class ForeignCardError extends Error {
  public override readonly name = 'ForeignCardError';

  public constructor(
    public readonly kind: ForeignKind,
    /** What is known of it: its serial, its model, or how it answered. */
    public readonly detail: string,
  ) {
    super(`${kind}: ${detail}`);
  }
}
