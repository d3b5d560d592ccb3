/** Processes for tests of locks. */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { formatIdentity, thisProcess } from '../../../runbook/files/processes';

type ProcessIdentity = Parameters<typeof formatIdentity>[0];

let deadPid: number | undefined;

/** A process that ran here, and ended. */
export async function deadProcess(): Promise<ProcessIdentity> {
  deadPid ??= Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
  return { ...(await thisProcess()), pid: deadPid };
}

/** Writes the lock file that a process would have written. */
export async function writeLockOf(owner: ProcessIdentity, path: string, id: string): Promise<void> {
  const since = '2026-11-22T10:00:00.000Z';
  await writeFile(path, JSON.stringify({ id, owner: formatIdentity(owner), host: 'hq-laptop', since }));
}
