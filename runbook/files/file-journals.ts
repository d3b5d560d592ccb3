/**
 * Journals on this machine's disk: `{stateFolder}/{fleet}/journal/{account}.{holder}.{slot}.journal`, of mode 0600, each
 * with its lock beside it.
 *
 * The names need no escaping: a holder is an IAM user name (letters, digits, `_+=,.@-`), and IAM has no two that differ
 * in case only, so they stay apart on every file system.
 */
import { access, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FLEET_RULE, HOLDER_RULE, SLOT_RULE, textProblem } from '../../lib/record/rules';
import {
  formatJournal,
  type Journal,
  JournalError,
  type Journals,
  type ListedJournal,
  type OpenJournal,
  parseJournal,
  type Subject,
} from '../ceremony/journal';
import { type Clock, systemClock } from '../clock';
import {
  hasCode,
  readIfPresent,
  removeDurably,
  renameDurably,
  sweepFolder,
  writeDurably,
} from './durable-file';
import { type HeldLock, LockHeldError, takeLock, UnreadableLockError } from './file-lock';

const EXTENSION = '.journal';
const MODE = 0o600;

/** Journals below a folder, which is made when the first is opened. @param clock names what is set aside */
export function fileJournals(stateFolder: string, clock: Pick<Clock, 'now'> = systemClock): Journals {
  function folderOf(fleet: string): string {
    return join(stateFolder, checkedFleet(fleet), 'journal');
  }
  return {
    open: (subject) => openJournal(join(folderOf(subject.fleet), fileName(subject)), subject),
    list: (fleet) => listJournals(folderOf(fleet), fleet),
    setAside: async (place) => {
      const fleet = basename(dirname(dirname(place)));
      if (join(folderOf(fleet), basename(place)) !== place || !place.endsWith(EXTENSION)) {
        throw new RangeError(`${place} is not a journal of ${stateFolder}`);
      }
      return setJournalAside(place, clock.now());
    },
  };
}

async function openJournal(place: string, subject: Subject): Promise<OpenJournal> {
  const lock = await lockJournal(place);
  try {
    return heldJournal(place, subject, lock, await readJournal(place, subject));
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function heldJournal(
  place: string,
  subject: Subject,
  lock: HeldLock,
  found: Journal | undefined,
): OpenJournal {
  let isHeld = true;
  function refuseIfReleased(): void {
    if (!isHeld) {
      throw new Error(`the journal ${place} was released`);
    }
  }
  async function release(): Promise<void> {
    isHeld = false;
    await lock.release();
  }
  return {
    found,
    write: async (journal) => {
      refuseIfReleased();
      refuseUnlessAbout(subject, journal.subject);
      await writeDurably(place, formatJournal(journal), MODE);
    },
    remove: async () => {
      refuseIfReleased();
      await removeDurably(place);
      await release();
    },
    release,
  };
}

async function lockJournal(place: string): Promise<HeldLock> {
  try {
    return await takeLock(`${place}.lock`);
  } catch (error) {
    const isHeld = error instanceof LockHeldError || error instanceof UnreadableLockError;
    const detail = error instanceof Error ? error.message : String(error);
    // A disk that takes no lock takes no journal either: full, read-only, or somebody else's.
    throw new JournalError(isHeld ? 'locked' : 'not-written', place, detail, { cause: error });
  }
}

/** @throws JournalError; a file that cannot be read at all is as bad as one that makes no sense */
async function readJournal(place: string, subject: Subject): Promise<Journal | undefined> {
  let text: string | undefined;
  try {
    text = await readIfPresent(place);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new JournalError('unreadable', place, detail, { cause: error });
  }
  if (text === undefined) {
    return undefined;
  }
  const journal = parseJournal(text, place);
  if (!isSameSubject(journal.subject, subject)) {
    throw new JournalError('unreadable', place, `it is about ${formatSubject(journal.subject)}`);
  }
  return journal;
}

async function listJournals(folder: string, fleet: string): Promise<readonly ListedJournal[]> {
  const names = await namesIn(folder);
  const listed = await Promise.all(
    names
      .filter((name) => name.endsWith(EXTENSION))
      .map((name) => listedJournal(join(folder, name), parseFileName(fleet, name))),
  );
  return listed.filter((entry) => entry !== undefined).sort(byAge);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    await sweepFolder(folder);
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return [];
    }
    throw error;
  }
}

