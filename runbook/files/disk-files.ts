/** Files on this machine's disk. */
import { realpath, rm } from 'node:fs/promises';
import { hasCode, readIfPresent, writeDurably } from './durable-file';
import type { Files } from './files';
import { createFile } from './new-file';

/** Opens the files of this machine. @param folders the folders of this program */
export function diskFiles(folders: Pick<Files, 'stateFolder' | 'cacheFolder'>): Files {
  return {
    ...folders,
    read: readIfPresent,
    remove: (path) => rm(path),
    create: createFile,
    write: async (path, text, mode) => writeDurably(await followLinks(path), text, mode),
  };
}

/** Resolves links, because people link files such as `~/.aws/config`: the file is replaced, not the link. */
async function followLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return path;
    }
    throw error;
  }
}
