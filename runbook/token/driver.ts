/** The port that every driver of a token implements, and the errors that it throws. */
import type { Seed } from '../seed';
import { formatStatusWord } from './apdu';

/** The information that a token gives without authentication. */
export interface TokenInfo {
  readonly serial: string;
  /** The vendor's name of the model, known from the serial's prefix. */
  readonly model: string;
  /** The token's own clock, in Unix seconds. */
  readonly clock: number;
}

/** A programmable token on the reader. */
export interface TokenDriver {
  /** Name of the driver, such as `token2-single`. */
  readonly id: string;
  /** The longest seed it takes, in bytes. */
  readonly seedCapacity: number;
  /** Setting the clock wipes the seed ("restricted sync"). */
  readonly clockWipesSeed: boolean;
  /** Reads serial, model and clock, without authentication and without a change. */
  info(): Promise<TokenInfo>;
  /**
   * Authenticates, sets clock and configuration (SHA-1, 30 s, 6 digits), then writes the seed. Safe to repeat.
   *
   * @param nowSeconds called immediately before the clock is written; returns Unix seconds
   * @throws CardGoneError, StatusWordError, MalformedAnswerError
   * @throws RangeError if the seed does not fit; nothing was sent
   */
  burn(seed: Seed, nowSeconds: () => number): Promise<void>;
}

/** The token refused a command. */
export class StatusWordError extends Error {
  public override readonly name = 'StatusWordError';

  public constructor(
    public readonly command: string,
    /** SW1 SW2 as one number, such as 0x6A80. */
    public readonly statusWord: number,
    public readonly meaning: string,
    public readonly nextAction: string = '',
  ) {
    super(`the token refused "${command}" with ${formatStatusWord(statusWord)}: ${meaning}`);
  }
}

/** The token accepted a command, but its answer does not follow the protocol. */
export class MalformedAnswerError extends Error {
  public override readonly name = 'MalformedAnswerError';

  public constructor(
    public readonly command: string,
    public readonly detail: string,
  ) {
    super(`the answer to "${command}" does not follow the protocol: ${detail}`);
  }
}

/** The kinds of cards that must not be written to. */
export type ForeignKind =
  /** It does not answer get-info, or not in its form: a bank card, a FIDO key, a badge. */
  | 'not-a-token'
  /** It answers like a token, but its serial has no known prefix. */
  | 'unknown-prefix'
  /** It is a known token whose seed cannot be set, or that takes no seed from AWS. */
  | 'not-programmable';

/** The card on the reader is not one that may be written to. It was only identified. */
export class ForeignCardError extends Error {
  public override readonly name = 'ForeignCardError';

  public constructor(
    public readonly kind: ForeignKind,
    /** Known facts: its serial, its model, or its answer. */
    public readonly detail: string,
  ) {
    super(`${kind}: ${detail}`);
  }
}
