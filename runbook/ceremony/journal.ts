/**
 * The journal of a ceremony: what it set out to do, and how far it got, so that the next run can finish what a crash
 * interrupted.
 *
 * Rules: intent is durable before each effect; the journal is a hint and IAM the truth, so an effect found begun is
 * observed and never blindly repeated; it holds no secret; one that cannot be read is an error, never "nothing done".
 */
import { createHash } from 'node:crypto';
import { type Place, parsePlace } from '../../lib/record/place';
import { isJsonObject, parseJson } from '../../lib/record/text';
import { CEREMONIES, type CeremonyKind } from '../evidence/evidence';

/** The schema version this code writes, and the newest it reads. */
const JOURNAL_SCHEMA = 1;

/** The ceremonies as people call them. */
export const CEREMONY_NOUNS: Readonly<Record<CeremonyKind, string>> = {
  enroll: 'enrollment',
  prove: 'drill',
  resync: 'resync',
  replace: 'replacement',
  retire: 'retirement',
};

/** The subject of a journal; one ceremony at a time on each. */
export interface Subject {
  readonly fleet: string;
  /** Twelve digits. */
  readonly account: string;
  readonly holder: string;
  readonly slot: string;
}

/** Small texts that a later run needs: ARNs, serials, options. Never a seed, never a code. */
export type Facts = Readonly<Record<string, string>>;

/** Facts without those that are not known. */
export function facts(values: Readonly<Record<string, string | undefined>>): Facts {
  const known = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return Object.fromEntries(known);
}

/** One effect, and how far it got. */
export interface JournalStep {
  readonly name: string;
  readonly state: 'begun' | 'done';
  readonly facts: Facts;
  /** When it was begun; ISO 8601, UTC. */
  readonly at?: string;
}

/** One ceremony that is not finished. */
export interface Journal {
  /** UUID; the device of this ceremony carries it as its run tag, and the evidence as its id. */
  readonly id: string;
  readonly ceremony: CeremonyKind;
  readonly subject: Subject;
  /** Serial, and profile if there is one, of the token that is enrolled, proved, … (of a replacement: the new one). */
  readonly serial: string;
  /** The person's request, as far as a later run needs it. */
  readonly request: Facts;
  /** ARN of the caller who started it. */
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Program and version that started it. */
  readonly tool: string;
  /** In the order in which they were begun. */
  readonly steps: readonly JournalStep[];
}

/** Returns the token that a journal is about, or the profile of it. */
export function journalPlace({ serial }: Pick<Journal, 'serial'>): Place {
  return parsePlace(serial) ?? { serial };
}

/** A journal that cannot be used. Low layers throw it; `explain.ts` adds the way out. */
export class JournalError extends Error {
  public override readonly name = 'JournalError';

  public constructor(
    public readonly fault: /** Torn, edited, or not a journal at all. */
      | 'unreadable'
      /** Written by a newer version of this program. */
      | 'newer-schema'
      /** Another process is working on the same subject. */
      | 'locked'
      /** It could not be made durable, so nothing more was done. */
      | 'not-written',
    /** The file. */
    public readonly place: string,
    /** The defect, or the process that holds the lock. */
    public readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`${place}: ${detail}`, options);
  }
}

/** Covers the schema too, so that a torn journal is never taken for one of a newer version. */
function digestOf(schema: string, body: string): string {
  return createHash('sha256').update(`${schema}\n${body}`, 'utf8').digest('hex');
}

/** Writes a journal as text: one line of JSON under one line with its schema and SHA-256, so that a torn one shows. */
export function formatJournal(journal: Journal): string {
  const body = JSON.stringify(journal);
  const schema = String(JOURNAL_SCHEMA);
  return `mfa-runbook journal ${schema} ${digestOf(schema, body)}\n${body}\n`;
}

/**
 * Reads a journal back.
 *
 * @param place the file, for messages
 * @throws JournalError `unreadable`, `newer-schema`
 */
export function parseJournal(text: string, place: string): Journal {
  function torn(detail: string): JournalError {
    return new JournalError('unreadable', place, detail);
  }
  const [, schema, digest, body] =
    /^mfa-runbook journal (\d{1,6}) ([0-9a-f]{64})\n([^\n]*)\n$/.exec(text) ?? [];
  if (schema === undefined || digest === undefined || body === undefined) {
    throw torn('it is cut off, or not a journal');
  }
  if (digestOf(schema, body) !== digest) {
    throw torn('its content does not match its checksum');
  }
  if (Number(schema) > JOURNAL_SCHEMA) {
    throw new JournalError(
      'newer-schema',
      place,
      `it has schema ${Number(schema)}, this version reads ${JOURNAL_SCHEMA}`,
    );
  }
  const journal = parseJson(body);
  if (!isJournal(journal)) {
    throw torn('its checksum is right, but its content is not that of a journal');
  }
  return journal;
}

function areTexts(...values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'string');
}

function isFacts(value: unknown): value is Facts {
  return isJsonObject(value) && areTexts(...Object.values(value));
}

/** A checksum says that nothing was torn, not who wrote it. */
function isJournal(value: unknown): value is Journal {
  if (!isJsonObject(value) || !isJsonObject(value.subject) || !Array.isArray(value.steps)) {
    return false;
  }
  const { fleet, account, holder, slot } = value.subject;
  return (
    areTexts(value.id, value.serial, value.by, value.startedAt, value.tool, fleet, account, holder, slot) &&
    CEREMONIES.some((ceremony) => ceremony === value.ceremony) &&
    isFacts(value.request) &&
    value.steps.every(isJournalStep)
  );
}

function isJournalStep(value: unknown): value is JournalStep {
  return (
    isJsonObject(value) &&
    areTexts(value.name) &&
    (value.state === 'begun' || value.state === 'done') &&
    isFacts(value.facts)
  );
}

/** A journal of the subject, held by this process alone until it is released. */
export interface OpenJournal {
  /** The journal that an earlier run left. */
  readonly found: Journal | undefined;
  /** Durable when it resolves. */
  write(journal: Journal): Promise<void>;
  /** The ceremony is over: deletes the journal, durably, and releases it. */
  remove(): Promise<void>;
  /** Releases it; the journal, if one was written, stays for a later run. Safe to call twice and after `remove`. */
  release(): Promise<void>;
}

/** One journal in a list. */
export type ListedJournal =
  | { readonly place: string; readonly journal: Journal; readonly error: undefined }
  | { readonly place: string; readonly journal: undefined; readonly error: JournalError };

/** The place where journals are kept. */
export interface Journals {
  /**
   * Locks the subject for this process.
   *
   * @throws JournalError
   */
  open(subject: Subject): Promise<OpenJournal>;
  /** Every unfinished ceremony of a fleet, in any account, oldest first; unreadable ones last. */
  list(fleet: string): Promise<readonly ListedJournal[]>;
  /** Renames an unreadable journal, so that it no longer stands in the way. @returns the new name */
  setAside(place: string): Promise<string>;
}
