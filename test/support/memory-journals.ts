/**
 * Journals in memory, with the semantics of those on disk: texts in the format of `formatJournal`, one run at a time on
 * each subject. A crash is `forgetLocks()`: what is written stays, and what the dead run still holds writes no more.
 */
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
} from '../../runbook/ceremony/journal';

/** A change about to become durable, or just become so. What a hook throws is what the flow sees. */
export interface DurableWrite {
  readonly when: 'before' | 'after';
  readonly what: 'write' | 'remove';
  readonly subject: Subject;
  /** The journal to be written; nothing for a removal. */
  readonly journal: Journal | undefined;
}

/** Told of every durable write, twice. */
type OnDurableWrite = (write: DurableWrite) => void | Promise<void>;

/** @throws RangeError for names that journals on disk refuse, because some of them lead out of the folder */
export function refuseNames({ fleet, account, holder, slot }: Subject): void {
  refuseFleet(fleet);
  const problem = textProblem(HOLDER_RULE, holder) ?? textProblem(SLOT_RULE, slot);
  if (problem !== undefined || !/^\d{12}$/.test(account)) {
    throw new RangeError(problem?.message ?? `"${account}" is not an AWS account`);
  }
}

/** @throws RangeError */
export function refuseFleet(fleet: string): void {
  const problem = textProblem(FLEET_RULE, fleet);
  if (problem !== undefined) {
    throw new RangeError(problem.message);
  }
}

function placeOf({ fleet, account, holder, slot }: Subject): string {
  return `memory/${fleet}/journal/${account}.${holder}.${slot}.journal`;
}

/** In-memory journals. */
export class MemoryJournals implements Journals {
  /** Replaceable at any time. */
  public onDurableWrite: OnDurableWrite;
  readonly #texts = new Map<string, string>();
  readonly #locked = new Set<string>();
  /** Counts crashes: what was opened in an earlier life is dead. */
  #life = 0;

  public constructor(onDurableWrite: OnDurableWrite = () => undefined) {
    this.onDurableWrite = onDurableWrite;
  }

  /** The process dies: its locks are gone, its journals stay. */
  public forgetLocks(): void {
    this.#life++;
    this.#locked.clear();
  }

  /** Every file, journals set aside included, by name. */
  public get files(): ReadonlyMap<string, string> {
    return this.#texts;
  }

  /** Puts any text in the place of a subject's journal. @returns the place */
  public tamper(subject: Subject, text: string): string {
    this.#texts.set(placeOf(subject), text);
    return placeOf(subject);
  }

  public async open(subject: Subject): Promise<OpenJournal> {
    refuseNames(subject);
    const place = placeOf(subject);
    this.#refuseIfLocked(place);
    const found = this.#read(place);
    this.#locked.add(place);
    const life = this.#life;
    let isHeld = true;
    const refuseIfReleased = (): void => {
      if (life !== this.#life) {
        throw new Error('this run is dead');
      }
      if (!isHeld) {
        throw new Error(`the journal ${place} was released`);
      }
    };
    const release = async (): Promise<void> => {
      if (isHeld && life === this.#life) {
        this.#locked.delete(place);
      }
      isHeld = false;
    };
    /** Tells the hook before and after; a run that died in the hook changes nothing more. */
    const makeDurable = async (what: 'write' | 'remove', journal: Journal | undefined): Promise<void> => {
      refuseIfReleased();
      await this.onDurableWrite({ when: 'before', what, subject, journal });
      refuseIfReleased();
      if (journal === undefined) {
        this.#texts.delete(place);
      } else {
        this.#texts.set(place, formatJournal(journal));
      }
      await this.onDurableWrite({ when: 'after', what, subject, journal });
    };
    return {
      found,
      write: async (journal) => {
        if (placeOf(journal.subject) !== place) {
          throw new RangeError(`a journal of another subject: ${place}`);
        }
        await makeDurable('write', journal);
      },
      remove: async () => {
        await makeDurable('remove', undefined);
        await release();
      },
      release,
    };
  }

  public async list(fleet: string): Promise<readonly ListedJournal[]> {
    refuseFleet(fleet);
    const places = [...this.#texts.keys()].filter(
      (place) => place.startsWith(`memory/${fleet}/`) && place.endsWith('.journal'),
    );
    const listed = places.sort().map((place) => this.#listed(place));
    function age({ journal }: ListedJournal): string {
      return journal?.startedAt ?? '~';
    }
    return listed.sort((one, other) => (age(one) < age(other) ? -1 : Number(age(one) > age(other))));
  }

  public async setAside(place: string): Promise<string> {
    if (!/^memory\/.*\.journal$/.test(place)) {
      throw new RangeError(`${place} is not a journal`);
    }
    this.#refuseIfLocked(place);
    const text = this.#texts.get(place);
    if (text === undefined) {
      throw new JournalError('unreadable', place, 'it is not there any more');
    }
    const name = `${place}.unreadable-${this.#texts.size}`;
    this.#texts.set(name, text);
    this.#texts.delete(place);
    return name;
  }

  #refuseIfLocked(place: string): void {
    if (this.#locked.has(place)) {
      throw new JournalError('locked', place, 'another run has it');
    }
  }

  #read(place: string): Journal | undefined {
    const text = this.#texts.get(place);
    if (text === undefined) {
      return undefined;
    }
    const journal = parseJournal(text, place);
    if (placeOf(journal.subject) !== place) {
      throw new JournalError('unreadable', place, `it is about ${placeOf(journal.subject)}`);
    }
    return journal;
  }

  #listed(place: string): ListedJournal {
    try {
      const journal = this.#read(place);
      if (journal !== undefined) {
        return { place, journal, error: undefined };
      }
      throw new JournalError('unreadable', place, 'it is not there any more');
    } catch (error) {
      if (error instanceof JournalError) {
        return { place, journal: undefined, error };
      }
      throw error;
    }
  }
}
