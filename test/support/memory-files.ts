/** Files in memory, for a host without a disk. */
import type { Files, NewFile } from '../../runbook/files/files';

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

/** @throws Error of a folder, which is no file, and below a file, where there is none */
export function refuseNonFile(path: string, files: Iterable<string>): void {
  for (const file of files) {
    if (file.startsWith(`${path}/`)) {
      throw failure('EISDIR', path);
    }
    if (path.startsWith(`${file}/`)) {
      throw failure('ENOTDIR', path);
    }
  }
}

/** Files by path; a folder exists where a file lies in it. */
export class MemoryFiles implements Files {
  public readonly stateFolder = '/state';
  public readonly cacheFolder = '/cache';
  public readonly texts = new Map<string, { readonly text: string; readonly mode: number }>();

  public async read(path: string): Promise<string | undefined> {
    refuseNonFile(path, this.texts.keys());
    return this.texts.get(path)?.text;
  }

  public async remove(path: string): Promise<void> {
    refuseNonFile(path, this.texts.keys());
    if (!this.texts.delete(path)) {
      throw failure('ENOENT', path);
    }
  }

  public async write(path: string, text: string, mode: number): Promise<void> {
    refuseNonFile(path, this.texts.keys());
    this.texts.set(path, { text, mode: this.texts.get(path)?.mode ?? mode });
  }

  public async edit(
    path: string,
    change: (bytes: Uint8Array) => Promise<Uint8Array>,
    mode: number,
  ): Promise<void> {
    const after = await change(Buffer.from((await this.read(path)) ?? '', 'utf8'));
    await this.write(path, Buffer.from(after).toString('utf8'), mode);
  }

  public async create(path: string, mode: number): Promise<NewFile> {
    refuseNonFile(path, this.texts.keys());
    if (this.texts.has(path)) {
      throw failure('EEXIST', path);
    }
    this.texts.set(path, { text: '', mode });
    let isOpen = true;
    return {
      append: async (addition) => {
        if (!isOpen) {
          throw failure('EBADF', path);
        }
        this.texts.set(path, { text: (this.texts.get(path)?.text ?? '') + addition, mode });
      },
      close: async () => {
        isOpen = false;
      },
    };
  }
}
