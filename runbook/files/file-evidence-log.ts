/** The evidence log on this machine's disk. */
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Evidence } from '../evidence/evidence';
import { continueLog, type EvidenceLog } from '../evidence/evidence-log';
import { makeFolderDurably, readIfPresent, syncFolder } from './durable-file';
import { takeLockWhenFree } from './file-lock';

/** An append takes milliseconds: whoever holds the log longer than this is stopped or hangs. */
const PATIENCE_MS = 10_000;

/**
 * A log in a file of mode 0600, made with its folder when it is first written. Processes that write at once wait for
 * each other, so that no two continue the same line.
 *
 * @param patienceMs how long an append waits for another process; then it throws LockHeldError
 */
export function fileEvidenceLog(file: string, patienceMs: number = PATIENCE_MS): EvidenceLog {
  return {
    append: async (evidence) => {
      await makeFolderDurably(dirname(file));
      const lock = await takeLockWhenFree(`${file}.lock`, patienceMs);
      try {
        await append(file, evidence);
      } finally {
        await lock.release();
      }
    },
    read: async () => (await readIfPresent(file)) ?? '',
  };
}

async function append(file: string, evidence: Evidence): Promise<void> {
  const text = await readIfPresent(file);
  const addition = continueLog(text ?? '', evidence);
  const handle = await open(file, 'a', 0o600);
  try {
    if (addition !== undefined) {
      await handle.appendFile(addition);
    }
    // Also what was there already: the process that wrote it may have died before this.
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (text === undefined) {
    await syncFolder(dirname(file));
  }
}
