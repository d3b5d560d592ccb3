/**
 * Journals on this machine's disk: `{stateFolder}/{fleet}/journal/{account}.{holder}.{slot}.journal`, of mode 0600, each
 * with a lock file next to it.
 *
 * The names need no escaping: a holder is an IAM user name (letters, digits, `_+=,.@-`). IAM has no two names that differ
 * only in case, so they are distinct on every file system.
 */
import { access, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FLEET_RULE, HOLDER_RULE, SLOT_RULE, type TextRule, textProblem } from '../../lib/record/rules';
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
import { readIfPresent, removeDurably, renameDurably, sweepFolder, writeDurably } from './durable-file';
import { type HeldLock, LockHeldError, takeLock, UnreadableLockError } from './file-lock';
import { hasCode } from './open-file';
import { checkFolder } from './safe-folder';

const EXTENSION = '.journal';
const MODE = 0o600;

/** Opens the journals below a folder, which is created with the first one. @param clock dates what is set aside */
export function fileJournals(stateFolder: string, clock: Pick<Clock, 'now'> = systemClock): Journals {
  function folderOf(fleet: string): string {
    return join(stateFolder, checked(FLEET_RULE, fleet), 'journal');
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
  try {
    return {
      found: await readJournal(place, subject),
      write: async (journal) => {
        refuseIfReleased();
        const [own, other] = [formatSubject(subject), formatSubject(journal.subject)];
        if (own !== other) {
          throw new RangeError(`a journal about ${other} does not belong to ${own}`);
        }
        await writeDurably(place, formatJournal(journal), MODE);
      },
      remove: async () => {
        refuseIfReleased();
        await removeDurably(place);
        await release();
      },
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

async function lockJournal(place: string): Promise<HeldLock> {
  try {
    await checkFolder(dirname(place));
    return await takeLock(`${place}.lock`);
  } catch (error) {
    const isHeld = error instanceof LockHeldError || error instanceof UnreadableLockError;
    // Where no lock can be written, no journal can either: the disk is full, read-only, or belongs to somebody else.
    throw journalError(isHeld ? 'locked' : 'not-written', place, error);
  }
}

function journalError(fault: JournalError['fault'], place: string, cause: unknown): JournalError {
  return new JournalError(fault, place, cause instanceof Error ? cause.message : String(cause), { cause });
}

/** Reads a journal. @throws JournalError also if the file cannot be read at all */
async function readJournal(place: string, subject: Subject): Promise<Journal | undefined> {
  let text: string | undefined;
  try {
    text = await readIfPresent(place);
  } catch (error) {
    throw journalError('unreadable', place, error);
  }
  if (text === undefined) {
    return undefined;
  }
  const journal = parseJournal(text, place);
  if (formatSubject(journal.subject) !== formatSubject(subject)) {
    throw new JournalError(
      'unreadable',
      place,
      `it is about ${formatSubject(journal.subject)}, which its name does not say`,
    );
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

/** Reads one journal of a folder; `undefined` if another process has deleted it in the meantime. */
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

/** Sorts the oldest first, and unreadable ones last, by name. */
function byAge(one: ListedJournal, other: ListedJournal): number {
  // A tilde sorts after every date.
  const [a, b] = [one, other].map(({ journal, place }) => `${journal?.startedAt ?? '~'} ${place}`);
  return (a ?? '') < (b ?? '') ? -1 : 1;
}

async function setJournalAside(place: string, nowMs: number): Promise<string> {
  const lock = await lockJournal(place);
  try {
    const name = await freeName(place, nowMs);
    await renameDurably(place, name);
    return name;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      throw new JournalError('unreadable', place, 'it no longer exists');
    }
    throw error;
  } finally {
    await lock.release();
  }
}

/** Finds a free name with the time in ISO 8601's basic form, because Windows allows no colon. The lock must be held. */
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

/** @throws RangeError for a name that breaks its rule */
function checked(rule: TextRule, text: string): string {
  const problem = textProblem(rule, text);
  if (problem !== undefined) {
    throw new RangeError(problem.message);
  }
  return text;
}

/** Makes the name of a journal. @throws RangeError for names that AWS would refuse, some of which leave the folder */
function fileName({ account, holder, slot }: Subject): string {
  if (!/^\d{12}$/.test(account)) {
    throw new RangeError(`"${account}" is not an AWS account`);
  }
  return `${account}.${checked(HOLDER_RULE, holder)}.${checked(SLOT_RULE, slot)}${EXTENSION}`;
}

/** Parses a journal's name from the right, because a holder may contain dots. */
function parseFileName(fleet: string, name: string): Subject | undefined {
  const [, account, holder, slot] = /^(\d{12})\.(.+)\.([^.]+)\.journal$/.exec(name) ?? [];
  return account === undefined || holder === undefined || slot === undefined
    ? undefined
    : { fleet, account, holder, slot };
}

/** Formats a subject. No two have the same text: fleet, account and slot contain neither blank nor dot. */
function formatSubject({ fleet, account, holder, slot }: Subject): string {
  return `${fleet} ${account} ${holder}.${slot}`;
}
