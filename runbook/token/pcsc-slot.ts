/**
 * One reader of nfc-pcsc, and what lies on it.
 *
 * Two things nfc-pcsc keeps to itself: a connection that fails is emitted with the Error as the *name* of the event,
 * so nobody hears it (we listen to its logger instead, and to a watchdog); and after a failed exchange it goes on
 * using the dead connection for as long as the card lies there (we connect anew).
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { NfcLogger, NfcReader } from './nfc-pcsc-types';
import { type Card, ReaderError } from './readers';
import { CardGoneError, type CommandApdu } from './transport';

/** Of a short answer: 256 bytes and the status word. */
const MAX_ANSWER_BYTES = 258;
/** nfc-pcsc connects within milliseconds of seeing a card. */
const CONNECT_WATCHDOG_MS = 2_000;
/** How long the native thread may be awake after it reported a change; and how long until its first report. */
const AWAKE_MS = 30;
const FIRST_STATUS_MS = 500;
const RECONNECT_DELAY_MS = 400;
const RECONNECT_ATTEMPTS = 3;

export interface PcscTimings {
  /** How long an answer may take; the vendor's own burner waits three seconds. */
  readonly transmitTimeoutMs: number;
}

/** From the moment a card is seen on the reader until it is taken off. */
class Stay {
  public readonly removed: Promise<void>;
  #over = false;
  #end: () => void = () => {};

