/**
 * Judges folders in which this program keeps what others must not exchange.
 *
 * Rules: nobody but the person and root may write to a folder of this program. Those above it may be sticky, as `/tmp` is, or belong
 * to the person's own group, as folders made with umask 002 do. A link on the way must belong to the person or to root.
 */
import type { Stats } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import { UnsafeFileError } from './files';
import { hasCode } from './open-file';

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/**
 * Refuses a folder that others may write to; one that does not exist yet is judged by those above.
 *
 * @param kind `own`: this program made it; `shared`: it is judged as those above are
 * @throws UnsafeFileError
 */
export async function checkFolder(folder: string, kind: 'own' | 'shared' = 'own'): Promise<void> {
  const { uid, gid } = userInfo();
  // Windows has neither owner nor mode; there, the user's folder protects the file.
  if (uid < 0) {
    return;
  }
  const whole = resolve(folder);
  for (const path of ancestors(whole)) {
    const found = await statIfPresent(path, lstat);
    if (found?.isSymbolicLink() && found.uid !== uid && found.uid !== 0) {
      throw new UnsafeFileError(path, `a link of user ${found.uid}`, 'folder');
    }
  }
  const real = await realpathOfFirst(whole);
  for (const path of ancestors(real.path)) {
    const found = await stat(path);
    const isOwn = kind === 'own' && real.isWhole && path === real.path;
    if (!isSafe(found, { uid, gid, isOwn })) {
      throw new UnsafeFileError(path, describe(found, uid), 'folder');
    }
  }
}

function isSafe(
  { mode, uid, gid }: Stats,
  own: { readonly uid: number; readonly gid: number; readonly isOwn: boolean },
): boolean {
  if (uid !== own.uid && uid !== 0) {
    return false;
  }
  const others = mode & (GROUP_WRITES | OTHERS_WRITE);
  if (others === 0) {
    return true;
  }
  // A group of one's own has the number of its user.
  const isOwnGroup = others === GROUP_WRITES && gid === own.gid && own.gid === own.uid;
  return !own.isOwn && ((mode & STICKY) !== 0 || isOwnGroup);
}

function describe({ mode, uid }: Stats, ownUid: number): string {
  return uid !== ownUid && uid !== 0
    ? `it belongs to user ${uid}`
    : `mode ${(mode & 0o7777).toString(8).padStart(4, '0')}`;
}

/** Returns the folder and those above it, from the root. */
function ancestors(folder: string): readonly string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [...ancestors(above), folder];
}

async function statIfPresent(path: string, ask: typeof lstat): Promise<Stats | undefined> {
  try {
    return await ask(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) {
      return undefined;
    }
    throw error;
  }
}

/** Resolves the folder, or the first one above it that exists. */
async function realpathOfFirst(
  folder: string,
): Promise<{ readonly path: string; readonly isWhole: boolean }> {
  for (let path = folder; ; path = dirname(path)) {
    try {
      return { path: await realpath(path), isWhole: path === folder };
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR')) {
        throw error;
      }
    }
  }
}
