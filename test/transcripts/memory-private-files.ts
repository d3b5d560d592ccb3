/** PrivateFiles in memory, over the same files as the rest of the bench. */
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
    const { texts } = this.#files;
    const file = texts.get(path);
    if (file === undefined && [...texts.keys()].some((other) => other.startsWith(`${path}/`))) {
      throw new PrivateFileError(path, 'not a regular file');
    }
    if (file !== undefined && (file.mode & 0o077) !== 0) {
      throw new PrivateFileError(path, `mode 0${file.mode.toString(8)}`);
    }
    return file?.text;
  }

  public async write(path: string, text: string): Promise<void> {
    await this.read(path);
    await this.#files.write(path, text, PRIVATE);
  }

  public async claim(path: string): Promise<boolean> {
    if (this.#files.texts.has(path)) {
      return false;
    }
    await this.#files.write(path, '', PRIVATE);
    return true;
  }

  public async list(folder: string): Promise<readonly string[]> {
    const below = [...this.#files.texts.keys()].filter((path) => path.startsWith(`${folder}/`));
    return [...new Set(below.map((path) => path.slice(folder.length + 1).replace(/\/.*/, '')))];
  }

  public async remove(path: string): Promise<void> {
    this.#files.texts.delete(path);
  }
}
