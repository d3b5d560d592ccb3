/** Pictures and secrets that a person hands over, in memory: pictures are files whose text is Latin-1. */
import { cancelled, RunbookError } from '../../runbook/runbook-error';
import { MAX_FILE_BYTES } from '../../runbook/seed-source/picture';
import type { SeedInput } from '../../runbook/seed-source/read-seed';
import type { MemoryFiles } from './memory-files';

export class HandedOver implements SeedInput {
  /** The text that is typed at the hidden prompt; nothing is the end of input. */
  public secret: string | undefined;
  /** Every buffer that was handed over. */
  public readonly buffers: Uint8Array[] = [];

  public constructor(private readonly files: MemoryFiles) {}

  public async picture(path: string, signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted();
    const text = await this.files.read(path);
    if (text === undefined) {
      throw new RunbookError('usage', `cannot use ${path}: ENOENT`, {
        hints: ['check the path'],
        exitCode: 2,
      });
    }
    return this.#hand(Buffer.from(text.slice(0, MAX_FILE_BYTES + 1), 'latin1'));
  }

  public async typed(signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted();
    if (this.secret === undefined) {
      throw cancelled(undefined, 'cancelled: the input ended at this question');
    }
    return this.#hand(Buffer.from(this.secret));
  }

  #hand(bytes: Uint8Array): Uint8Array {
    const own = new Uint8Array(bytes);
    this.buffers.push(own);
    return own;
  }
}
