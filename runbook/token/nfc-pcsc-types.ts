/** Types for the parts of `nfc-pcsc` 0.8.1 that we use, because it publishes none. */
import type { EventEmitter } from 'node:events';

/**
 * The logger of the module. `status` comes with an `NfcStatus` as its detail, `card inserted` with the ATR; that of other
 * messages may hold raw commands, so it must never be kept.
 */
export type NfcLogger = Readonly<
  Record<'log' | 'debug' | 'info' | 'warn' | 'error', (message: unknown, detail?: unknown) => void>
>;

/** The status that a reader reports at each change. */
export interface NfcStatus {
  /** The `dwEventState` of PC/SC: flags, and in the upper 16 bits the number of times a card came or went. */
  readonly state?: number;
  readonly atr?: Uint8Array;
}

/** The part of pcsclite's own reader that connects. */
interface NativeReader {
  readonly SCARD_SHARE_EXCLUSIVE: number;
  connect(
    options: { readonly share_mode: number },
    done: (error: Error | null | undefined, protocol?: number) => void,
  ): void;
}

/** A reader. Events: `card` {atr}, `card.off`, `error` (Error), and `end` when it is unplugged. */
export interface NfcReader extends EventEmitter {
  readonly name: string;
  logger: NfcLogger;
  /** Must be false before a card arrives; otherwise the module sends a SELECT of its own. */
  autoProcessing: boolean;
  connection: { readonly protocol?: number } | null;
  /** The native part. */
  readonly reader?: NativeReader;
  /** The result has no protocol if the module considers itself connected already. */
  connect(): Promise<{ readonly protocol?: number }>;
  disconnect(): Promise<unknown>;
  /** @param maxLength of the answer, including the status word; a longer answer is an error */
  transmit(data: Buffer, maxLength: number): Promise<Buffer>;
  close(): void;
}

/** The connection to PC/SC. Events: `reader` (NfcReader), `error` (Error). */
export interface Nfc extends EventEmitter {
  close(): void;
}

export interface NfcPcscModule {
  readonly NFC: new (logger: NfcLogger) => Nfc;
}
