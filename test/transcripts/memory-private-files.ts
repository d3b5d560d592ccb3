/** PrivateFiles in memory, on the same files as the rest of the bench. */
import { PrivateFileError, type PrivateFiles } from '../../runbook/signin/private-files';
import type { MemoryFiles } from '../support/memory-files';

const PRIVATE = 0o600;

/** Private files in memory. */
export class MemoryPrivateFiles implements PrivateFiles {
  readonly #files: MemoryFiles;

  public constructor(files: MemoryFiles) {
    this.#files = files;
  }

  public async read(path: string): Promise<string | undefined> {
    const file = this.#files.texts.get(path);
    if (file !== undefined && (file.mode & 0o077) !== 0) {
      throw new PrivateFileError('mode', path, `mode 0${file.mode.toString(8)}`);
    }
    return file?.text;
  }

  public async claim(path: string): Promise<boolean> {
    if (this.#files.texts.has(path)) {
      return false;
    }
    this.#files.texts.set(path, { text: '', mode: PRIVATE });
    return true;
  }

  public async list(folder: string): Promise<readonly string[]> {
    return [...this.#files.texts.keys()]
      .filter((path) => path.startsWith(`${folder}/`))
      .map((path) => path.slice(folder.length + 1));
  }

  public async remove(path: string): Promise<void> {
    this.#files.texts.delete(path);
  }
}
