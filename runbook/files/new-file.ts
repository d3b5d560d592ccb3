/** A file on this machine's disk that did not exist before, written piece by piece. */
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { NewFile } from './files';
import { hasCode, isStream, openStream, writeStream } from './open-file';

/**
 * Creates a file; a pipe or a device that is there already is written to. The pieces are written in order, each once the one before is.
 *
 * @param mode such as 0o600
 * @throws Error with code EEXIST if anything has that name already, also a link that leads nowhere
 */
export async function createFile(path: string, mode: number): Promise<NewFile> {
  const handle = await openNew(path, mode);
  let written: Promise<unknown> = Promise.resolve();
  return {
    append(text) {
      const next = written.then(() => writeStream(handle, Buffer.from(text, 'utf8')));
      written = next.catch(() => undefined);
      return next;
    },
    async close() {
      await written;
      await handle.close();
    },
  };
}

async function openNew(path: string, mode: number): Promise<FileHandle> {
  try {
    return await open(path, 'wx', mode);
  } catch (error) {
    const found = hasCode(error, 'EEXIST') ? await stat(path).catch(() => undefined) : undefined;
    if (found === undefined || !isStream(found)) {
      throw error;
    }
    return openStream(path);
  }
}
