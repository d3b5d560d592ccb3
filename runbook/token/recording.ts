/**
 * A recorded transcript of everything that went to and from the tokens during one command, for `--record`.
 *
 *     # mfa-runbook 0.1.0, from 2026-03-02T09:00:00.000Z
 *     # reader ACS ACR1252 Reader PICC 00 00
 *     # answer to reset 3B80800101
 *     => 80410000020211
 *     <= 9516020E383635393632323030303030303111046553F1009000
 *     # kind token2-single, serial 86596220000001
 *
 * It consists of the lines of a trace, so what a trace withholds is never in it. The tests can run it as a card.
 */

/** The beginning of the lines that are no exchange. */
export const REMARK = '# ';

/** Somewhere to write text to. */
interface Sink {
  append(text: string): Promise<void>;
  close(): Promise<void>;
}

/** Writes one recording. A failure to write ends it, and never the command. */
export class Recording {
  #failure: unknown;

  /** @param begunMs unix milliseconds */
  public constructor(
    private readonly sink: Sink,
    tool: string,
    begunMs: number,
  ) {
    this.add(`${REMARK}${tool}, from ${new Date(begunMs).toISOString()}`);
  }

  /** Adds a line of a trace. */
  public add(line: string): void {
    if (this.#failure === undefined) {
      this.sink.append(`${line}\n`).catch((error: unknown) => {
        this.#failure ??= error;
      });
    }
  }

  /** Waits until it is written. @returns the error because of which it is not complete, if there was one */
  public async end(): Promise<unknown> {
    try {
      await this.sink.close();
    } catch (error) {
      this.#failure ??= error;
    }
    return this.#failure;
  }
}