  public constructor(public readonly atr: Uint8Array) {
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
class PcscCard implements Card {
  public spent = false;
  readonly #device: NfcReader;
  readonly #stay: Stay;
  readonly #timings: PcscTimings;
  #pending: Promise<unknown> = Promise.resolve();

  public constructor(device: NfcReader, stay: Stay, timings: PcscTimings) {
    this.#device = device;
    this.#stay = stay;
    this.#timings = timings;
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

  /** Settles when no exchange is under way any more, one we no longer wait for included. */
  public get idle(): Promise<unknown> {
    return this.#pending;
  }

  public async transmit(command: CommandApdu): Promise<Uint8Array> {
    if (this.spent || this.#stay.isOver) throw new CardGoneError(command.name);
    try {
      const answer = await this.#exchange(command.bytes);
      // A card that leaves in the middle of an exchange can look like an empty answer.
      if (answer.length < 2) throw new Error(`the reader returned ${answer.length} bytes`);
      return answer;
    } catch (cause) {
      this.spent = true;
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
    const late = sleep(this.#timings.transmitTimeoutMs, undefined, { signal: timeout.signal });
    try {
      return await Promise.race([answer, late.then(() => Promise.reject(this.#tooLate()))]);
    } finally {
      timeout.abort();
      late.catch(() => undefined);
    }
  }

  #tooLate(): Error {
    return new Error(`no answer within ${this.#timings.transmitTimeoutMs} ms`);
  }
}

interface Waiter {
  readonly resolve: (card: Card) => void;
  readonly reject: (error: Error) => void;
}

/** A reader, for as long as it is plugged in. */
export class PcscSlot {
  readonly #device: NfcReader;
  readonly #timings: PcscTimings;
  readonly #waiters = new Set<Waiter>();
  #stay: Stay | undefined;
  #card: PcscCard | undefined;
  #reconnecting = false;
  #watchdog: NodeJS.Timeout | undefined;
  #lastStatusAt: number | undefined;

  public constructor(device: NfcReader, timings: PcscTimings) {
    this.#device = device;
    this.#timings = timings;
    device.autoProcessing = false;
    device.logger = this.#listeningLogger();
    device.on('card', ({ atr }: { atr?: Uint8Array }) => this.#cardConnected(atr));
    device.on('card.off', () => this.#cardRemoved());
    device.on('error', (cause: Error) => this.fail(new ReaderError('no-service', [], { cause })));
    device.on('end', () => {
      this.#cardRemoved();
      this.fail(new ReaderError('no-reader'));
    });
  }

  public get name(): string {
    return this.#device.name;
  }

  /** The card on this reader, or the next that is laid on it. */
  public card(signal: AbortSignal): Promise<Card> {
    if (this.#card && !this.#card.spent) return Promise.resolve(this.#card);
    return new Promise<Card>((resolve, reject) => {
      const settled = () => {
        this.#waiters.delete(waiter);
        signal.removeEventListener('abort', aborted);
      };
      const aborted = () => waiter.reject(signal.reason);
      const waiter: Waiter = {
        resolve: (card) => {
          settled();
          resolve(card);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', aborted);
      if (this.#stay) void this.#connectAgain(this.#stay);
    });
  }

  /** Ends every wait for a card. */
  public fail(error: Error): void {
    clearTimeout(this.#watchdog);
    for (const waiter of this.#waiters) waiter.reject(error);
  }

  /** Lets go of the reader; while an exchange hangs, once that has ended: closing would block until then. */
  public async close(): Promise<void> {
    this.fail(new Error(`the reader "${this.name}" was closed`));
    await this.#card?.idle;
    await this.#quiet();
    // The native part calls us, on a removal, with its lock held, and closing takes that lock: get out of the call.
    await nextTurn();
    this.#device.close();
  }

  /**
   * Waits until the native thread that watches the reader is asleep: told to end while it is awake, as it is at first
   * and for a moment after each change, it ends without letting go of the event loop, and the process stays.
   */
  async #quiet(): Promise<void> {
    const giveUpAt = performance.now() + FIRST_STATUS_MS;
    for (;;) {
      const now = performance.now();
      const awake = this.#lastStatusAt === undefined ? now < giveUpAt : now - this.#lastStatusAt < AWAKE_MS;
      if (!awake) return;
      await sleep(AWAKE_MS);
    }
  }

  #listeningLogger(): NfcLogger {
    const ignore = () => undefined;
    return {
      log: ignore,
      info: ignore,
      warn: ignore,
      // Of this one message only: the detail of others is the bytes of a command.
      debug: (message, detail) => {
        if (message === 'card inserted') this.#cardSeen(detail);
        if (message === 'status') this.#lastStatusAt = performance.now();
      },
      error: () => {
        if (this.#stay && !this.#card) void this.#connectAgain(this.#stay);
      },
    };
  }

  #cardSeen(atr: unknown): void {
    this.#cardRemoved();
    const stay = new Stay(atr instanceof Uint8Array ? Uint8Array.from(atr) : new Uint8Array());
    this.#stay = stay;
    this.#watchdog = setTimeout(() => void this.#connectAgain(stay), CONNECT_WATCHDOG_MS).unref();
  }

  #cardConnected(atr: Uint8Array | undefined): void {
    clearTimeout(this.#watchdog);
    this.#stay ??= new Stay(Uint8Array.from(atr ?? []));
    this.#announce(this.#stay);
  }

  #cardRemoved(): void {
    clearTimeout(this.#watchdog);
    this.#stay?.end();
    this.#stay = undefined;
    this.#card = undefined;
  }

  #announce(stay: Stay): void {
    const card = new PcscCard(this.#device, stay, this.#timings);
    this.#card = card;
    for (const waiter of this.#waiters) waiter.resolve(card);
  }

  /** Connects to a card that lies there without a working connection, or finds out that it was taken off. */
  async #connectAgain(stay: Stay): Promise<void> {
    if (this.#reconnecting) return;
    this.#reconnecting = true;
    try {
      let cause: unknown;
      for (let attempt = 0; attempt < RECONNECT_ATTEMPTS; attempt++) {
        await this.#card?.idle;
        // The reader notices a removal only every few hundred milliseconds.
        await Promise.race([stay.removed, sleep(RECONNECT_DELAY_MS)]);
        if (stay.isOver || this.#stay !== stay) return;
        try {
          await this.#connect();
          this.#announce(stay);
          return;
        } catch (error) {
          cause = error;
        }
      }
      this.fail(new ReaderError('mute-card', [this.name], { cause }));
    } finally {
      this.#reconnecting = false;
    }
  }

  async #connect(): Promise<void> {
    if (this.#device.connection) await this.#device.disconnect();
    const { protocol } = await this.#device.connect();
    // The native part says "connected" without a protocol when it never let go of the connection before.
    if (protocol === undefined) throw new Error('the reader still holds the connection that failed');
  }
}
