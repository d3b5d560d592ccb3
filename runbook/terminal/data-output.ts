/** Standard output: data is written whole, or the run learns that it was not. */
import { fstatSync, writeSync } from 'node:fs';

/** A standard output of the process: its stream, and the descriptor under it. */
interface OutputStream {
  readonly fd: number;
  write(text: string, done: (error?: Error | null) => void): unknown;
}

/** The words for output that nobody took. */
export function lostOutputText(error: Error): string {
  return `cannot write to standard output: ${error.message}`;
}

/** Tells whether whoever read the output has seen enough: then nothing is reported. */
export function isReaderGone(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE';
}

/** The exit code if the reader has gone: that of a run that was stopped. */
export const READER_GONE = 130;

/** Writes all of the bytes, or throws: a disk that is nearly full takes a part of them without an error. */
function writeWhole(fd: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(fd, bytes, written);
  }
}

export class DataOutput {
  readonly #stream: OutputStream;
  readonly #onFailure: (error: NodeJS.ErrnoException) => void;
  readonly #isFile: boolean;
  #last = Promise.resolve();
  #failure: NodeJS.ErrnoException | undefined;

  /** @param onFailure told once, as soon as anything is lost */
  public constructor(stream: OutputStream, onFailure: (error: NodeJS.ErrnoException) => void) {
    this.#stream = stream;
    this.#onFailure = onFailure;
    this.#isFile = fstatSync(stream.fd).isFile();
  }

  public write(text: string): void {
    if (this.#failure !== undefined) {
      return;
    }
    if (!this.#isFile) {
      this.#last = new Promise((resolve) => {
        this.#stream.write(text, (error) => {
          this.#note(error);
          resolve();
        });
      });
      return;
    }
    try {
      writeWhole(this.#stream.fd, Buffer.from(text));
    } catch (error) {
      this.#note(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Waits until everything is written. @returns why something was not */
  public async end(): Promise<NodeJS.ErrnoException | undefined> {
    await this.#last;
    return this.#failure;
  }

  #note(error: Error | null | undefined): void {
    if (error && this.#failure === undefined) {
      this.#failure = error;
      this.#onFailure(error);
    }
  }
}
