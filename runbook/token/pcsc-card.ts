/** A card on a reader of nfc-pcsc: from the moment it is seen until it is taken off, and the connection to it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NfcReader } from './nfc-pcsc-types';
import type { Card } from './readers';
import { CardGoneError, type CommandApdu } from './transport';

/** Of a short answer: 256 bytes and the status word. */
const MAX_ANSWER_BYTES = 258;

/** From the moment a card is seen on the reader until it is taken off. */
export class Stay {
  public readonly removed: Promise<void>;
  #over = false;
  #end: () => void = () => {};

  public constructor(
    /** Answer to reset. */
    public readonly atr: Uint8Array,
    /** How often cards had come and gone on this reader when this one was seen; undefined if the reader did not say. */
    public readonly eventCount: number | undefined,
  ) {
    this.removed = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  public get isOver(): boolean {
    return this.#over;
  }

  public end(): void {
    this.#over = true;
    this.#end();
  }
}

/** A connection to the card of one stay. After an exchange that failed it is spent. */
export class PcscCard implements Card {
  readonly #device: NfcReader;
  readonly #stay: Stay;
  readonly #timeoutMs: number;
  #spent = false;
  #pending: Promise<unknown> = Promise.resolve();

  /** @param timeoutMs how long an answer may take */
  public constructor(device: NfcReader, stay: Stay, timeoutMs: number) {
    this.#device = device;
    this.#stay = stay;
    this.#timeoutMs = timeoutMs;
  }

  public get reader(): string {
    return this.#device.name;
  }

  public get atr(): Uint8Array {
    return this.#stay.atr;
  }

  public get removed(): Promise<void> {
    return this.#stay.removed;
  }

  /** The card lies there, as far as we know, and no exchange with it has failed. */
  public get isUsable(): boolean {
    return !this.#spent && !this.#stay.isOver;
  }

  /** Settles when no exchange is under way any more, one we no longer wait for included. */
  public get idle(): Promise<unknown> {
    return this.#pending;
  }

  public async transmit(command: CommandApdu): Promise<Uint8Array> {
    if (!this.isUsable) {
      throw new CardGoneError(command.name);
    }
    try {
      const answer = await this.#exchange(command.bytes);
      // A card that leaves in the middle of an exchange can look like an empty answer.
      if (answer.length < 2) {
        throw new Error(`the reader returned ${answer.length} bytes`);
      }
      return answer;
    } catch (cause) {
      this.#spent = true;
      throw new CardGoneError(command.name, { cause });
    }
  }

  async #exchange(bytes: Uint8Array): Promise<Uint8Array> {
    // A view, not a copy: whoever wipes the command wipes these bytes too. (The native module copies them for its
    // thread and frees that copy unwiped: out of our reach.)
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const answer = this.#device.transmit(view, MAX_ANSWER_BYTES);
    this.#pending = answer.catch(() => undefined);
    const timeout = new AbortController();
    const late = sleep(this.#timeoutMs, undefined, { signal: timeout.signal });
    try {
      return await Promise.race([answer, late.then(() => Promise.reject(this.#tooLate()))]);
    } finally {
      timeout.abort();
      late.catch(() => undefined);
    }
  }

  #tooLate(): Error {
    return new Error(`no answer within ${this.#timeoutMs} ms`);
  }
}
