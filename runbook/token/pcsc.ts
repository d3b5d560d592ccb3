/**
 * The readers of this machine, through nfc-pcsc. Only this file loads it.
 *
 * nfc-pcsc is an optional dependency with a native part, so it is loaded when a reader is first used. The native part
 * waits for the PC/SC service in a busy loop that blocks the whole process, so we look for the service first.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Nfc, NfcPcscModule, NfcReader } from './nfc-pcsc-types';
import { faultOf, faultOfModule } from './pcsc-fault';
import { findService, serviceSockets } from './pcsc-service';
import { PcscSlot, type PcscTimings, SILENT } from './pcsc-slot';
import { isCardReader, pickReader } from './pick-reader';
import { type Card, ReaderError, type Readers } from './readers';

/** The first listing takes milliseconds, but a pcscd that the connection starts looks for USB readers first. */
const FIRST_LISTING_MS = 1_000;
/** pcscd polls most readers every 0.4 s. */
const FIRST_CARD_MS = 1_000;

interface PcscOptions extends Partial<PcscTimings> {
  /**
   * Sockets of the PC/SC service to look for; with none, it is not looked for.
   *
   * @default those of pcscd, but none on macOS and Windows, where the service belongs to the system
   */
  readonly serviceSockets?: readonly string[];
  /** Runs what blocks this process for as long as the service answers nothing. @default as it is */
  readonly whileBlocked?: <T>(work: () => T) => T;
  /** Loads nfc-pcsc. @default require */
  readonly load?: () => NfcPcscModule;
}

/** Implements `Readers` with PC/SC. Nothing is loaded or connected before the first call. */
export class PcscReaders implements Readers {
  readonly #timings: PcscTimings;
  readonly #serviceSockets: readonly string[];
  readonly #load: () => NfcPcscModule;
  readonly #whileBlocked: <T>(work: () => T) => T;
  readonly #slots = new Map<string, PcscSlot>();
  #opening: Promise<Nfc> | undefined;
  /** The connection whose readers are in `#slots`. */
  #nfc: Nfc | undefined;

  public constructor(options: PcscOptions = {}) {
    this.#timings = {
      transmitTimeoutMs: options.transmitTimeoutMs ?? 3_000,
      closeTimeoutMs: options.closeTimeoutMs ?? 5_000,
      exclusive: options.exclusive ?? false,
    };
    this.#serviceSockets = options.serviceSockets ?? serviceSockets(undefined);
    this.#whileBlocked = options.whileBlocked ?? ((work) => work());
    this.#load = options.load ?? (() => require('nfc-pcsc'));
  }

  public async list(): Promise<readonly string[]> {
    this.#opening ??= this.#open();
    try {
      await this.#opening;
    } catch (error) {
      // The service may run the next time.
      this.#opening = undefined;
      throw error;
    }
    return [...this.#slots.keys()].filter(isCardReader);
  }

  public async card(reader: string | undefined, signal: AbortSignal): Promise<Card> {
    signal.throwIfAborted();
    const names = await this.list();
    const isOpen = reader === undefined && names.length > 1;
    const name = pickReader(names, reader, isOpen ? await this.#withCard(names) : []);
    signal.throwIfAborted();
    const slot = this.#slots.get(name);
    if (!slot) {
      throw new ReaderError('no-reader');
    }
    return slot.card(signal);
  }

  /**
   * Resolves when all threads of nfc-pcsc have ended and nothing of it keeps the process alive. If an exchange hangs for
   * longer than `closeTimeoutMs`, or the service has died, it resolves before that.
   */
  public async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    const nfc = await opening?.catch(() => undefined);
    if (!nfc) {
      return;
    }
    if (this.#nfc === nfc) {
      this.#nfc = undefined;
    }
    const slots = [...this.#slots.values()];
    this.#slots.clear();
    // Each reader has a thread of its own, which nfc-pcsc does not end with its own thread.
    await Promise.all(slots.map((slot) => slot.close()));
    // Without the service, the native part waits for it in a busy loop, and closing would wait for that thread forever.
    const isThere = await findService(this.#serviceSockets).then(
      () => true,
      () => false,
    );
    if (isThere) {
      nfc.close();
    }
  }

  async #open(): Promise<Nfc> {
    const { NFC } = this.#loadModule();
    await findService(this.#serviceSockets);
    let nfc: Nfc;
    try {
      nfc = this.#whileBlocked(() => new NFC(SILENT));
    } catch (cause) {
      throw new ReaderError(faultOf(cause, 'no-service'), [], { cause });
    }
    this.#nfc = nfc;
    nfc.on('error', (cause: Error) => {
      // A closed connection reports that as an error, when another may be in use already.
      if (this.#nfc === nfc) {
        this.#serviceLost(cause);
      }
    });
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, FIRST_LISTING_MS);
      nfc.on('reader', (device: NfcReader) => {
        this.#add(device);
        // All readers of a listing are announced in the same turn of the event loop.
        clearTimeout(timer);
        setImmediate(resolve);
      });
    });
    return nfc;
  }

  /** Finds the readers with a card; one that was laid on a moment ago is not reported yet. */
  async #withCard(names: readonly string[]): Promise<readonly string[]> {
    for (const giveUpAt = performance.now() + FIRST_CARD_MS; ; ) {
      const has = await Promise.all(names.map((name) => this.#slots.get(name)?.hasCard()));
      const found = names.filter((_, index) => has[index]);
      if (found.length > 0 || performance.now() >= giveUpAt) {
        return found;
      }
      await sleep(FIRST_CARD_MS / 10);
    }
  }

  #loadModule(): NfcPcscModule {
    try {
      return this.#load();
    } catch (cause) {
      throw new ReaderError(faultOfModule(cause), [], { cause });
    }
  }

  #add(device: NfcReader): void {
    const slot = new PcscSlot(device, this.#timings);
    this.#slots.set(device.name, slot);
    device.on('end', () => {
      if (this.#slots.get(device.name) === slot) {
        this.#slots.delete(device.name);
      }
    });
  }

  /** Drops all readers after the service ended; the next call looks for the service again. */
  #serviceLost(cause: Error): void {
    for (const slot of this.#slots.values()) {
      slot.fail(new ReaderError(faultOf(cause, 'no-service'), [], { cause }));
    }
    void this.close();
  }
}
