/** Takeovers of one dead lock, with every call of the file system put off by a random moment. */
import type { promises } from 'node:fs';
import { link, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type HeldLock, LockHeldError, takeLock } from '../../../runbook/files/file-lock';
import { judgeProcess, parseIdentity, thisProcess } from '../../../runbook/files/processes';
import { withTemporaryFolder } from '../../support/temporary-folder';
import { deadProcess, writeLockOf } from './dead-process';

const ID = '0123456789abcdef';

jest.mock('node:fs/promises', () => {
  const real = jest.requireActual<typeof promises>('node:fs/promises');
  function putOff(call: (...args: readonly unknown[]) => Promise<unknown>) {
    return async (...args: unknown[]) => {
      // Now and then for so long that the others are through with everything.
      const longest = Math.random() < 0.1 ? 400 : 12;
      for (let turns = Math.floor(Math.random() * longest); turns > 0; turns--) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      return call(...args);
    };
  }
  return Object.fromEntries(
    Object.entries(real).map(([name, member]) => [
      name,
      typeof member === 'function' ? putOff(member as never) : member,
    ]),
  );
});

/** Counts the contenders that get the lock of a dead process, in each of several rounds. */
async function holdersOfDeadLocks(
  take: (path: string) => Promise<HeldLock>,
  rounds: number,
): Promise<readonly number[]> {
  const dead = await deadProcess();
  return withTemporaryFolder(async (folder) => {
    const counts: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const path = join(folder, `${round}.lock`);
      await writeLockOf(dead, path, ID);
      const taken = await Promise.allSettled(Array.from({ length: 8 }, () => take(path)));
      for (const { reason } of taken.filter((result) => result.status === 'rejected')) {
        if (!(reason instanceof LockHeldError)) {
          throw reason;
        }
      }
      counts.push(taken.filter(({ status }) => status === 'fulfilled').length);
    }
    return counts;
  });
}

/** A wrong lock: the second to unlink deletes the lock of the first. */
async function takeLockNaively(path: string): Promise<HeldLock> {
  const text = await readFile(path, 'utf8').catch(() => '{"owner":""}');
  const identity = parseIdentity(JSON.parse(text).owner);
  if (identity === undefined || (await judgeProcess(identity)) !== 'dead') {
    throw new LockHeldError(path, 0, '', '', false);
  }
  await rm(path, { force: true });
  const mine = `${path}.${Math.random()}`;
  await writeLockOf(await thisProcess(), mine, ID);
  try {
    await link(mine, path);
  } catch {
    throw new LockHeldError(path, 0, '', '', false);
  }
  return { release: async () => undefined };
}

test('of many that take over the same dead lock at once, exactly one gets it', async () => {
  const counts = await holdersOfDeadLocks(takeLock, 40);
  expect(counts.every((count) => count === 1)).toBe(true);
});

test('that proof finds a takeover in which two get the lock', async () => {
  const counts = await holdersOfDeadLocks(takeLockNaively, 40);
  expect(counts.some((count) => count > 1)).toBe(true);
});
