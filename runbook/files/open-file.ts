/**
 * Opens files without waiting for anybody.
 *
 * Rules: a file is opened first, and what it is is asked of the open file, so that nobody can exchange it in between. A FIFO
 * is opened without waiting for its other end, and given up if that end does nothing for a while.
 */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { UnsafeFileError } from './files';

/** Windows has no such flag. */
const NOT_WAITING = constants.O_NONBLOCK ?? 0;

/** The other end of a pipe may do nothing for this long. */
const PATIENCE_MS = 30_000;
const POLL_MS = 20;
const CHUNK_BYTES = 65_536;

/** Tells whether an error of the file system has one of these codes, such as `ENOENT`. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Makes the error for what is not a file. @param finding such as `a pipe` */
export function notAFile(path: string, finding: string): UnsafeFileError {
  return new UnsafeFileError(path, finding, 'file');
}

/** Names what is not a regular file; `undefined` for a file or a folder. */
function findingOf(found: Stats): string | undefined {
  if (found.isFIFO()) {
    return 'a pipe';
  }
  if (found.isSocket()) {
    return 'a socket';
  }
  return found.isCharacterDevice() || found.isBlockDevice() ? 'a device' : undefined;
}

/** Returns true for a pipe, a socket and a device, which are written to and never replaced. */
export function isStream(found: Stats): boolean {
  return findingOf(found) !== undefined;
}

/** Opens a file and works with it; `undefined` if it does not exist. @param flags such as O_RDONLY */
async function withOpen<T>(
  path: string,
  flags: number,
  work: (handle: FileHandle, found: Stats) => Promise<T>,
): Promise<T | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, flags | NOT_WAITING);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return undefined;
    }
    throw hasCode(error, 'ENXIO') ? notAFile(path, 'a pipe or a socket without another end') : error;
  }
  try {
    return await work(handle, await handle.stat());
  } finally {
    await handle.close();
  }
}

/**
 * Reads a file of this program's own; `undefined` if it does not exist.
 *
 * @throws UnsafeFileError
 */
export function readRegular(path: string): Promise<Buffer | undefined> {
  return withOpen(path, constants.O_RDONLY, (handle, found) => {
    const finding = findingOf(found);
    if (finding !== undefined) {
      throw notAFile(path, finding);
    }
    return handle.readFile();
  });
}

/** Reads what a person named: a file, or a pipe to its end. @throws UnsafeFileError for a device that has anything to say */
export function readNamed(path: string): Promise<Buffer | undefined> {
  return withOpen(path, constants.O_RDONLY, async (handle, found) => {
    if (!isStream(found)) {
      return handle.readFile();
    }
    if (found.isFIFO()) {
      return readPipe(handle);
    }
    // `/dev/null` is empty; others have no end.
    const { bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, null).catch(() => ({ bytesRead: 1 }));
    if (bytesRead > 0) {
      throw notAFile(path, String(findingOf(found)));
    }
    return Buffer.alloc(0);
  });
}

async function readPipe(handle: FileHandle): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const { bytesRead } = await patiently(() => handle.read(chunk, 0, chunk.length, null));
    if (bytesRead === 0) {
      return Buffer.concat(chunks);
    }
    chunks.push(chunk.subarray(0, bytesRead));
  }
}

/** Writes to a pipe or a device in its place. */
export async function writeStream(
  stream: {
    readonly write: (bytes: Uint8Array, offset: number) => Promise<{ readonly bytesWritten: number }>;
  },
  bytes: Uint8Array,
): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await patiently(() => stream.write(bytes, written))).bytesWritten;
  }
}

/** Tries again while the other end is not ready. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    try {
      return await work();
    } catch (error) {
      if (!hasCode(error, 'EAGAIN') || waitedMs >= PATIENCE_MS) {
        throw error;
      }
    }
    await pause(POLL_MS);
  }
}

/** Opens a pipe or a device for writing. @throws UnsafeFileError if nobody reads the pipe */
export async function openStream(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_WRONLY | constants.O_APPEND | NOT_WAITING);
  } catch (error) {
    throw hasCode(error, 'ENXIO') ? notAFile(path, 'a pipe or a socket that nobody reads') : error;
  }
}

/** Opens a file to add to its end. @throws UnsafeFileError */
export async function openToAppend(path: string, mode: number): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | NOT_WAITING;
  const handle = await open(path, flags, mode).catch((error: unknown) => {
    throw hasCode(error, 'ENXIO') ? notAFile(path, 'a pipe') : error;
  });
  const finding = findingOf(await handle.stat());
  if (finding !== undefined) {
    await handle.close();
    throw notAFile(path, finding);
  }
  return handle;
}
