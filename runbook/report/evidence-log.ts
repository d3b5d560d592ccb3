/**
 * The local evidence log: one JSON line for each ceremony, each line carrying the SHA-256 of the line before it, so
 * that a line taken out, changed or moved breaks the chain from there on.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
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

/** A log in a file of mode 0600, made with its folder when it is first written. */
export function fileEvidenceLog(file: string): EvidenceLog {
  return {
    append: async (evidence) => {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return '';
        throw error;
      });
      const handle = await open(file, 'a', 0o600);
      try {
        await handle.write(`${formatEntry(linesOf(text), evidence)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
  };
}
