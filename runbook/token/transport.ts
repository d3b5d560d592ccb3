/** The hardware seam: one method that sends a command APDU and returns the answer. */

/** A command APDU (ISO/IEC 7816-4), ready to send. */
export interface CommandApdu {
  /** What the command does, in the words of a trace: `get info`, `write seed`. */
  readonly name: string;
  /** Header, length and body, as sent. */
  readonly bytes: Uint8Array;
  /** The body is a secret (or a public-key encryption of one): traces show the first five bytes only. */
  readonly secret: boolean;
}

/** A connection to whatever lies on the reader. */
export interface Transport {
  /**
   * Sends one command.
   *
   * @returns the data followed by the status word, SW1 SW2; at least two bytes
   * @throws CardGoneError when the card left the field, or did not answer in time
   */
  transmit(command: CommandApdu): Promise<Uint8Array>;
}

/**
 * The card was removed, switched itself off, or did not answer: whether the command took effect is unknown.
 */
export class CardGoneError extends Error {
  public override readonly name = 'CardGoneError';

  public constructor(
    /** The command that got no answer. */
    public readonly command: string,
    options?: ErrorOptions,
  ) {
    super(`no answer to "${command}"`, options);
  }
}
