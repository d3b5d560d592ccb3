/**
 * One reader of nfc-pcsc, and the card on it.
 *
 * Workarounds for nfc-pcsc:
 * - It emits a failed connection with the Error as the *name* of the event, so nobody receives it: we listen to its logger
 *   and use a watchdog.
 * - After a failed exchange it keeps using the dead connection as long as the card is present: we connect again.
 * - It announces a card with the connection of the previous card, which it had not yet released (it has no protocol then),
 *   and a card that was removed while it connected: we announce neither.
 * - If a card is swapped while this process is busy, the reader reports one change, from "present" to "present", which
 *   nfc-pcsc ignores: we compare the reader's count of cards that came and went.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { NfcLogger, NfcReader, NfcStatus } from './nfc-pcsc-types';
import { CardPresence, PcscCard, within } from './pcsc-card';
import { connectExclusively } from './pcsc-exclusive';
import { faultOf } from './pcsc-fault';
import { CardWaiters } from './pcsc-waiters';
import { type Card, ReaderError } from './readers';

/** nfc-pcsc connects within milliseconds of seeing a card. */
const CONNECT_WATCHDOG_MS = 2_000;
/**
 * The native thread may be awake this long after it reported a change, and its first report may take this long, because
 * libpcsclite sleeps 0.4 s while a card has no answer to reset yet.
 */
const AWAKE_MS = 50;
const FIRST_STATUS_MS = 2_000;
/** pcscd polls most readers every 0.4 s, plus the time of a poll; until then a removed card seems to be present. */
const RECONNECT_DELAY_MS = 600;
const RECONNECT_ATTEMPTS = 3;
/** Bits of a reader's state: a card is present (SCARD_STATE_PRESENT), and the count of cards that came and went. */
const STATE_PRESENT = 0x20;
const EVENT_COUNT_SHIFT = 16;

export interface PcscTimings {
  /** Time limit for an answer. The vendor's own burner waits three seconds. @default 3000 */
  readonly transmitTimeoutMs: number;
  /** Closing waits this long for an exchange that hangs, then leaves the reader to the end of the process. @default 5000 */
  readonly closeTimeoutMs: number;
  /** Keeps other programs from sending commands to a card that we are connected to. @default false */
  readonly exclusive: boolean;
}

