/**
 * Puts a virtual card on the virtual reader of vsmartcard's `vpcd`, a driver of pcscd.
 *
 * The driver listens on TCP, with one port for each slot. A client that connects is a card in the slot; when it hangs up,
 * the card is removed. A message in either direction is a length (two bytes, big-endian) and that many bytes. To the card,
 * one byte is a control command: 0 power off, 1 power on, 2 reset, 4 send the answer to reset. More are a command APDU.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { VirtualCard } from './virtual-card';

/** "Virtual PCD 00 00"; the next port is "Virtual PCD 00 01". */
export const VPCD_PORT = 35963;

const POWER_OFF = 0;
const POWER_ON = 1;
const RESET = 2;
const GET_ATR = 4;

const LENGTH_BYTES = 2;
const RETRY_MS = 200;
/** A real reader gives up on a silent card after some seconds; this driver would wait, and block its client, forever. */
const SILENCE_MS = 4_000;
/** pcscd polls the driver for a card every 0.4 s plus the time of the poll. */
const POLL_MS = 600;
/** Without a poll for this long, pcscd has stopped polling. */
const NOTICE_MS = 5_000;

interface VpcdOptions {
  /** @default 35963 */
  readonly port?: number;
  /** @default 127.0.0.1 */
  readonly host?: string;
}

/** A card in the slot, and the callback for when pcscd has seen it. */
interface Laid {
  readonly card: VirtualCard;
  readonly noticed: Promise<void>;
  readonly notice: () => void;
}

/** One slot of the virtual reader. */
export class VpcdSlot {
  readonly #port: number;
  readonly #host: string;
  #laid: Laid | undefined;
  #wire: Wire | undefined;
  /** Resolves when pcscd has seen that the last card left. */
  #gone: Promise<void> = Promise.resolve();

  public constructor({ port = VPCD_PORT, host = '127.0.0.1' }: VpcdOptions = {}) {
    this.#port = port;
    this.#host = host;
  }

  public get isLaid(): boolean {
    return this.#laid !== undefined;
  }

  /**
   * Puts a card on the reader. Waits until the driver listens, and connects again when pcscd is restarted. Resolves
   * when pcscd has seen the card and switched it on, or when the card was pulled before that.
   */
  public async layOn(card: VirtualCard): Promise<void> {
    await this.pull();
    const laid = makeLaid(card);
    this.#laid = laid;
    await this.#attach(laid);
    await laid.noticed;
  }

  /** Takes the card off the reader; resolves when pcscd has seen that it left. */
  public pull(): Promise<void> {
    const wire = this.#takeOff();
    if (wire) {
      this.#gone = wire.hangUp();
    }
    return this.#gone;
  }

  /** Replaces the card with another before pcscd can see that the first one left. */
  public async swapUnseen(card: VirtualCard): Promise<void> {
    this.#takeOff()?.cut();
    this.#laid = makeLaid(card);
    await this.#attach(this.#laid);
  }

  #takeOff(): Wire | undefined {
    const [laid, wire] = [this.#laid, this.#wire];
    this.#laid = undefined;
    this.#wire = undefined;
    laid?.card.leaveField();
    laid?.notice();
    return wire;
  }

  async #attach(laid: Laid): Promise<void> {
    while (this.#laid === laid) {
      const socket = await this.#tryConnect();
      if (socket && this.#laid === laid) {
        this.#serve(socket, laid);
        return;
      }
      socket?.destroy();
      await sleep(RETRY_MS);
    }
  }

  #tryConnect(): Promise<Socket | undefined> {
    return new Promise((resolve) => {
      const socket = connect({ port: this.#port, host: this.#host, noDelay: true });
      socket.once('connect', () => resolve(socket));
      socket.once('error', () => resolve(undefined));
    });
  }

  #serve(socket: Socket, laid: Laid): void {
    const wire = new Wire(socket);
    this.#wire = wire;
    let isOn = false;
    wire.onMessage = (message) => {
      if (message.length > 1) {
        void this.#command(wire, laid, message);
      }
      if (message.length !== 1) {
        return;
      }
      const [code] = message;
      if (code === GET_ATR) {
        wire.send(laid.card.atr);
      }
      if (code === GET_ATR && isOn) {
        laid.notice();
      }
      if (code === POWER_OFF || code === RESET) {
        laid.card.leaveField();
      }
      if (code === POWER_ON || code === RESET) {
        laid.card.enterField();
      }
      if (code === POWER_ON || code === RESET) {
        isOn = true;
      }
    };
    wire.onClose = () => {
      // Not pulled: pcscd stopped, or the reader gave up. The card stays there for the next connection.
      laid.card.leaveField();
      void this.#attach(laid);
    };
  }

  async #command(wire: Wire, { card }: Laid, command: Uint8Array): Promise<void> {
    const reaction = await card.receive(Uint8Array.from(command));
    if (reaction === 'gone') {
      void this.pull();
    } else if (reaction === 'mute') {
      setTimeout(() => wire.cut(), SILENCE_MS).unref();
    } else {
      wire.send(reaction);
    }
  }
}

/** A connection to the driver: messages in and out. */
class Wire {
  public onMessage: (message: Uint8Array) => void = () => {};
  /** The driver hung up, or the connection was cut. */
  public onClose: () => void = () => {};
  readonly #socket: Socket;
  #received = Buffer.alloc(0);

  public constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      for (let message = this.#take(); message; message = this.#take()) {
        this.onMessage(message);
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.onClose());
  }

  public send(bytes: Uint8Array): void {
    const message = Buffer.alloc(LENGTH_BYTES + bytes.length);
    message.writeUInt16BE(bytes.length);
    message.set(bytes, LENGTH_BYTES);
    this.#socket.write(message);
  }

  public cut(): void {
    this.#socket.destroy();
  }

  /**
   * Closes our side; the driver closes its own at its next request. Resolves when pcscd has also noticed: a client's
   * request informs only the driver, and pcscd would take a card put there before its next poll for the one that left.
   */
  public async hangUp(): Promise<void> {
    if (this.#socket.destroyed) {
      return;
    }
    this.onMessage = () => {};
    await new Promise<void>((resolve) => {
      const giveUp = setTimeout(() => this.cut(), NOTICE_MS);
      this.onClose = () => {
        clearTimeout(giveUp);
        resolve();
      };
      this.#socket.end();
    });
    await sleep(POLL_MS);
  }

  #take(): Uint8Array | undefined {
    if (this.#received.length < LENGTH_BYTES) {
      return undefined;
    }
    const end = LENGTH_BYTES + this.#received.readUInt16BE(0);
    if (this.#received.length < end) {
      return undefined;
    }
    const message = this.#received.subarray(LENGTH_BYTES, end);
    this.#received = this.#received.subarray(end);
    return message;
  }
}

function makeLaid(card: VirtualCard): Laid {
  let notice: () => void = () => undefined;
  const noticed = new Promise<void>((resolve) => {
    notice = resolve;
  });
  return { card, noticed, notice };
}
