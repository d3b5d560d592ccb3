/**
 * The local evidence log: lines of JSON, each with the SHA-256 of the line before it, so that a line taken out, changed
 * or moved breaks the chain from there on.
 *
 *     {"previous":"000…","log":"9b2e…","schema":1}              the first line: the log's own id
 *     {"previous":"5f1c…","schema":1,"id":"…","ceremony":"enroll",…}   one line for each ceremony
 *
 * A crash may leave a last line that is not whole. It stays where it is, and the line after it says so by
 * `"torn":[length]` (with several lengths where the line that should have said so was torn, too): the chain goes on over
 * the torn line, so that it cannot be tampered with later either. What the chain cannot show is an end that was cut off;
 * for that, SSM holds the hash of the newest line of each slot (LogAnchor).
 */
import { createHash, randomUUID } from 'node:crypto';
import { asciiJson } from '../../lib/record/page';
import type { Evidence, LogAnchor } from './evidence';
import { isUuid, parseEvidence, parseObject } from './evidence-text';

/** Where evidence is kept on this machine. */
export interface EvidenceLog {
  /** Appends one ceremony durably; nothing where the log holds it already. */
  append(evidence: Evidence): Promise<void>;
  /** The whole text; empty where there is no log yet. */
  read(): Promise<string>;
}

/** The schema version of the first line. */
export const LOG_SCHEMA = 1;

/** `previous` of the first line. */
export const BEGINNING = '0'.repeat(64);

/** A ceremony in a log. */
export interface LogEntry {
  readonly evidence: Evidence;
  readonly anchor: LogAnchor;
}

/** SHA-256 of a line without its line end. */
export function hashOf(line: string): string {
  return createHash('sha256').update(line, 'utf8').digest('hex');
}

/** The lines of a log, blank ones included; the last is torn where the text does not end with a line end. */
export function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** A log's id, from the first of its lines that tells one. */
export function logIdOf(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const id = parseObject(line)?.log;
    if (isUuid(id)) {
      return id;
    }
  }
  return undefined;
}

/** Whether two pieces of evidence are of one ceremony: a resumed one is dated, and may be checked, differently. */
function isSameCeremony(a: Evidence, b: Evidence): boolean {
  return a.id === b.id && a.ceremony === b.ceremony && a.deviceArn === b.deviceArn;
}

/** A ceremony as it stands in a log; nothing where it is not there, or the log has no id. */
export function findEntry(text: string, ceremony: Evidence): LogEntry | undefined {
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
 * What to append to a log of this text, in one write; nothing where it holds the ceremony already.
 *
 * @param newLogId the id of a log that is begun
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

/** Lengths of the lines just before one (an index) that are not whole; one that only lost its line end is. */
export function tornBefore(lines: readonly string[], index: number): readonly number[] {
  let first = index;
  while (first > 0 && parseObject(lines[first - 1] ?? '') === undefined) {
    first--;
  }
  return lines.slice(first, index).map(({ length }) => length);
}

/** What a line says of a ceremony, if it is about that one. */
function entryOf(line: string, ceremony: Evidence): Evidence | undefined {
  // Parsing every line of a long log takes its time.
  if (!line.includes(ceremony.id)) {
    return undefined;
  }
  const { evidence } = parseEvidence(line);
  return evidence !== undefined && isSameCeremony(evidence, ceremony) ? evidence : undefined;
}

function endsTorn(text: string): boolean {
  return text !== '' && !text.endsWith('\n');
}
