/** The interface to the hardware: one method that sends a command APDU and returns the answer. */

/** A command APDU (ISO/IEC 7816-4), ready to send. */
export interface CommandApdu {
  /** The purpose of the command, as traces show it: `get info`, `write seed`. */
  readonly name: string;
  /** Header, length and body. */
  readonly bytes: Uint8Array;
  /** The body is a secret, or one encrypted with a public key: traces show only the first five bytes. */
  readonly secret: boolean;
  /**
   * The time limit for its answer, if a person must act before the card can give it.
   *
   * @default the reader's
   */
  readonly answerWithinMs?: number;
}

/** A connection to the card on the reader. */
export interface Transport {
  /**
   * Sends one command.
   *
   * @returns the data followed by the status word, SW1 SW2; at least two bytes
   * @throws CardGoneError if the card left the field or did not answer in time
   */
  transmit(command: CommandApdu): Promise<Uint8Array>;
  /** Adds a remark to the recording, if there is one. It holds no secret. */
  remark?(text: string): void;
}

/** The card was removed, switched itself off, or did not answer; the command may have taken effect. */
export class CardGoneError extends Error {
  public override readonly name = 'CardGoneError';
  /** The status word that the reader gave in place of the card. */
  public readonly reported: number | undefined;

  public constructor(
    public readonly command: string,
    { reported, ...options }: ErrorOptions & { readonly reported?: number } = {},
  ) {
    super(`no answer to "${command}"`, options);
    this.reported = reported;
  }
}
