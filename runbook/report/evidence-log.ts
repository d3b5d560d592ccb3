/**
 * The local evidence log: one JSON line for each ceremony, each line carrying the SHA-256 of the line before it, so
 * that a line taken out, changed or moved breaks the chain from there on.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Evidence } from './evidence';

/** Where evidence is kept on this machine. */
export interface EvidenceLog {
  /** Appends one entry durably. */
  append(evidence: Evidence): Promise<void>;
}

/** `previous` of the first line. */
const BEGINNING = '0'.repeat(64);

const hashOf = (line: string): string => createHash('sha256').update(line, 'utf8').digest('hex');

/** The line that continues a log of these lines. */
export function formatEntry(lines: readonly string[], evidence: Evidence): string {
  const last = lines.at(-1);
  return JSON.stringify({ previous: last === undefined ? BEGINNING : hashOf(last), ...evidence });
}

/** The 1-based number of the first line that does not continue its predecessor; nothing for a whole chain. */
export function findBrokenLine(lines: readonly string[]): number | undefined {
  let expected = BEGINNING;
  for (const [index, line] of lines.entries()) {
    if (previousOf(line) !== expected) return index + 1;
    expected = hashOf(line);
  }
  return undefined;
}

function previousOf(line: string): unknown {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null && 'previous' in entry ? entry.previous : undefined;
  } catch {
    return undefined;
  }
}

/** The lines of a log's text. */
export const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

/** How long another process may hold the log before it is believed dead. */
const LOCK_MS = 5_000;
const LOCK_POLL_MS = 50;

/** Holds `{file}.lock` while it works, so that two processes do not continue the same line. */
async function locked<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = `${file}.lock`;
  const deadline = Date.now() + LOCK_MS;
  for (;;) {
    try {
      await (await open(lock, 'wx', 0o600)).close();
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (Date.now() > deadline) await rm(lock, { force: true });
      else await pause(LOCK_POLL_MS);
    }
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function readLog(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** A log in a file of mode 0600, made with its folder when it is first written. */
export function fileEvidenceLog(file: string): EvidenceLog {
  const append = async (evidence: Evidence): Promise<void> => {
    const text = await readLog(file);
    // A line that was torn by a crash stays as it is, and the chain shows it.
    const separator = text === '' || text.endsWith('\n') ? '' : '\n';
    const handle = await open(file, 'a', 0o600);
    try {
      await handle.write(`${separator}${formatEntry(linesOf(text), evidence)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  };
  return {
    append: async (evidence) => {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await locked(file, () => append(evidence));
    },
  };
}
