/**
 * The journal of a ceremony: what it set out to do, and how far it got, so that the next run can finish what a crash
 * cut off.
 *
 * Rules: intent is durable before each effect; the journal is a hint and IAM the truth, so a step found begun is
 * observed and never blindly repeated; it holds no secret; one that cannot be read is an error, never "nothing done".
 */
import { createHash } from 'node:crypto';
import { CEREMONIES, type CeremonyKind } from '../evidence/evidence';

/** The schema version this code writes, and the newest it reads. */
const JOURNAL_SCHEMA = 1;

/** What a person calls the ceremonies. */
export const CEREMONY_NOUNS: Readonly<Record<CeremonyKind, string>> = {
  enroll: 'enrolment',
  prove: 'drill',
  resync: 'resync',
  replace: 'replacement',
  retire: 'retirement',
};

/** What a journal is about; one ceremony at a time on each. */
export interface Subject {
  readonly fleet: string;
  /** Twelve digits. */
  readonly account: string;
  readonly holder: string;
  readonly slot: string;
}

/** Small texts that a later run needs: ARNs, serials, options. Never a seed, never a code. */
export type Facts = Readonly<Record<string, string>>;

/** How far one effect got. */
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
  /** Serial of the token that is enrolled, proven, … (of a replacement: the new one). */
  readonly serial: string;
  /** What the person asked for, as the ceremony needs it to go on. */
  readonly request: Facts;
  /** ARN of the caller who began it. */
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Program and version that began it. */
  readonly tool: string;
  /** In the order they were begun. */
  readonly steps: readonly JournalStep[];
}

/** Why a journal cannot be used. */
export type JournalFault =
  /** Torn, edited, or not a journal at all. */
  | 'unreadable'
  /** Written by a newer version of this program. */
  | 'newer-schema'
  /** Another process works on the same subject. */
  | 'locked'
  /** It could not be made durable; nothing was done. */
  | 'not-written';

/** A journal that cannot be used. Low layers throw it; `explain.ts` adds the way out. */
export class JournalError extends Error {
  public override readonly name = 'JournalError';

  public constructor(
    public readonly fault: JournalFault,
    /** The file. */
    public readonly place: string,
    /** What is wrong: how it is torn, or who holds the lock. */
    public readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`${place}: ${detail}`, options);
  }
}

/** Of the schema too, so that a torn journal is never taken for one of a newer version. */
function digestOf(schema: string, body: string): string {
  return createHash('sha256').update(`${schema}\n${body}`, 'utf8').digest('hex');
}

/** A journal as text: one line of JSON under one line with its schema and SHA-256, so that no torn one reads whole. */
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
    throw torn('it is not whole');
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
    throw torn('it is whole, but not a journal');
  }
  return journal;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function areTexts(...values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'string');
}

function isFacts(value: unknown): value is Facts {
  return isObject(value) && areTexts(...Object.values(value));
}

/** A checksum says that nothing was torn, not who wrote it. */
function isJournal(value: unknown): value is Journal {
  if (!isObject(value) || !isObject(value.subject) || !Array.isArray(value.steps)) {
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
    isObject(value) &&
    areTexts(value.name) &&
    (value.state === 'begun' || value.state === 'done') &&
    isFacts(value.facts)
  );
}

/** A journal of the subject, held by this process alone until it is released. */
export interface OpenJournal {
  /** What an earlier run left unfinished. */
  readonly found: Journal | undefined;
  /** Durable when it resolves. */
  write(journal: Journal): Promise<void>;
  /** The ceremony is over: takes the journal away, durably, and lets go. */
  remove(): Promise<void>;
  /** Lets go; the journal, if one was written, stays for a later run. Safe to call twice and after `remove`. */
  release(): Promise<void>;
}

/** One journal in a list. */
export type ListedJournal =
  | { readonly place: string; readonly journal: Journal; readonly error: undefined }
  | { readonly place: string; readonly journal: undefined; readonly error: JournalError };

/** Where journals are kept. */
export interface Journals {
  /**
   * Takes the subject for this process.
   *
   * @throws JournalError
   */
  open(subject: Subject): Promise<OpenJournal>;
  /** Every unfinished ceremony of a fleet, in any account, oldest first; unreadable ones last. */
  list(fleet: string): Promise<readonly ListedJournal[]>;
  /** Puts an unreadable journal out of the way, kept under another name. @returns the new name */
  setAside(place: string): Promise<string>;
}
