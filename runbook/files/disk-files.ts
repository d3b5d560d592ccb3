/** Files on this machine's disk. */
import { rm } from 'node:fs/promises';
import type { Files } from './files';
import { editSecret, writeNamed } from './named-file';
import { createFile } from './new-file';
import { readNamed } from './open-file';

/** Opens the files of this machine. @param folders the folders of this program */
export function diskFiles(folders: Pick<Files, 'stateFolder' | 'cacheFolder'>): Files {
  return {
    ...folders,
    read: async (path) => (await readNamed(path))?.toString('utf8'),
    remove: (path) => rm(path),
    create: createFile,
    write: (path, text, mode) => writeNamed(path, Buffer.from(text, 'utf8'), mode),
    edit: editSecret,
  };
}
