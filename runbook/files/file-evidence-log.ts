/** The evidence log on this machine's disk. */
import { dirname } from 'node:path';
import type { Evidence } from '../evidence/evidence';
import { continueLog, type EvidenceLog } from '../evidence/evidence-log';
import { makeFolderDurably, readIfPresent, syncFolder } from './durable-file';
import { takeLockWhenFree } from './file-lock';
import { openToAppend } from './open-file';
import { checkFolder } from './safe-folder';

/** An append takes milliseconds: a process that holds the log longer than this is stopped or hangs. */
const PATIENCE_MS = 10_000;

/**
 * Opens a log in a file of mode 0600, which the first append creates with its folder. Processes that write at the same
 * time wait for each other, so that no two continue the same line.
 *
 * @param patienceMs an append waits this long for another process, then throws LockHeldError
 */
export function fileEvidenceLog(file: string, patienceMs: number = PATIENCE_MS): EvidenceLog {
  return {
    append: async (evidence) => {
      await checkFolder(dirname(file));
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
  const handle = await openToAppend(file, 0o600);
  try {
    if (addition !== undefined) {
      await handle.appendFile(addition);
    }
    // Also if nothing was added: the process that wrote the end may have died before it synced.
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (text === undefined) {
    await syncFolder(dirname(file));
  }
}
