/**
 * Writes files that are complete or absent, even if the power fails.
 *
 * Rules: the text is written to a temporary file in the same folder and forced to the disk before the rename, because a
 * rename may reach the disk before the text does (ext4 then shows zeros). The folder is forced after it, because until
 * then the rename itself may be lost. A temporary file is never read, and one whose process is dead is deleted.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, unlink } from 'node:fs/promises';
import { platform } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { hasCode, readRegular } from './open-file';
import { formatIdentity, judgeProcess, parseIdentity, thisProcess } from './processes';

/** Reads a file of this program's own as UTF-8; `undefined` if it does not exist. @throws NotAFileError */
export async function readIfPresent(path: string): Promise<string | undefined> {
  return (await readRegular(path))?.toString('utf8');
}

/**
 * Writes a file. Once it resolves, the text is on the disk; otherwise the file is as it was before.
 *
 * @param mode such as 0o600; the umask may clear bits
 */
export async function writeDurably(path: string, text: string | Uint8Array, mode: number): Promise<void> {
  await makeFolderDurably(dirname(path));
  await sweepFolder(dirname(path), basename(path));
  const temporary = await writeTemporary(path, text, { mode });
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Deletes a file durably, if it exists. */
export async function removeDurably(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return;
    }
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Renames a file durably, and replaces a file that has that name already. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** Creates a folder and its missing parents, all of mode 0700. */
export async function makeFolderDurably(folder: string): Promise<void> {
  const target = resolve(folder);
  const first = await mkdir(target, { recursive: true, mode: 0o700 });
  if (first === undefined) {
    return;
  }
  for (let made = target; made.length >= first.length; made = dirname(made)) {
    await syncFolder(dirname(made));
  }
}

/** Forces a folder's list of files to the disk. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder as a file, and keeps a journal of names itself.
  if (platform() === 'win32') {
    return;
  }
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes a file with a unique name next to `path`, and forces its text to the disk.
 *
 * @param isExact also the bits of the mode that the umask clears
 * @returns its path
 */
export async function writeTemporary(
  path: string,
  text: string | Uint8Array,
  { mode, isExact = false }: { readonly mode: number; readonly isExact?: boolean },
): Promise<string> {
  const owner = formatIdentity(await thisProcess());
  const temporary = `${path}.${owner}-${randomBytes(4).toString('hex')}.tmp`;
  const handle = await open(temporary, 'wx', mode);
  try {
    if (isExact) {
      await handle.chmod(mode);
    }
    await handle.writeFile(text, 'utf8');
    await handle.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return temporary;
}

/** `{name}.{owner}-{8 hex digits}.tmp` */
const TEMPORARY = /^(.+)\.(\d+-[0-9a-f]{8}-[0-9a-f]{8})-[0-9a-f]{8}\.tmp$/;

/** Deletes what dead processes left in a folder. @param only what they left while they wrote the file of this name */
export async function sweepFolder(folder: string, only?: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    const [, name, owner = ''] = TEMPORARY.exec(entry) ?? [];
    const identity = only === undefined || name === only ? parseIdentity(owner) : undefined;
    if (identity !== undefined && (await judgeProcess(identity)) === 'dead') {
      await rm(join(folder, entry), { force: true });
    }
  }
}
