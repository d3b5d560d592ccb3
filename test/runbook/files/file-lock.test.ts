import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  LockHeldError,
  takeLock,
  takeLockWhenFree,
  UnreadableLockError,
} from '../../../runbook/files/file-lock';
import { formatIdentity, thisProcess } from '../../../runbook/files/processes';
import { withTemporaryFolder } from '../../support/temporary-folder';
import { compileScript } from './compiled-script';
import { deadProcess, writeLockOf } from './dead-process';

const ID = '0123456789abcdef';

test('says who holds it and since when, and lets go', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'deep', 'a.lock');
    const before = new Date().toISOString();
    const lock = await takeLock(path);
    const error = await takeLock(path).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(LockHeldError);
    expect(error).toMatchObject({ path, pid: process.pid, isElsewhere: false });
    expect((error as LockHeldError).since >= before).toBe(true);
    expect(await readdir(join(folder, 'deep'))).toEqual(['a.lock']);
    await lock.release();
    expect(await readdir(join(folder, 'deep'))).toEqual([]);
    await (await takeLock(path)).release();
  }));

test('a release after the lock went to somebody else takes nothing away', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'a.lock');
    const first = await takeLock(path);
    await first.release();
    const second = await takeLock(path);
    await first.release();
    await expect(takeLock(path)).rejects.toThrow(LockHeldError);
    await second.release();
  }));

test('the lock of a dead process is taken over, and leaves nothing behind', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'a.lock');
    await writeLockOf(await deadProcess(), path, ID);
    const lock = await takeLock(path);
    await expect(takeLock(path)).rejects.toMatchObject({ pid: process.pid });
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  }));

test('processes that died while they took over are taken over in turn', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'a.lock');
    const dead = await deadProcess();
    await writeLockOf(dead, path, ID);
    await writeLockOf(dead, `${path}.${ID}`, 'aaaaaaaaaaaaaaaa');
    await writeLockOf(dead, `${path}.${ID}.aaaaaaaaaaaaaaaa`, 'bbbbbbbbbbbbbbbb');
    await writeFile(`${path}.${ID}.${formatIdentity(dead)}-00000000.tmp`, 'torn');
    const lock = await takeLock(path);
    expect(await readdir(folder)).toEqual(['a.lock']);
    await lock.release();
  }));

test('waits for nobody who is about to take over, and says who it is', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'a.lock');
    await writeLockOf(await deadProcess(), path, ID);
    await writeLockOf(await thisProcess(), `${path}.${ID}`, 'aaaaaaaaaaaaaaaa');
    const text = await readFile(path, 'utf8');
    await expect(takeLock(path)).rejects.toMatchObject({ pid: process.pid });
    expect(await readFile(path, 'utf8')).toBe(text);
  }));

test('a holder on another machine counts as alive, and the error says how to go on', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'a.lock');
    await writeLockOf({ ...(await deadProcess()), place: 'ffffffff' }, path, ID);
    const text = await readFile(path, 'utf8');
    const error = await takeLock(path).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'LockHeldError', isElsewhere: true, host: 'hq-laptop' });
    expect(String(error)).toContain(`if that process is gone, delete ${path}`);
    expect(await readFile(path, 'utf8')).toBe(text);
  }));

test.each([
  '',
  '\0\0\0\0',
  '{"id":',
  '{"id":"../../x","owner":"1-00000000-00000000"}',
  `{"id":"${ID}","owner":"me"}`,
])('a lock file that says nobody is refused and left alone: %j', (text) =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'a.lock');
    await writeFile(path, text);
    await expect(takeLock(path)).rejects.toThrow(UnreadableLockError);
    expect(await readFile(path, 'utf8')).toBe(text);
  }),
);

test('waits until the lock is free, but not for ever', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'a.lock');
    const lock = await takeLock(path);
    await expect(takeLockWhenFree(path, 60)).rejects.toMatchObject({ pid: process.pid });
    const waiting = takeLockWhenFree(path, 10_000);
    await lock.release();
    await (await waiting).release();
  }));

/** Lines of a log in which one process was inside while another entered, and then went on. */
function overlaps(lines: readonly string[]): readonly string[] {
  let inside: string | undefined;
  return lines.filter((line, index) => {
    const [what, pid] = line.split(' ');
    const previous = inside;
    inside = what === 'enter' ? pid : undefined;
    if (what === 'leave') {
      return previous !== pid;
    }
    return previous !== undefined && lines.slice(index).some((later) => later.endsWith(` ${previous}`));
  });
}

test.each([
  [['enter 1', 'leave 1', 'enter 2', 'leave 2'], 0],
  [['enter 1', 'enter 2', 'leave 2'], 0],
  [['enter 1', 'enter 2', 'leave 1', 'leave 2'], 3],
])('the log %j has overlaps: %d', (lines, count) => {
  expect(overlaps(lines)).toHaveLength(count);
});

test('processes that race, and die anywhere, are inside one at a time', () =>
  withTemporaryFolder(async (folder) => {
    const script = compileScript('lock-contender', folder);
    const [lock, log] = [join(folder, 'locks', 'a.lock'), join(folder, 'log')];
    function start(rounds: number, lifetimeMs: number): ChildProcess {
      return spawn(process.execPath, [script, lock, log, String(rounds), String(lifetimeMs)]);
    }
    // Most die wherever they are; the last ones must still get in.
    const doomed = Array.from({ length: 12 }, (_, index) => start(1_000, 1 + index * 9));
    await Promise.all(doomed.map((child) => once(child, 'exit')));
    const last = [start(5, 0), start(5, 0)];
    await Promise.all(last.map((child) => once(child, 'exit')));
    const lines = (await readFile(log, 'utf8')).trim().split('\n');
    expect(lines.filter((line) => line.startsWith('error'))).toEqual([]);
    expect(overlaps(lines)).toEqual([]);
    for (const { pid } of last) {
      expect(lines.filter((line) => line === `leave ${pid}`)).toHaveLength(5);
    }
    for (const { pid } of doomed) {
      expect(lines).toContain(`enter ${pid}`);
    }
    await (await takeLock(lock)).release();
    expect(await readdir(join(folder, 'locks'))).toEqual([]);
  }));
