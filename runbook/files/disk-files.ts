/** Files the person names, or that this program keeps for them, on this machine's disk. */
import { realpath } from 'node:fs/promises';
import type { Files } from '../commands/host';
import { hasCode, readIfPresent, writeDurably } from './durable-file';

/** @param folders where this program keeps its own */
export function diskFiles(folders: Pick<Files, 'stateFolder' | 'cacheFolder'>): Files {
  return {
    ...folders,
    read: readIfPresent,
    write: async (path, text, mode) => writeDurably(await followLinks(path), text, mode),
  };
}

/** People keep such files as `~/.aws/config` elsewhere and link to them: the file is replaced, not the link. */
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
