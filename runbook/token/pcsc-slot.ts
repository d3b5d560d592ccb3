/**
 * One reader of nfc-pcsc, and what lies on it.
 *
 * What nfc-pcsc keeps to itself, and what we do about it:
 * - A connection that fails is emitted with the Error as the *name* of the event, so nobody hears it: we listen to its
 *   logger, and to a watchdog.
 * - After a failed exchange it goes on using the dead connection for as long as the card lies there: we connect anew.
 * - It announces a card although the connection is that of the card before, which it had not yet let go of (it has no
 *   protocol then), or although the card was taken off while it connected: we announce neither.
 * - A card that is swapped while this process is busy is reported as one change, "present" to "present", which it takes
 *   for none: we look at the reader's count of cards that came and went.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { NfcLogger, NfcReader, NfcStatus } from './nfc-pcsc-types';
import { PcscCard, Stay } from './pcsc-card';
import { type Card, ReaderError } from './readers';

/** nfc-pcsc connects within milliseconds of seeing a card. */
const CONNECT_WATCHDOG_MS = 2_000;
/**
 * How long the native thread may be awake after it reported a change; and how long until its first report, for which
 * libpcsclite sleeps 0.4 s where a card has no answer to reset yet.
 */
const AWAKE_MS = 50;
const FIRST_STATUS_MS = 2_000;
/** pcscd looks at most readers every 0.4 s and the time that takes: until then a card just taken off seems to be there. */
const RECONNECT_DELAY_MS = 600;
const RECONNECT_ATTEMPTS = 3;
/** In a reader's state: a card lies there (SCARD_STATE_PRESENT), and above these bits the count of comings and goings. */
const STATE_PRESENT = 0x20;
const EVENT_COUNT_SHIFT = 16;

export interface PcscTimings {
  /** How long an answer may take; the vendor's own burner waits three seconds. */
  readonly transmitTimeoutMs: number;
  /** How long closing waits for an exchange that nobody waits for any more. */
  readonly closeTimeoutMs: number;
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
  /** The last connection announced, usable or not. */
  #card: PcscCard | undefined;
  /** The stay whose card is being connected to by us. */
  #reconnecting: Stay | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #lastStatusAt: number | undefined;
  #eventCount: number | undefined;
  #closed = false;

