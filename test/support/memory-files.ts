/** Files in memory, for a host without a disk. */
import type { Files } from '../../runbook/files/files';

/** What a command read from and wrote to, by path. */
export class MemoryFiles implements Files {
  public readonly stateFolder = '/state';
  public readonly cacheFolder = '/cache';
  public readonly texts = new Map<string, { readonly text: string; readonly mode: number }>();

  public async read(path: string): Promise<string | undefined> {
    return this.texts.get(path)?.text;
  }

  public async write(path: string, text: string, mode: number): Promise<void> {
    this.texts.set(path, { text, mode });
  }
}
