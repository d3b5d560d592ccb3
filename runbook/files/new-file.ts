/** A file on this machine's disk that did not exist before, written piece by piece. */
import { open } from 'node:fs/promises';
import type { NewFile } from './files';

/**
 * Creates a file. Its pieces are written in order, each once the one before is.
 *
 * @param mode such as 0o600
 * @throws Error with code EEXIST if anything has that name already, also a link that leads nowhere
 */
export async function createFile(path: string, mode: number): Promise<NewFile> {
  const handle = await open(path, 'wx', mode);
  let written: Promise<unknown> = Promise.resolve();
  return {
    append(text) {
      const next = written.then(() => handle.appendFile(text, 'utf8'));
      written = next.catch(() => undefined);
      return next;
    },
    async close() {
      await written;
      await handle.close();
    },
  };
}
