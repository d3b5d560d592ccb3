/**
 * The local evidence log: lines of JSON, each with the SHA-256 of the line before it. A line that is removed, changed or
 * moved breaks the chain from there on.
 *
 *     {"previous":"000…","log":"9b2e…","schema":1}              the first line: the log's own id
 *     {"previous":"5f1c…","schema":1,"id":"…","ceremony":"enroll",…}   one line for each ceremony
 *
 * A crash may leave an incomplete last line. It stays in place, and the next line marks it with `"torn":[length]` (with
 * several lengths if the line that should have marked it was torn too). The chain includes the torn line, so nobody can
 * change it later. The chain cannot reveal an end that was cut off; for that, Parameter Store holds the hash of the
 * newest line of each slot (LogAnchor).
 */
import { createHash, randomUUID } from 'node:crypto';
import { asciiJson } from '../../lib/record/page';
import type { Evidence, LogAnchor } from './evidence';
import { isUuid, parseEvidence, parseObject } from './evidence-text';

/** The evidence log of this machine. */
export interface EvidenceLog {
  /** Appends one ceremony durably, unless the log holds it already. */
  append(evidence: Evidence): Promise<void>;
  /** Returns the whole text; empty if there is no log yet. */
  read(): Promise<string>;
}

/** The schema version of the first line. */
export const LOG_SCHEMA = 1;

/** `previous` of the first line. */
export const BEGINNING = '0'.repeat(64);

/** Computes the SHA-256 of a line without its line end. */
export function hashOf(line: string): string {
  return createHash('sha256').update(line, 'utf8').digest('hex');
}

/** Splits a log into lines, blank ones included. The last line is torn if the text does not end with a line end. */
export function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** Finds a log's id: that of the first line that has one. */
function logIdOf(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const id = parseObject(line)?.log;
    if (isUuid(id)) {
      return id;
    }
  }
  return undefined;
}

/** Identifies a ceremony on a device; when it is resumed, its date and its checks may differ. */
export function ceremonyKey({ id, ceremony, deviceArn }: Evidence): string {
  return `${id} ${ceremony} ${deviceArn}`;
}

/** Finds a ceremony in a log; `undefined` if it is not there, or the log has no id. */
export function findEntry(
  text: string,
  ceremony: Evidence,
): { readonly evidence: Evidence; readonly anchor: LogAnchor } | undefined {
  const lines = linesOf(text);
  const id = logIdOf(lines);
  if (id === undefined) {
    return undefined;
  }
  for (const [index, line] of lines.entries()) {
    const evidence = entryOf(line, ceremony);
    if (evidence !== undefined) {
      return { evidence, anchor: { id, line: index + 1, hash: hashOf(line) } };
    }
  }
  return undefined;
}

/**
 * Returns the text to append to a log in one write; `undefined` if the log holds the ceremony already.
 *
 * @param newLogId makes the id of a new log
 */
export function continueLog(
  text: string,
  evidence: Evidence,
  newLogId: () => string = randomUUID,
): string | undefined {
  const lines = linesOf(text);
  if (lines.some((line) => entryOf(line, evidence) !== undefined)) {
    return endsTorn(text) ? '\n' : undefined;
  }
  const { log: _log, ...entry } = evidence;
  let last = lines.at(-1);
  let torn = endsTorn(text) ? tornBefore(lines, lines.length) : [];
  let addition = endsTorn(text) ? '\n' : '';
  function add(content: object): void {
    last = asciiJson({
      previous: last === undefined ? BEGINNING : hashOf(last),
      ...(torn.length === 0 ? {} : { torn }),
      ...content,
    });
    torn = [];
    addition += `${last}\n`;
  }
  if (logIdOf(lines) === undefined) {
    add({ log: newLogId(), schema: LOG_SCHEMA });
  }
  add(entry);
  return addition;
}

/** Lists the lengths of the torn lines directly before an index. A line that only lost its line end is not torn. */
export function tornBefore(lines: readonly string[], index: number): readonly number[] {
  let first = index;
  while (first > 0 && parseObject(lines[first - 1] ?? '') === undefined) {
    first--;
  }
  return lines.slice(first, index).map(({ length }) => length);
}

/** Parses a line if it is about this ceremony. */
function entryOf(line: string, ceremony: Evidence): Evidence | undefined {
  // Parsing every line of a long log is slow.
  if (!line.includes(ceremony.id)) {
    return undefined;
  }
  const { evidence } = parseEvidence(line);
  return evidence !== undefined && ceremonyKey(evidence) === ceremonyKey(ceremony) ? evidence : undefined;
}

function endsTorn(text: string): boolean {
  return text !== '' && !text.endsWith('\n');
}
