/** The port to PC/SC readers; `pcsc.ts` is the real one, the virtual token's the other. */
import type { Transport } from './transport';

/** A card on a reader. A new connection for every time a card is laid on. */
export interface Card extends Transport {
  readonly reader: string;
  /** Answer to reset. */
  readonly atr: Uint8Array;
  /** Resolves once this card has left the reader. */
  readonly removed: Promise<void>;
}

/** Why no reader can be used. */
export type ReaderFault =
  /** `nfc-pcsc` is not installed, or its native part does not load. */
  | 'no-module'
  /** The PC/SC service (`pcscd`) does not run. */
  | 'no-service'
  /** No reader is plugged in. */
  | 'no-reader'
  /** `--reader` names none of those plugged in. */
  | 'unknown-reader'
  /** Several are plugged in and none was named. */
  | 'several-readers'
  /** A card lies on the reader but does not answer to reset. */
  | 'mute-card';

/** No reader can be used; `readers` are the names found, if it got that far. */
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
   * Names of the readers plugged in now; SAM slots left out.
   *
   * @throws ReaderError `no-module` or `no-service`
   */
  list(): Promise<readonly string[]>;

  /**
   * Waits until a card lies on the reader, and connects to it. A card that lies there already counts.
   *
   * @param reader an exact name, or part of one that only one reader has; without it the only reader is used
   * @param signal aborts the wait
   * @throws ReaderError
   */
  card(reader: string | undefined, signal: AbortSignal): Promise<Card>;

  /** Lets go of the readers, so that the process can end. */
  close(): Promise<void>;
}