/** `undefined` for one that another process took away meanwhile. */
async function listedJournal(
  place: string,
  subject: Subject | undefined,
): Promise<ListedJournal | undefined> {
  try {
    if (subject === undefined) {
      throw new JournalError('unreadable', place, 'its name is not that of a journal');
    }
    const journal = await readJournal(place, subject);
    return journal && { place, journal, error: undefined };
  } catch (error) {
    if (error instanceof JournalError) {
      return { place, journal: undefined, error };
    }
    throw error;
  }
}

/** Oldest first; what cannot be read last, by name. */
function byAge(one: ListedJournal, other: ListedJournal): number {
  if (one.journal === undefined || other.journal === undefined) {
    const rank = Number(one.journal === undefined) - Number(other.journal === undefined);
    return rank || compare(one.place, other.place);
  }
  return compare(one.journal.startedAt, other.journal.startedAt) || compare(one.place, other.place);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

async function setJournalAside(place: string, nowMs: number): Promise<string> {
  const lock = await lockJournal(place);
  try {
    const name = await freeName(place, nowMs);
    await renameDurably(place, name);
    return name;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      throw new JournalError('unreadable', place, 'it is not there any more');
    }
    throw error;
  } finally {
    await lock.release();
  }
}

/** ISO 8601 in its basic form, because Windows takes no colon. Under the lock, so that nobody else takes the name. */
async function freeName(place: string, nowMs: number): Promise<string> {
  for (let ms = nowMs; ; ms++) {
    const name = `${place}.unreadable-${new Date(ms).toISOString().replace(/[-:]/g, '')}`;
    const isFree = await access(name).then(
      () => false,
      (error: unknown) => hasCode(error, 'ENOENT'),
    );
    if (isFree) {
      return name;
    }
  }
}

const ACCOUNT = /^\d{12}$/;

function checkedFleet(fleet: string): string {
  const problem = textProblem(FLEET_RULE, fleet);
  if (problem !== undefined) {
    throw new RangeError(problem.message);
  }
  return fleet;
}

/** @throws RangeError for names that AWS would not take, some of which lead out of the folder */
function fileName({ account, holder, slot }: Subject): string {
  if (!ACCOUNT.test(account)) {
    throw new RangeError(`"${account}" is not an AWS account`);
  }
  const problem = textProblem(HOLDER_RULE, holder) ?? textProblem(SLOT_RULE, slot);
  if (problem !== undefined) {
    throw new RangeError(problem.message);
  }
  return `${account}.${holder}.${slot}${EXTENSION}`;
}

/** From the right, because a holder may hold dots. */
function parseFileName(fleet: string, name: string): Subject | undefined {
  const [, account, holder, slot] = /^(\d{12})\.(.+)\.([^.]+)\.journal$/.exec(name) ?? [];
  return account === undefined || holder === undefined || slot === undefined
    ? undefined
    : { fleet, account, holder, slot };
}

function isSameSubject(one: Subject, other: Subject): boolean {
  return formatSubject(one) === formatSubject(other);
}

/** No two subjects have the same text: fleet, account and slot hold neither blank nor dot. */
function formatSubject({ fleet, account, holder, slot }: Subject): string {
  return `${fleet} ${account} ${holder}.${slot}`;
}

function refuseUnlessAbout(expected: Subject, actual: Subject): void {
  if (isSameSubject(expected, actual)) {
    return;
  }
  throw new RangeError(
    `a journal about ${formatSubject(actual)} does not belong to ${formatSubject(expected)}`,
  );
}
