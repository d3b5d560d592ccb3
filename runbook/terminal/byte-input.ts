/**
 * Reads a descriptor byte by byte.
 *
 * The command and the process of its seed share the standard input: whoever read a byte more than its line would take it
 * away from the other. No thread ever waits in `read`, because it would keep the process from ending.
 */
import { createReadStream, fstatSync, readSync } from 'node:fs';
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { isatty, ReadStream } from 'node:tty';
import type { NextLine } from './line-prompter';

/** Takes one byte. @returns whether to go on */
type TakeByte = (byte: number) => boolean;

/** The bytes of one descriptor. */
export class ByteInput {
  readonly #fd: number;
  readonly #buffer = new Uint8Array(1);
  #socket: Socket | undefined;
  #take: TakeByte | undefined;
  #finish: (() => void) | undefined;
  #isOver = false;

  /** Nothing is opened before the first read. */
  public constructor(fd: number) {
    this.#fd = fd;
  }

  /** Tells whether a person types these bytes. */
  public get isTerminal(): boolean {
    return isatty(this.#fd);
  }

  /**
   * Hands over bytes until one of them is the last, or the input ends.
   *
   * @returns whether the input ended
   * @throws the reason of the signal
   */
  public async read(take: TakeByte, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    if (!this.isTerminal && !isStream(this.#fd)) {
      return this.#readFile(take);
    }
    this.#socket ??= this.#open();
    const socket = this.#socket;
    let isStopped = false;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#finish = resolve;
        this.#take = (byte) => {
          isStopped = !take(byte);
          return !isStopped;
        };
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        if (this.#isOver) {
          resolve();
        } else {
          socket.resume();
        }
      });
      return !isStopped;
    } finally {
      this.#take = undefined;
      this.#finish = undefined;
      socket.pause();
    }
  }

  #open(): Socket {
    const options = {
      // The types know it for clients only; Node takes it for every socket.
      onread: {
        buffer: this.#buffer,
        callback: () => {
          const [byte = 0] = this.#buffer;
          this.#buffer.fill(0);
          const goesOn = this.#take?.(byte) ?? false;
          if (!goesOn) {
            this.#finish?.();
          }
          return goesOn;
        },
      } satisfies OnReadOpts,
    };
    const socket = isatty(this.#fd)
      ? new ReadStream(this.#fd, options as SocketConstructorOpts)
      : new Socket({ fd: this.#fd, readable: true, writable: false, ...options });
    const end = (): void => {
      this.#isOver = true;
      this.#finish?.();
    };
    return socket.on('end', end).on('close', end).on('error', end);
  }

  /** A file never lets anybody wait. */
  #readFile(take: TakeByte): boolean {
    try {
      while (readSync(this.#fd, this.#buffer) === 1) {
        if (!take(this.#buffer[0] ?? 0)) {
          return false;
        }
      }
      return true;
    } finally {
      this.#buffer.fill(0);
    }
  }
}

function isStream(fd: number): boolean {
  const stat = fstatSync(fd);
  return stat.isFIFO() || stat.isSocket();
}

/**
 * Reads a descriptor to its end; one of a pipe is closed then.
 *
 * @returns the bytes, which the caller wipes; of a longer input, one byte more than the limit
 * @throws the reason of the signal
 */
export async function readToEnd(fd: number, limit: number, signal: AbortSignal): Promise<Uint8Array> {
  signal.throwIfAborted();
  const source = isStream(fd)
    ? new Socket({ fd, readable: true, writable: false, signal })
    : createReadStream('', { fd, autoClose: false, signal });
  return collectBytes(source, limit, signal);
}

/** Collects what a stream of bytes gives, as readToEnd does. @param signal also aborts the stream */
export async function collectBytes(
  source: AsyncIterable<Uint8Array>,
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of source) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > limit) {
        break;
      }
    }
    const whole = new Uint8Array(Math.min(length, limit + 1));
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk.subarray(0, whole.length - at), at);
      at = Math.min(at + chunk.length, whole.length);
    }
    return whole;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    for (const chunk of chunks) {
      chunk.fill(0);
    }
  }
}

/** Reads one line of answer at a time, and no byte more. */
export function linesOf(fd: number): NextLine {
  const input = new ByteInput(fd);
  return async (_question, signal) => {
    const bytes: number[] = [];
    const isOver = await input.read((byte) => {
      if (byte !== 0x0a) {
        bytes.push(byte);
      }
      return byte !== 0x0a;
    }, signal);
    return isOver && bytes.length === 0 ? undefined : Buffer.from(bytes).toString().replace(/\r$/, '');
  };
}
