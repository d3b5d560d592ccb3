/** PrivateFiles in this machine's file system. */
import { constants } from 'node:fs';
import { lstat, open, readdir, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { makeFolderDurably, writeDurably } from '../files/durable-file';
import { UnsafeFileError } from '../files/files';
import { checkFolder } from '../files/safe-folder';
import { PrivateFileError, type PrivateFiles } from './private-files';

const OTHERS = 0o077;

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

/** @throws PrivateFileError */
async function checkOwnFolder(folder: string): Promise<void> {
  try {
    await checkFolder(folder);
  } catch (error) {
    throw error instanceof UnsafeFileError
      ? new PrivateFileError(error.path, error.finding, error.kind)
      : error;
  }
}

async function read(path: string): Promise<string | undefined> {
  // A link is not followed, because somebody else may have chosen its target; a pipe is not waited for.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(path, flags);
  } catch (error) {
    if (isCode(error, 'ENOENT')) {
      return undefined;
    }
    if (isCode(error, 'ELOOP')) {
      throw new PrivateFileError(path, 'a symbolic link');
    }
    if (isCode(error, 'EACCES')) {
      throw new PrivateFileError(path, 'not readable by you');
    }
    if (isCode(error, 'ENXIO')) {
      throw new PrivateFileError(path, 'not a regular file');
    }
    throw error;
  }
  try {
    const found = await handle.stat();
    const { uid } = userInfo();
    if (!found.isFile()) {
      throw new PrivateFileError(path, 'not a regular file');
    }
    // Windows has neither owner nor mode; there, the user's folder protects the file.
    if (uid >= 0 && found.uid !== uid) {
      throw new PrivateFileError(path, `owned by user ${found.uid}`);
    }
    if (uid >= 0 && (found.mode & OTHERS) !== 0) {
      const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
      throw new PrivateFileError(path, `mode ${mode}`);
    }
    await checkOwnFolder(dirname(path));
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

async function write(path: string, text: string): Promise<void> {
  await checkOwnFolder(dirname(path));
  const found = await lstat(path).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) {
      return undefined;
    }
    throw error;
  });
  if (found?.isSymbolicLink()) {
    throw new PrivateFileError(path, 'a symbolic link');
  }
  if (found !== undefined && !found.isFile()) {
    throw new PrivateFileError(path, 'not a regular file');
  }
  await writeDurably(path, text, 0o600);
}

async function claim(path: string): Promise<boolean> {
  await checkOwnFolder(dirname(path));
  await makeFolderDurably(dirname(path));
  try {
    await (await open(path, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) {
      return false;
    }
    throw error;
  }
}

async function list(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isCode(error, 'ENOENT')) {
      return [];
    }
    throw error;
  }
}

export const localPrivateFiles: PrivateFiles = {
  read,
  write,
  claim,
  list,
  remove: async (path) => rm(path, { force: true }),
};
