/** A line that is typed on a terminal without an echo. */
import { cancelled } from '../runbook-error';
import { ByteInput } from './byte-input';
import type { NextLine } from './line-prompter';

/** Longer than any URI that fits into a QR code. */
const MAX_LINE_BYTES = 4096;

/** Keys, as a terminal sends them. */
const CTRL_C = 0x03;
const CTRL_D = 0x04;
const BACKSPACE: ReadonlySet<number> = new Set([0x08, 0x7f]);
const ENTER: ReadonlySet<number> = new Set([0x0a, 0x0d]);
const CTRL_U = 0x15;
const ESCAPE = 0x1b;

/** The bytes of a line that is typed; edited as a terminal would. */
export class HiddenLine {
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

/** Reads one line at a time of a terminal whose echo is off. */
export function hiddenLinesOf(fd: number): NextLine {
  const input = new ByteInput(fd);
  return async (_question, signal) => {
    const line = new HiddenLine();
    try {
      const isOver = await input.read((key) => line.press(key), signal);
      const typed = Buffer.from(line.take()).toString();
      if (line.isCancelled) {
        throw cancelled();
      }
      return isOver && typed === '' ? undefined : typed;
    } finally {
      line.wipe();
    }
  };
}
