/** Readers in this process, where a test puts virtual cards and takes them away. */
import { MAX_ANSWER_BYTES, tooLong } from '../../runbook/token/pcsc-card';
import { isCardReader, pickReader } from '../../runbook/token/pick-reader';
import { type Card, ReaderError, type ReaderFault, type Readers } from '../../runbook/token/readers';
import { CardGoneError, type CommandApdu } from '../../runbook/token/transport';
import type { VirtualCard } from './virtual-card';

interface VirtualReadersOptions {
  /** @default one, "Virtual Reader 00 00" */
  readonly names?: readonly string[];
  /** The error of every call, as on a machine without the module or the service. */
  readonly fault?: Extract<ReaderFault, 'no-module' | 'no-service' | 'no-access'>;
}

interface Slot {
  laid: LaidCard | undefined;
  readonly waiting: Set<Waiter>;
}

interface Waiter {
  arrived(laid: LaidCard): void;
  unplugged(): void;
}

export class VirtualReaders implements Readers {
  readonly #slots: Map<string, Slot>;
  readonly #fault: ReaderFault | undefined;
  #closed = false;

  public constructor({ names = ['Virtual Reader 00 00'], fault }: VirtualReadersOptions = {}) {
    this.#slots = new Map();
    for (const name of names) {
      this.plugIn(name);
    }
    this.#fault = fault;
  }

  public get isClosed(): boolean {
    return this.#closed;
  }

  public async list(): Promise<readonly string[]> {
    if (this.#fault) {
      throw new ReaderError(this.#fault);
    }
    return [...this.#slots.keys()].filter(isCardReader);
  }

  public async card(reader: string | undefined, signal: AbortSignal): Promise<Card> {
    signal.throwIfAborted();
    const names = await this.list();
    const withCard = names.filter((name) => this.#slots.get(name)?.laid !== undefined);
    const picked = pickReader(names, reader, withCard);
    const { laid, waiting } = this.#slot(picked);
    signal.throwIfAborted();
    if (laid) {
      return laid.connect();
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        arrived(card) {
          signal.removeEventListener('abort', aborted);
          resolve(card.connect());
        },
        unplugged() {
          signal.removeEventListener('abort', aborted);
          reject(new ReaderError('unplugged', [picked]));
        },
      };
      function aborted() {
        waiting.delete(waiter);
        reject(signal.reason);
      }
      waiting.add(waiter);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  public async close(): Promise<void> {
    this.#closed = true;
  }

  /** Puts a card on a reader (the first, or the named one); a card that is already there is taken off. */
  public lay(card: VirtualCard, reader?: string): void {
    const name = this.#name(reader);
    this.pull(name);
    const slot = this.#slot(name);
    slot.laid = new LaidCard(name, card, () => this.pull(name));
    card.enterField();
    for (const waiter of slot.waiting) {
      slot.waiting.delete(waiter);
      waiter.arrived(slot.laid);
    }
  }

  /** Plugs a reader in. */
  public plugIn(name: string): void {
    this.#slots.set(name, { laid: undefined, waiting: new Set() });
  }

  /** Unplugs a reader, with the card on it. */
  public unplug(name: string): void {
    this.pull(name);
    const { waiting } = this.#slot(name);
    this.#slots.delete(name);
    for (const waiter of waiting) {
      waiter.unplugged();
    }
  }

  /** Takes the card off a reader (the first, or the named one). */
  public pull(reader?: string): void {
    const slot = this.#slot(this.#name(reader));
    const { laid } = slot;
    slot.laid = undefined;
    laid?.leave();
  }

  #name(reader: string | undefined): string {
    const name = reader ?? this.#slots.keys().next().value;
    if (name === undefined) {
      throw new Error('there is no reader to lay a card on');
    }
    return name;
  }

  #slot(name: string): Slot {
    const slot = this.#slots.get(name);
    if (!slot) {
      throw new Error(`there is no reader "${name}"`);
    }
    return slot;
  }
}

/** A card while it is on the reader. */
class LaidCard {
  public readonly removed: Promise<void>;
  #present = true;
  #connection: Connection | undefined;
  #resolveRemoved: () => void = () => {};

  public constructor(
    public readonly reader: string,
    public readonly card: VirtualCard,
    /** Takes the card off the reader. */
    public readonly pull: () => void,
  ) {
    this.removed = new Promise((resolve) => {
      this.#resolveRemoved = resolve;
    });
  }

  public get isPresent(): boolean {
    return this.#present;
  }

  /** Gives the current connection, or a new one after it failed. */
  public connect(): Card {
    if (!this.#connection || this.#connection.spent) {
      this.#connection = new Connection(this);
    }
    return this.#connection;
  }

  public leave(): void {
    this.#present = false;
    this.card.leaveField();
    this.#resolveRemoved();
  }
}

class Connection implements Card {
  public spent = false;
  readonly #laid: LaidCard;

  public constructor(laid: LaidCard) {
    this.#laid = laid;
  }

  public get reader(): string {
    return this.#laid.reader;
  }

  public get atr(): Uint8Array {
    return this.#laid.card.atr;
  }

  public get removed(): Promise<void> {
    return this.#laid.removed;
  }

  public async transmit(command: CommandApdu): Promise<Uint8Array> {
    if (this.spent || !this.#laid.isPresent) {
      throw new CardGoneError(command.name);
    }
    const reaction = await this.#laid.card.receive(Uint8Array.from(command.bytes));
    const wasPulled = !this.#laid.isPresent;
    if (reaction === 'gone' && !wasPulled) {
      this.#laid.pull();
    }
    if (typeof reaction === 'string' || wasPulled) {
      // Fails without waiting: the real reader gives up after three seconds.
      this.spent = true;
      throw new CardGoneError(command.name, {
        cause: new Error(`the virtual card is ${wasPulled ? 'gone' : reaction}`),
      });
    }
    if (reaction.length > MAX_ANSWER_BYTES) {
      // The real reader has no room for it.
      this.spent = true;
      throw tooLong(command);
    }
    return reaction;
  }
}
