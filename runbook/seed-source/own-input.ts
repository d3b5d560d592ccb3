/**
 * Fetches the bytes of a seed in the process that will hold it: from a file, or from the standard input of the command,
 * which this process inherits.
 *
 * Rules: what is typed is never echoed (the command switches the terminal's echo off) and never becomes a text; of a pipe,
 * no byte after the line is read, because the command reads its answers from there.
 */
import { open } from 'node:fs/promises';
import { cancelled, RunbookError } from '../runbook-error';
import { ByteInput, collectBytes, readToEnd } from '../terminal/byte-input';
import { MAX_FILE_BYTES } from './picture';
import type { SeedInput } from './read-seed';

/** Longer than any URI that fits into a QR code. */
const MAX_LINE_BYTES = 4096;

/** Keys, as a terminal sends them. */
const CTRL_C = 0x03;
const CTRL_D = 0x04;
const BACKSPACE: ReadonlySet<number> = new Set([0x08, 0x7f]);
const ENTER: ReadonlySet<number> = new Set([0x0a, 0x0d]);
const CTRL_U = 0x15;
const ESCAPE = 0x1b;

/** @param standardInput descriptor of the command's standard input */
export function ownInput(standardInput: number): SeedInput {
  const input = new ByteInput(standardInput);
  return {
    picture: (path, signal) =>
      path === '-' ? pictureFrom(input, standardInput, signal) : readPicture(path, signal),
    typed: (signal) => readLine(input, signal),
  };
}

async function pictureFrom(input: ByteInput, fd: number, signal: AbortSignal): Promise<Uint8Array> {
  if (input.isTerminal) {
    throw new RunbookError('usage', '--qr - reads a picture from standard input, which is a terminal', {
      hints: ['pass the name of the file, or pipe the picture in, such as `wl-paste | {command}`'],
      exitCode: 2,
    });
  }
  return readToEnd(fd, MAX_FILE_BYTES, signal);
}

async function readPicture(path: string, signal: AbortSignal): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      signal.throwIfAborted();
      // The path is opened, not the descriptor: one of a named pipe would be closed twice.
      return await collectBytes(file.createReadStream({ autoClose: false, signal }), MAX_FILE_BYTES, signal);
    } finally {
      await file.close();
    }
  } catch (cause) {
    signal.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RunbookError('usage', `cannot use ${path}: ${reason}`, {
      hints: ['check the path and the permissions of the file'],
      cause,
      exitCode: 2,
    });
  }
}

/** The bytes of a line that is typed; edited as a terminal would. */
class HiddenLine {
  readonly #bytes = new Uint8Array(MAX_LINE_BYTES);
  #length = 0;
  #escape: 'no' | 'begun' | 'inside' = 'no';
  public isCancelled = false;

  /** Takes a key of a terminal. @returns whether the line continues */
  public press(key: number): boolean {
    if (this.#skipEscape(key)) {
      return true;
    }
    if (key === CTRL_C || (key === CTRL_D && this.#length === 0)) {
      this.isCancelled = true;
      return false;
    }
    if (ENTER.has(key)) {
      return false;
    }
    if (BACKSPACE.has(key)) {
      this.#length = Math.max(0, this.#length - 1);
      this.#bytes[this.#length] = 0;
    } else if (key === CTRL_U) {
      this.wipe();
    } else if (key >= 0x20) {
      this.add(key);
    }
    return true;
  }

  /** A longer line is cut: it is no secret in any case. */
  public add(byte: number): void {
    if (this.#length < MAX_LINE_BYTES) {
      this.#bytes[this.#length++] = byte;
    }
  }

  /** Hands the bytes over and forgets them. */
  public take(): Uint8Array {
    const line = this.#bytes.slice(0, this.#length);
    this.wipe();
    return line;
  }

  public wipe(): void {
    this.#bytes.fill(0);
    this.#length = 0;
  }

  /** Arrow keys and the like send ESC, a bracket or an O, and more up to a letter or a tilde: an O is a letter of Base32. */
  #skipEscape(key: number): boolean {
    if (key === ESCAPE) {
      this.#escape = 'begun';
      return true;
    }
    if (this.#escape === 'begun') {
      this.#escape = key === 0x5b || key === 0x4f ? 'inside' : 'no';
      return this.#escape === 'inside';
    }
    if (this.#escape === 'inside') {
      this.#escape = key >= 0x40 && key <= 0x7e ? 'no' : 'inside';
      return true;
    }
    return false;
  }
}

async function readLine(input: ByteInput, signal: AbortSignal): Promise<Uint8Array> {
  const line = new HiddenLine();
  function takeFromPipe(byte: number): boolean {
    if (byte === 0x0a) {
      return false;
    }
    line.add(byte);
    return true;
  }
  try {
    const isOver = await input.read(input.isTerminal ? (key) => line.press(key) : takeFromPipe, signal);
    const typed = line.take();
    if (line.isCancelled) {
      throw cancelled();
    }
    if (isOver && typed.length === 0) {
      throw cancelled(undefined, 'cancelled: the input ended at this question');
    }
    return typed;
  } finally {
    line.wipe();
  }
}
