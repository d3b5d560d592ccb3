/**
 * A lock that one process holds on a path: a file that names the holder, created complete and atomically by `link`.
 *
 * Rules: a lock is taken over only if its process is certainly dead, never because it takes long. A holder that cannot be
 * judged (another machine on a shared folder, another container) counts as alive.
 *
 * No two processes take over the same dead lock. To replace lock X, a process first takes the lock `{path}.{id of X}`,
 * then checks again that X is still there, then renames its own lock over it. The path is never free in between, the dead
 * holder cannot release it, and ids are never used twice, so X is replaced once; a process that is late finds another id
 * and starts again. A process that dies in the middle leaves a dead lock of the same kind with a longer name.
 */
import { randomBytes } from 'node:crypto';
import { link, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isJsonObject, parseJson } from '../../lib/record/text';
import { makeFolderDurably, readIfPresent, sweepFolder, writeDurably, writeTemporary } from './durable-file';
import { hasCode } from './open-file';
import { formatIdentity, judgeProcess, parseIdentity, thisProcess } from './processes';

/** The content of a lock file. */
interface LockText {
  /** Sixteen hex digits, unique to this lock. */
  readonly id: string;
  /** The process, in the form of `formatIdentity`. */
  readonly owner: string;
  readonly host: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/** The error for a lock that another process holds, or may hold. */
export class LockHeldError extends Error {
  public override readonly name = 'LockHeldError';

  public constructor(
    /** The lock file. */
    public readonly path: string,
    /** Process id of the holder. */
    public readonly pid: number,
    /** The time it was taken: ISO 8601, UTC. */
    public readonly since: string,
    /** The holder's machine. */
    public readonly host: string,
    /** The holder runs, or ran, where its process id means nothing to this machine. */
    public readonly isElsewhere: boolean,
  ) {
    const fix = isElsewhere ? `; if that process is gone, delete ${path}` : '';
    super(`process ${pid} on ${host} has held it since ${since}${fix}`);
  }
}

/** The error for a lock file that names nobody, which no process of ours writes. */
export class UnreadableLockError extends Error {
  public override readonly name = 'UnreadableLockError';

  public constructor(public readonly path: string) {
    super(`the lock file ${path} does not say who holds it; if no mfa-runbook is running, delete it`);
  }
}

/** A lock that this process holds. */
export interface HeldLock {
  /** Releases the lock; safe to call twice. */
  release(): Promise<void>;
}

/**
 * Takes a lock immediately or not at all. A process cannot take a lock that it holds already.
 *
 * @param path the lock file; its folder is created
 * @throws LockHeldError, UnreadableLockError
 */
export async function takeLock(path: string): Promise<HeldLock> {
  await makeFolderDurably(dirname(path));
  const mine: LockText = {
    id: newId(),
    owner: formatIdentity(await thisProcess()),
    host: hostname(),
    since: new Date().toISOString(),
  };
  await acquire(path, mine);
  try {
    await sweepLeftovers(path);
  } catch (error) {
    await letGo(path, mine.id);
    throw error;
  }
  return { release: () => letGo(path, mine.id) };
}

/** A waiting process checks the lock this often. */
const POLL_MS = 20;

/**
 * Takes a lock as soon as it is free.
 *
 * @param patienceMs after this long it gives up
 * @throws LockHeldError with the last holder, UnreadableLockError
 */
export async function takeLockWhenFree(path: string, patienceMs: number): Promise<HeldLock> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await takeLock(path);
    } catch (error) {
      if (!(error instanceof LockHeldError) || performance.now() > deadline) {
        throw error;
      }
      await pause(POLL_MS * (0.5 + Math.random()));
    }
  }
}

async function acquire(path: string, mine: LockText): Promise<void> {
  for (;;) {
    const holder = await readLock(path);
    if (holder === undefined) {
      if (await putFirst(path, mine)) {
        return;
      }
    } else {
      await refuseUnlessDead(path, holder);
      if (await takeOver(path, holder, mine)) {
        return;
      }
    }
  }
}

async function refuseUnlessDead(path: string, holder: LockText): Promise<void> {
  const identity = parseIdentity(holder.owner);
  if (identity === undefined) {
    throw new UnreadableLockError(path);
  }
  const liveness = await judgeProcess(identity);
  if (liveness === 'dead') {
    return;
  }
  throw new LockHeldError(path, identity.pid, holder.since, holder.host, liveness === 'elsewhere');
}

/** Creates the lock file. @returns false if another process was first */
async function putFirst(path: string, mine: LockText): Promise<boolean> {
  const temporary = await writeTemporary(path, JSON.stringify(mine), { mode: 0o600 });
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) {
      return false;
    }
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Replaces a dead lock. @returns false if it is no longer there */
async function takeOver(path: string, dead: LockText, mine: LockText): Promise<boolean> {
  const guard = `${path}.${dead.id}`;
  const guardText = { ...mine, id: newId() };
  try {
    await acquire(guard, guardText);
  } catch (error) {
    // The holder of the guard is about to hold the lock, unless the lock has changed hands already.
    if (error instanceof LockHeldError && (await readLock(path))?.id !== dead.id) {
      return false;
    }
    throw error;
  }
  try {
    if ((await readLock(path))?.id !== dead.id) {
      return false;
    }
    await writeDurably(path, JSON.stringify(mine), 0o600);
    return true;
  } finally {
    await letGo(guard, guardText.id);
  }
}

async function letGo(path: string, id: string): Promise<void> {
  // If the lock is no longer ours, its new holder releases it.
  if ((await readLock(path))?.id === id) {
    await rm(path, { force: true });
  }
}

/**
 * Deletes what dead processes left. Only the holder of `path` may delete guards: none of them guards its lock, and the
 * locks that they guard are gone.
 */
async function sweepLeftovers(path: string): Promise<void> {
  const folder = dirname(path);
  const name = basename(path);
  for (const entry of await readdir(folder)) {
    if (entry.startsWith(name) && GUARD.test(entry.slice(name.length))) {
      await rm(join(folder, entry), { force: true });
    }
  }
  await sweepFolder(folder);
}

function newId(): string {
  return randomBytes(8).toString('hex');
}
const ID = /^[0-9a-f]{16}$/;
/** The end of a guard's name, after the name of the lock; guards of guards have several ids. */
const GUARD = /^(\.[0-9a-f]{16})+$/;

/** @throws UnreadableLockError */
async function readLock(path: string): Promise<LockText | undefined> {
  const text = await readIfPresent(path);
  if (text === undefined) {
    return undefined;
  }
  const content = parseJson(text);
  const { id, owner, host, since } = isJsonObject(content) ? content : {};
  if (typeof id === 'string' && ID.test(id) && typeof owner === 'string') {
    return { id, owner, host: String(host), since: String(since) };
  }
  throw new UnreadableLockError(path);
}