export const SILENT: NfcLogger = {
  log: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A reader, as long as it is plugged in. */
export class PcscSlot {
  readonly #device: NfcReader;
  readonly #timings: PcscTimings;
  readonly #waiters = new CardWaiters();
  #presence: CardPresence | undefined;
  /** The last connection announced, usable or not. */
  #card: PcscCard | undefined;
  /** The card that we are connecting to. */
  #reconnecting: CardPresence | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #lastStatusAt: number | undefined;
  #eventCount: number | undefined;
  #closed = false;
  /** The connection is exclusive, or another program has the card too. */
  #isClaimed = false;
  #firstStatus: () => void = () => undefined;
  readonly #hasStatus = new Promise<void>((resolve) => {
    this.#firstStatus = resolve;
  });

  public constructor(device: NfcReader, timings: PcscTimings) {
    this.#device = device;
    this.#timings = timings;
    device.autoProcessing = false;
    device.logger = this.#listeningLogger();
    if (timings.exclusive) {
      connectExclusively(device, () => {
        this.#isClaimed = this.#waiters.count > 0;
        return this.#isClaimed;
      });
    }
    device.on('card', () => this.#cardConnected());
    device.on('card.off', () => this.#cardRemoved());
    device.on('error', (cause: Error) => this.fail(new ReaderError('no-service', [], { cause })));
    device.on('end', () => {
      this.#cardRemoved();
      this.fail(new ReaderError('unplugged', [device.name]));
    });
  }

  public get name(): string {
    return this.#device.name;
  }

  /** Tells whether a card is on this reader, once the reader has told for the first time. */
  public async hasCard(): Promise<boolean> {
    await within<void>(FIRST_STATUS_MS, this.#hasStatus, () => undefined);
    return this.#presence !== undefined;
  }

  /** Waits for a card on this reader; one that is present already counts. */
  public card(signal: AbortSignal): Promise<Card> {
    if (this.#card?.isUsable && !this.#needsClaim) {
      return Promise.resolve(this.#card);
    }
    const waiting = this.#waiters.wait(signal);
    if (this.#presence && this.#card?.isUsable) {
      void this.#claim(this.#presence);
    } else if (this.#presence) {
      void this.#connectAgain(this.#presence);
    }
    return waiting;
  }

  get #needsClaim(): boolean {
    return this.#timings.exclusive && !this.#isClaimed;
  }

  /** Fails every wait for a card. */
  public fail(error: Error): void {
    clearTimeout(this.#watchdog);
    this.#waiters.fail(error);
  }

  /**
   * Releases the card and the reader, once an exchange that hangs has ended: the native part holds a lock until then, and
   * closing would block the process on it. If it hangs for too long, it is left, with its threads, to the end of the
   * process.
   */
  public async close(): Promise<void> {
    this.#closed = true;
    this.fail(new Error(`the reader "${this.name}" was closed`));
    const disconnected = this.#disconnect().then(() => true);
    if (!(await within(this.#timings.closeTimeoutMs, disconnected, () => false))) {
      return;
    }
    await this.#quiet();
    // On a removal, the native part calls us with its lock held, and closing takes that lock: leave the call first.
    await nextTurn();
    this.#device.close();
  }

  /** Ends the connection. Otherwise the card is reset whenever the reader is garbage-collected. */
  async #disconnect(): Promise<void> {
    await this.#card?.idle;
    if (this.#device.connection) {
      await this.#device.disconnect().catch(() => undefined);
    }
  }

  /**
   * Waits until the native thread that watches the reader is asleep. If it is ended while it is awake, as it is at first
   * and for a moment after each change, it does not release the event loop, and the process does not exit.
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
    return {
      ...SILENT,
      // Only these messages: the detail of others may be the bytes of a command.
      debug: (message, detail) => {
        if (message === 'status') {
          this.#statusReported(detail as NfcStatus);
        }
        if (message === 'card inserted') {
          this.#cardSeen(detail);
        }
      },
      error: () => {
        if (this.#presence && !this.#card?.isUsable) {
          void this.#connectAgain(this.#presence);
        }
      },
    };
  }

  #statusReported({ state, atr }: NfcStatus): void {
    this.#lastStatusAt = performance.now();
    // nfc-pcsc tells of the card on the reader within the same turn, after this status.
    setImmediate(this.#firstStatus);
    if (state === undefined) {
      return;
    }
    this.#eventCount = state >>> EVENT_COUNT_SHIFT;
    const isPresent = (state & STATE_PRESENT) !== 0;
    if (!isPresent || !this.#presence || this.#presence.eventCount === this.#eventCount) {
      return;
    }
    void this.#connectAgain(this.#cardSeen(atr));
  }

  #cardSeen(atr: unknown): CardPresence {
    this.#cardRemoved();
    const known = atr instanceof Uint8Array ? Uint8Array.from(atr) : new Uint8Array();
    const presence = new CardPresence(known, this.#eventCount);
    this.#presence = presence;
    this.#watchdog = setTimeout(() => void this.#connectAgain(presence), CONNECT_WATCHDOG_MS).unref();
    return presence;
  }

  #cardConnected(): void {
    clearTimeout(this.#watchdog);
    if (!this.#presence || this.#card?.isUsable) {
      return;
    }
    if (this.#device.connection?.protocol === undefined) {
      void this.#connectAgain(this.#presence);
    } else if (this.#needsClaim && this.#waiters.count > 0) {
      void this.#claim(this.#presence);
    } else {
      this.#announce(this.#presence);
    }
  }

  /** Connects exclusively to a card that nfc-pcsc connected to before anybody waited for it. */
  async #claim(presence: CardPresence): Promise<void> {
    const shared = this.#card;
    this.#card = undefined;
    await shared?.idle;
    try {
      await this.#connect();
      if (!this.#needsNoConnection(presence)) {
        this.#announce(presence);
      }
    } catch {
      await this.#connectAgain(presence);
    }
  }

  #cardRemoved(): void {
    clearTimeout(this.#watchdog);
    this.#presence?.end();
    this.#presence = undefined;
  }

  #announce(presence: CardPresence): void {
    const card = new PcscCard(this.#device, presence, this.#timings.transmitTimeoutMs);
    this.#card = card;
    this.#waiters.hand(card);
  }

  /** Connects to a card that is present without a working connection, or notices that it was removed. */
  async #connectAgain(presence: CardPresence): Promise<void> {
    if (this.#reconnecting === presence) {
      return;
    }
    this.#reconnecting = presence;
    try {
      let cause: unknown;
      for (let attempt = 0; attempt < RECONNECT_ATTEMPTS; attempt++) {
        await Promise.race([presence.removed, this.#card?.idle]);
        await Promise.race([presence.removed, sleep(RECONNECT_DELAY_MS)]);
        if (this.#needsNoConnection(presence)) {
          return;
        }
        try {
          await this.#connect();
          if (!this.#needsNoConnection(presence)) {
            this.#announce(presence);
          }
          return;
        } catch (error) {
          cause = error;
        }
      }
      if (!presence.isOver) {
        this.fail(new ReaderError(faultOf(cause, 'mute-card'), [this.name], { cause }));
      }
    } finally {
      if (this.#reconnecting === presence) {
        this.#reconnecting = undefined;
      }
    }
  }

  /** Tells whether the card is gone, or nfc-pcsc was only slow to connect: disconnecting would then interrupt its use. */
  #needsNoConnection(presence: CardPresence): boolean {
    return this.#closed || presence.isOver || this.#card?.isUsable === true;
  }

  async #connect(): Promise<void> {
    if (this.#device.connection) {
      await this.#device.disconnect();
    }
    const { protocol } = await this.#device.connect();
    // The native part reports a connection without a protocol if it never released the previous one.
    if (protocol === undefined) {
      throw new Error('the reader still holds the connection that failed');
    }
  }
}
