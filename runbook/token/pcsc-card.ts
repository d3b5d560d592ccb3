/** A card on a reader of nfc-pcsc, and the connection to it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MalformedAnswerError } from './driver';
import type { NfcReader } from './nfc-pcsc-types';
import { INSUFFICIENT_BUFFER, pcscCode } from './pcsc-fault';
import type { Card } from './readers';
import { CardGoneError, type CommandApdu } from './transport';

/** A short answer has at most 256 bytes and the status word. */
export const MAX_ANSWER_BYTES = 258;

/** Names an answer that is longer. The card has executed the command. */
export function tooLong({ name }: CommandApdu): MalformedAnswerError {
  return new MalformedAnswerError(name, `more than the ${MAX_ANSWER_BYTES} bytes that an answer has at most`);
}

/** The presence of one card: from the moment it is seen on the reader until it is removed. */
export class CardPresence {
  public readonly removed: Promise<void>;
  #over = false;
  #end: () => void = () => {};

  public constructor(
    /** Answer to reset. */
    public readonly atr: Uint8Array,
    /** The reader's count of cards that came and went when this one was seen; `undefined` if it reported none. */
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

/** A connection to one card. It is spent after a failed exchange. */
export class PcscCard implements Card {
  #spent = false;
  #pending: Promise<unknown> = Promise.resolve();

  public constructor(
    private readonly device: NfcReader,
    private readonly presence: CardPresence,
    /** The time limit for an answer. */
    private readonly timeoutMs: number,
  ) {}

  public get reader(): string {
    return this.device.name;
  }

  public get atr(): Uint8Array {
    return this.presence.atr;
  }

  public get removed(): Promise<void> {
    return this.presence.removed;
  }

  /** The card is present, as far as we know, and no exchange with it has failed. */
  public get isUsable(): boolean {
    return !this.#spent && !this.presence.isOver;
  }

  /** Settles when no exchange is in progress, including one that nobody waits for anymore. */
  public get idle(): Promise<unknown> {
    return this.#pending;
  }

  public async transmit(command: CommandApdu): Promise<Uint8Array> {
    if (!this.isUsable) {
      throw new CardGoneError(command.name);
    }
    try {
      const answer = await this.#exchange(command);
      // If a card leaves in the middle of an exchange, the answer may be empty.
      if (answer.length < 2) {
        throw new Error(`the reader returned ${answer.length} bytes`);
      }
      return answer;
    } catch (cause) {
      this.#spent = true;
      if (pcscCode(cause) === INSUFFICIENT_BUFFER) {
        throw tooLong(command);
      }
      throw new CardGoneError(command.name, { cause });
    }
  }

  async #exchange({ bytes, answerWithinMs = this.timeoutMs }: CommandApdu): Promise<Uint8Array> {
    // A view, not a copy, so that these bytes are wiped with the command. (The native module copies them for its thread
    // and frees that copy without wiping it, which we cannot change.)
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const answer = this.device.transmit(view, MAX_ANSWER_BYTES);
    this.#pending = answer.catch(() => undefined);
    return within<Uint8Array>(answerWithinMs, answer, () => {
      throw new Error(`no answer within ${answerWithinMs} ms`);
    });
  }
}

/** Waits for work; if it takes too long, does what `late` does. */
export async function within<T>(milliseconds: number, work: Promise<T>, late: () => T): Promise<T> {
  const timeout = new AbortController();
  const timer = sleep(milliseconds, undefined, { signal: timeout.signal }).then(late);
  try {
    return await Promise.race([work, timer]);
  } finally {
    timeout.abort();
    timer.catch(() => undefined);
  }
}
