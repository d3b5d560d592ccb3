/** The port to PC/SC readers, implemented by `pcsc.ts` and by the virtual tokens. */
import type { Transport } from './transport';

/** A card on a reader. Each time a card is laid on, this is a new connection. */
export interface Card extends Transport {
  readonly reader: string;
  /** Answer to reset. */
  readonly atr: Uint8Array;
  /** Resolves once this card has left the reader. */
  readonly removed: Promise<void>;
}

/** The reasons why no reader can be used. */
export type ReaderFault =
  /** `nfc-pcsc` is not installed, or its native part does not load. */
  | 'no-module'
  /** The native part of `nfc-pcsc` was built for another version of Node. */
  | 'other-node'
  /** The PC/SC service (`pcscd`) is not running. */
  | 'no-service'
  /** The PC/SC service closed the connection: it refuses this user, or stopped. */
  | 'service-closed'
  /** A program other than the PC/SC service listens on its socket. */
  | 'other-service'
  /** The PC/SC service runs, but refuses this user (polkit). */
  | 'no-access'
  /** No reader is plugged in. */
  | 'no-reader'
  /** The reader was unplugged while a card was awaited. */
  | 'unplugged'
  /** `--reader` names no reader that is plugged in. */
  | 'unknown-reader'
  /** Several readers are plugged in, none was named, and not exactly one of them has a card. */
  | 'several-readers'
  /** A card on the reader does not answer to reset. */
  | 'mute-card'
  /** Another program holds the card exclusively. */
  | 'card-in-use';

/** No reader can be used; `readers` are the names that were found, if any, or the socket that was looked at for the service. */
export class ReaderError extends Error {
  public override readonly name = 'ReaderError';

  public constructor(
    public readonly fault: ReaderFault,
    public readonly readers: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    super(`reader: ${fault}`, options);
  }
}

/** Access to the readers of this machine. */
export interface Readers {
  /**
   * Lists the names of the readers that are plugged in, without SAM slots.
   *
   * @throws ReaderError if the module or the service is missing or refuses
   */
  list(): Promise<readonly string[]>;

  /**
   * Waits until a card is on the reader, and connects to it. The card may be there already.
   *
   * @param reader an exact name, or a part that only one reader's name has; without it the only reader is used, or the
   *   only one with a card
   * @param signal aborts the wait
   * @throws ReaderError
   */
  card(reader: string | undefined, signal: AbortSignal): Promise<Card>;

  /** Releases the readers, so that the process can end. */
  close(): Promise<void>;
}
