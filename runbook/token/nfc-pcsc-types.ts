/** The part of `nfc-pcsc` 0.8.1 we use, which publishes no types. */
import type { EventEmitter } from 'node:events';

/** Where the module writes; its further arguments hold raw commands, so they must never be kept. */
export interface NfcLogger {
  log(message: unknown): void;
  /** `status` comes with an `NfcStatus`, `card inserted` with the ATR; other messages with raw commands. */
  debug(message: unknown, detail?: unknown): void;
  info(message: unknown): void;
  warn(message: unknown): void;
  error(message: unknown): void;
}

/** What the reader reports, whenever it changes. */
export interface NfcStatus {
  /** The `dwEventState` of PC/SC: flags, and in the upper 16 bits how often a card came or went. */
  readonly state?: number;
  readonly atr?: Uint8Array;
}

/** What `connect` returns: without a protocol when the module thinks it is connected already. */
export interface NfcConnection {
  readonly protocol?: number;
}

/** Events: `card` {atr}, `card.off`, `error` (Error), `end` when the reader is unplugged. */
export interface NfcReader extends EventEmitter {
  readonly name: string;
  logger: NfcLogger;
  /** Must be false before a card arrives, or the module sends a SELECT of its own. */
  autoProcessing: boolean;
  readonly connection: NfcConnection | null;
  connect(): Promise<NfcConnection>;
  disconnect(): Promise<unknown>;
  /** @param maxLength of the answer, status word included; too small is an error, not a cut */
  transmit(data: Buffer, maxLength: number): Promise<Buffer>;
  close(): void;
}

/** Events: `reader` (NfcReader), `error` (Error). */
export interface Nfc extends EventEmitter {
  close(): void;
}

export interface NfcPcscModule {
  readonly NFC: new (logger: NfcLogger) => Nfc;
}