  public constructor(device: NfcReader, timings: PcscTimings) {
    this.#device = device;
    this.#timings = timings;
    device.autoProcessing = false;
    device.logger = this.#listeningLogger();
    device.on('card', () => this.#cardConnected());
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
    if (this.#card?.isUsable) {
      return Promise.resolve(this.#card);
    }
    return new Promise<Card>((resolve, reject) => {
      const settled = () => {
        this.#waiters.delete(waiter);
        signal.removeEventListener('abort', aborted);
      };
      function aborted() {
        return waiter.reject(signal.reason);
      }
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
      if (this.#stay) {
        void this.#connectAgain(this.#stay);
      }
    });
  }

  /** Ends every wait for a card. */
  public fail(error: Error): void {
    clearTimeout(this.#watchdog);
    for (const waiter of this.#waiters) {
      waiter.reject(error);
    }
  }

  /**
   * Lets go of the card and the reader, once an exchange that hangs has ended: the native part holds a lock meanwhile,
   * and closing would block the process on it. One that hangs for too long is left, with its threads, to the end of
   * the process.
   */
  public async close(): Promise<void> {
    this.#closed = true;
    this.fail(new Error(`the reader "${this.name}" was closed`));
    if (!(await isDoneWithin(this.#timings.closeTimeoutMs, this.#letGo()))) {
      return;
    }
    await this.#quiet();
    // The native part calls us, on a removal, with its lock held, and closing takes that lock: get out of the call.
    await nextTurn();
    this.#device.close();
  }

  /** Ends the connection: left open, it would be ended with a reset of the card whenever the reader is collected. */
  async #letGo(): Promise<void> {
    await this.#card?.idle;
    if (this.#device.connection) {
      await this.#device.disconnect().catch(() => undefined);
    }
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
      if (!awake) {
        return;
      }
      await sleep(AWAKE_MS);
    }
  }

  #listeningLogger(): NfcLogger {
    function ignore() {
      return undefined;
    }
    return {
      log: ignore,
      info: ignore,
      warn: ignore,
      // Of these messages only: the detail of others is the bytes of a command.
      debug: (message, detail) => {
        if (message === 'status') {
          this.#statusReported(detail as NfcStatus);
        }
        if (message === 'card inserted') {
          this.#cardSeen(detail);
        }
      },
      error: () => {
        if (this.#stay && !this.#card?.isUsable) {
          void this.#connectAgain(this.#stay);
        }
      },
    };
  }

  #statusReported({ state, atr }: NfcStatus): void {
    this.#lastStatusAt = performance.now();
    if (state === undefined) {
      return;
    }
    this.#eventCount = state >>> EVENT_COUNT_SHIFT;
    const isPresent = (state & STATE_PRESENT) !== 0;
    if (!isPresent || !this.#stay || this.#stay.eventCount === this.#eventCount) {
      return;
    }
    void this.#connectAgain(this.#cardSeen(atr));
  }

  #cardSeen(atr: unknown): Stay {
    this.#cardRemoved();
    const known = atr instanceof Uint8Array ? Uint8Array.from(atr) : new Uint8Array();
    const stay = new Stay(known, this.#eventCount);
    this.#stay = stay;
    this.#watchdog = setTimeout(() => void this.#connectAgain(stay), CONNECT_WATCHDOG_MS).unref();
    return stay;
  }

  #cardConnected(): void {
    clearTimeout(this.#watchdog);
    if (!this.#stay || this.#card?.isUsable) {
      return;
    }
    if (this.#device.connection?.protocol === undefined) {
      void this.#connectAgain(this.#stay);
    } else {
      this.#announce(this.#stay);
    }
  }

  #cardRemoved(): void {
    clearTimeout(this.#watchdog);
    this.#stay?.end();
    this.#stay = undefined;
  }

  #announce(stay: Stay): void {
    const card = new PcscCard(this.#device, stay, this.#timings.transmitTimeoutMs);
    this.#card = card;
    for (const waiter of this.#waiters) {
      waiter.resolve(card);
    }
  }

  /** Connects to a card that lies there without a working connection, or finds out that it was taken off. */
  async #connectAgain(stay: Stay): Promise<void> {
    if (this.#reconnecting === stay) {
      return;
    }
    this.#reconnecting = stay;
    try {
      let cause: unknown;
      for (let attempt = 0; attempt < RECONNECT_ATTEMPTS; attempt++) {
        await Promise.race([stay.removed, this.#card?.idle]);
        await Promise.race([stay.removed, sleep(RECONNECT_DELAY_MS)]);
        if (this.#needsNoConnection(stay)) {
          return;
        }
        try {
          await this.#connect();
          if (!this.#needsNoConnection(stay)) {
            this.#announce(stay);
          }
          return;
        } catch (error) {
          cause = error;
        }
      }
      if (!stay.isOver) {
        this.fail(new ReaderError('mute-card', [this.name], { cause }));
      }
    } finally {
      if (this.#reconnecting === stay) {
        this.#reconnecting = undefined;
      }
    }
  }

  /** The card is gone, or nfc-pcsc was only slow to connect to it: to disconnect now would cut into its use. */
  #needsNoConnection(stay: Stay): boolean {
    return this.#closed || stay.isOver || this.#card?.isUsable === true;
  }

  async #connect(): Promise<void> {
    if (this.#device.connection) {
      await this.#device.disconnect();
    }
    const { protocol } = await this.#device.connect();
    // The native part says "connected" without a protocol when it never let go of the connection before.
    if (protocol === undefined) {
      throw new Error('the reader still holds the connection that failed');
    }
  }
}

async function isDoneWithin(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  const timeout = new AbortController();
  const late = sleep(milliseconds, false, { signal: timeout.signal });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    timeout.abort();
    late.catch(() => undefined);
  }
}
