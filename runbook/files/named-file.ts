/**
 * Writes files that a person named, and edits those that `aws` shares.
 *
 * Rules: a pipe, a socket or a device is written to, never replaced. A link stays: what it leads to is written. A file keeps
 * its mode and its owner; one that is read-only is refused, also for root. A file with several names, or in a folder that
 * does not let it be replaced, is written in its place.
 */
import { constants, type Stats, write } from 'node:fs';
import { chown, lstat, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { syncFolder, writeDurably, writeTemporary } from './durable-file';
import { takeLockWhenFree } from './file-lock';
import { UnsafeFileError } from './files';
import { hasCode, isStream, notAFile, openStream, readRegular, writeStream } from './open-file';
import { checkFolder } from './safe-folder';

function refusal(code: string, path: string, why: string): Error {
  return Object.assign(new Error(`${code}: ${path} ${why}`), { code });
}

/** Writes a file. @param mode of a new one, such as 0o600; the umask may clear bits */
export async function writeNamed(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const descriptor = await openDescriptor(path);
  if (descriptor !== undefined) {
    return writeDescriptor(descriptor, bytes);
  }
  const found = await statTarget(path);
  if (found === undefined) {
    return writeDurably(path, bytes, mode);
  }
  if (isStream(found)) {
    return writeInPlace(path, bytes, true);
  }
  if (found.isDirectory()) {
    throw refusal('EISDIR', path, 'is a folder');
  }
  refuseReadOnly(path, found);
  return replaceRegular(await realpath(path), bytes, found);
}

function refuseReadOnly(path: string, { mode }: Stats): void {
  if ((mode & 0o222) === 0) {
    throw refusal('EACCES', path, 'is read-only');
  }
}

/** Finds the descriptor that `/dev/stdout`, `/dev/fd/3` and the like stand for, whatever was opened there. */
async function openDescriptor(path: string): Promise<number | undefined> {
  let next = resolve(path);
  for (let links = 0; links < MOST_LINKS; links++) {
    const [, descriptor] = /^(?:\/proc\/(?:self|thread-self)|\/dev)\/fd\/(\d+)$/.exec(next) ?? [];
    if (descriptor !== undefined) {
      return Number(descriptor);
    }
    try {
      next = resolve(dirname(next), await readlink(next));
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** Linux follows this many links. */
const MOST_LINKS = 40;

const writeOnce = promisify(write);

/** Writes to an open descriptor: opening it again fails for a socket, and starts a redirected file from its beginning. */
function writeDescriptor(descriptor: number, bytes: Uint8Array): Promise<void> {
  return writeStream({ write: (rest, offset) => writeOnce(descriptor, rest, offset) }, bytes);
}

/** Looks at what a path leads to. @throws Error for a link that leads nowhere */
async function statTarget(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) {
      throw error;
    }
  }
  const isLink = await lstat(path).then(
    () => true,
    () => false,
  );
  if (isLink) {
    throw refusal('ENOENT', path, 'is a link that leads nowhere');
  }
  return undefined;
}

async function writeInPlace(path: string, bytes: Uint8Array, isOpenAlready: boolean): Promise<void> {
  const handle = isOpenAlready ? await openStream(path) : await open(path, constants.O_WRONLY);
  try {
    await writeStream(handle, bytes);
    if (!isOpenAlready) {
      await handle.truncate(bytes.length);
      await handle.sync();
    }
  } finally {
    await handle.close();
  }
}

/** Replaces a file by one of the same mode and owner; one that cannot be replaced is written in its place. */
async function replaceRegular(path: string, bytes: Uint8Array, found: Stats): Promise<void> {
  if (found.nlink > 1) {
    return writeInPlace(path, bytes, false);
  }
  let temporary: string | undefined;
  try {
    temporary = await writeTemporary(path, bytes, { mode: found.mode & 0o777, isExact: true });
    await chown(temporary, found.uid, found.gid);
    await rename(temporary, path);
  } catch (error) {
    if (temporary !== undefined) {
      await rm(temporary, { force: true });
    }
    if (hasCode(error, 'EACCES', 'EPERM', 'EBUSY', 'EROFS')) {
      return writeInPlace(path, bytes, false);
    }
    throw error;
  }
  await syncFolder(dirname(path));
}

/** A writer of the same file takes milliseconds; one that takes longer is stopped or hangs. */
const PATIENCE_MS = 20_000;

/**
 * Edits a file that holds secrets, one process after the other.
 *
 * @param change makes the new bytes of the old; empty if there is no file
 * @param mode of a new file
 * @throws UnsafeFileError, notAFile, LockHeldError
 */
export async function editSecret(
  path: string,
  change: (bytes: Uint8Array) => Promise<Uint8Array>,
  mode: number,
): Promise<void> {
  await checkFolder(dirname(resolve(path)), 'shared');
  const found = await statTarget(path);
  if (found !== undefined && isStream(found)) {
    throw notAFile(path, 'a pipe or a device');
  }
  if (found !== undefined) {
    refuseReadOnly(path, found);
  }
  const real = found === undefined ? path : await realpath(path);
  const target = await lstat(path).catch(() => undefined);
  // A link to elsewhere is followed if nobody else can have made it, or can exchange what it leads to.
  if (target?.isSymbolicLink()) {
    await checkFolder(path, 'shared').catch((error: unknown) => {
      if (error instanceof UnsafeFileError && error.path !== real) {
        throw error;
      }
    });
    await checkFolder(dirname(real), 'shared');
  }
  const lock = await takeLockWhenFree(`${real}.mfa-runbook.lock`, PATIENCE_MS);
  try {
    for (;;) {
      const before = (await readRegular(real)) ?? new Uint8Array();
      const after = await change(before);
      if (Buffer.compare(after, before) === 0) {
        return;
      }
      // `aws configure` knows no lock of ours.
      if (Buffer.compare((await readRegular(real)) ?? new Uint8Array(), before) === 0) {
        await writeNamed(real, after, mode);
        if (Buffer.compare((await readRegular(real)) ?? new Uint8Array(), after) !== 0) {
          throw refusal('EIO', real, 'does not hold what was written to it');
        }
        return;
      }
    }
  } finally {
    await lock.release();
  }
}
