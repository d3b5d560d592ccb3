/**
 * Puts a virtual card into the virtual reader of vsmartcard's `vpcd`, a driver of pcscd.
 *
 * The driver listens on TCP, one port a slot. Who connects is a card in the slot, who hangs up is taken out. Messages
 * both ways are a length (two bytes, big-endian) and that many bytes; of one byte, to the card, they are control:
 * 0 power off, 1 power on, 2 reset, 4 send the answer to reset; of more they are a command APDU.
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
/** A reader gives up on a silent card after some seconds; the driver would wait, and block its client, for ever. */
const SILENCE_MS = 4_000;

export interface VpcdOptions {
  /** @default 35963 */
  readonly port?: number;
  /** @default 127.0.0.1 */
  readonly host?: string;
}

/** One slot of the virtual reader. */
export class VpcdSlot {
  readonly #port: number;
  readonly #host: string;
  #card: VirtualCard | undefined;
  #socket: Socket | undefined;

  public constructor({ port = VPCD_PORT, host = '127.0.0.1' }: VpcdOptions = {}) {
    this.#port = port;
    this.#host = host;
  }

  public get isLaid(): boolean {
    return this.#card !== undefined;
  }

  /** Lays a card on, for as long as it takes until the driver listens; and again when pcscd is started anew. */
  public async layOn(card: VirtualCard): Promise<void> {
    await this.pull();
    this.#card = card;
    await this.#attach(card);
  }

  /** Takes the card away; resolves when the connection is closed. */
  public async pull(): Promise<void> {
    this.#card?.leaveField();
    this.#card = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      socket.destroy();
    });
  }

  async #attach(card: VirtualCard): Promise<void> {
    while (this.#card === card) {
      const socket = await this.#tryConnect();
      if (socket && this.#card === card) {
        this.#serve(socket, card);
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

  #serve(socket: Socket, card: VirtualCard): void {
    this.#socket = socket;
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (;;) {
        const message = takeMessage(received);
        if (!message) break;
        received = received.subarray(LENGTH_BYTES + message.length);
        this.#handle(socket, card, message);
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      card.leaveField();
      // Not pulled: pcscd was stopped, or the reader gave up. The card still lies there for the next.
      if (this.#socket === socket && this.#card === card) void this.#attach(card);
    });
  }

  #handle(socket: Socket, card: VirtualCard, message: Buffer): void {
    if (message.length === 1) {
      this.#control(socket, card, message[0]);
      return;
    }
    const reaction = card.receive(Uint8Array.from(message));
    if (reaction === 'gone') void this.pull();
    else if (reaction === 'mute') setTimeout(() => socket.destroy(), SILENCE_MS).unref();
    else send(socket, reaction);
  }

  #control(socket: Socket, card: VirtualCard, code: number | undefined): void {
    if (code === GET_ATR) send(socket, card.atr);
    if (code === POWER_OFF || code === RESET) card.leaveField();
    if (code === POWER_ON || code === RESET) card.enterField();
  }
}

function takeMessage(received: Buffer): Buffer | undefined {
  if (received.length < LENGTH_BYTES) return undefined;
  const end = LENGTH_BYTES + received.readUInt16BE(0);
  return received.length < end ? undefined : received.subarray(LENGTH_BYTES, end);
}

function send(socket: Socket, bytes: Uint8Array): void {
  const message = Buffer.alloc(LENGTH_BYTES + bytes.length);
  message.writeUInt16BE(bytes.length);
  message.set(bytes, LENGTH_BYTES);
  socket.write(message);
}
