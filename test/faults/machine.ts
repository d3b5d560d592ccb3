/**
 * A machine's disk and its locks, in memory: what was written before a process died is there, whole; its locks are not.
 */

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
import { continueLog, type EvidenceLog } from '../../runbook/evidence/evidence-log';
import type { Files } from '../../runbook/files/files';
import { refuseNonFile } from '../support/memory-files';
import { refuseFleet, refuseNames } from '../support/memory-journals';
import type { Fault } from './fault';
import type { WayOut } from './outside';
import type { Process } from './scheduler';

const STATE = '/state/mfa-runbook';

function nameOf({ fleet, account, holder, slot }: Subject): string {
  return `${fleet}/${account}/${holder}.${slot}.journal`;
}

/** The view that a process has of a machine. */
export interface Disk {
  journalsFor(outside: WayOut): Journals;
  evidenceLogFor(outside: WayOut, fleet: string): EvidenceLog;
  filesFor(outside: WayOut): Files;
  /** Frees the locks of a process that ended, as the kernel does. */
  dropLocks(process: Process): void;
}

/** One machine that operators sit at. */
export class Machine implements Disk {
  public readonly journals = new Map<string, string>();
  /** By fleet. */
  public readonly evidence = new Map<string, string>();
  public readonly files = new Map<string, string>();
  /** Everything ever written to the disk, for the search for seeds. */
  public readonly written: string[] = [];
  /** The number of writes to the disk. */
  public writes = 0;
  readonly #locks = new Map<string, Process>();

  public constructor(public readonly name: string) {}

  public dropLocks(process: Process): void {
    for (const [name, holder] of this.#locks) {
      if (holder === process) {
        this.#locks.delete(name);
      }
    }
  }

  public journalsFor(outside: WayOut): Journals {
    return {
      open: (subject) =>
        outside.call('journal', 'open', (fault) => {
          // As journals in files say it.
          if (fault === 'disk-full') {
            throw new JournalError('not-written', nameOf(subject), 'the disk is full');
          }
          return this.#open(subject, outside);
        }),
      list: (fleet) => outside.call('journal', 'list', () => this.#list(fleet)),
      setAside: (place) =>
        outside.call('journal', 'set aside', (fault) => {
          refuseWhenFull(fault);
          return this.#setAside(place);
        }),
    };
  }

  public evidenceLogFor(outside: WayOut, fleet: string): EvidenceLog {
    return {
      append: (evidence) =>
        outside.call('evidence', 'append', (fault) => {
          refuseWhenFull(fault);
          const text = this.evidence.get(fleet) ?? '';
          const addition = continueLog(text, evidence);
          if (addition !== undefined) {
            this.#put(this.evidence, fleet, text + addition);
          }
        }),
      read: () => outside.call('evidence', 'read', () => this.evidence.get(fleet) ?? ''),
    };
  }

  public filesFor(outside: WayOut): Files {
    return {
      stateFolder: STATE,
      cacheFolder: '/cache/mfa-runbook',
      read: (path) =>
        outside.call('file', `read ${path}`, () => {
          refuseNonFile(path, this.files.keys());
          return this.files.get(path);
        }),
      remove: (path) =>
        outside.call('file', `remove ${path}`, () => {
          this.files.delete(path);
        }),
      write: (path, text) =>
        outside.call('file', `write ${path}`, (fault) => {
          refuseWhenFull(fault);
          refuseNonFile(path, this.files.keys());
          this.#put(this.files, path, text);
        }),
      edit: (path) => Promise.reject(new Error(`no session is written under faults: ${path}`)),
      create: (path) => Promise.reject(new Error(`nothing is recorded under faults: ${path}`)),
    };
  }

  #put(store: Map<string, string>, name: string, text: string): void {
    this.writes++;
    this.written.push(text);
    store.set(name, text);
  }

  #refuseIfLocked(name: string): void {
    if (this.#locks.has(name)) {
      throw new JournalError('locked', name, 'another process works on it');
    }
  }

  #setAside(place: string): string {
    if (!place.endsWith('.journal') || place.startsWith('/')) {
      throw new RangeError(`${place} is not a journal`);
    }
    this.#refuseIfLocked(place);
    const text = this.journals.get(place);
    if (text === undefined) {
      throw new JournalError('unreadable', place, 'it is not there any more');
    }
    const name = `${place}.unreadable-${this.journals.size}`;
    this.#put(this.journals, name, text);
    this.journals.delete(place);
    return name;
  }

  #open(subject: Subject, outside: WayOut): OpenJournal {
    refuseNames(subject);
    const name = nameOf(subject);
    this.#refuseIfLocked(name);
    const text = this.journals.get(name);
    const found = text === undefined ? undefined : read(name, text);
    if (found?.error !== undefined) {
      throw found.error;
    }
    this.#locks.set(name, outside.process);
    let isHeld = true;
    const unlock = (): void => {
      if (isHeld && this.#locks.get(name) === outside.process) {
        this.#locks.delete(name);
      }
      isHeld = false;
    };
    function refuseIfReleased(): void {
      if (!isHeld) {
        throw new Error(`the journal ${name} was released`);
      }
    }
    return {
      found: found?.journal,
      write: (journal: Journal) =>
        outside.call('journal', 'write', (fault) => {
          refuseIfReleased();
          if (nameOf(journal.subject) !== name) {
            throw new RangeError(`a journal of another subject: ${name}`);
          }
          refuseWhenFull(fault);
          this.#put(this.journals, name, formatJournal(journal));
        }),
      remove: () =>
        outside.call('journal', 'remove', (fault) => {
          refuseIfReleased();
          refuseWhenFull(fault);
          if (this.journals.delete(name)) {
            this.writes++;
          }
          unlock();
        }),
      release: async () => {
        if (outside.process.alive) {
          unlock();
        }
      },
    };
  }

  #list(fleet: string): readonly ListedJournal[] {
    refuseFleet(fleet);
    return [...this.journals]
      .filter(([name]) => name.startsWith(`${fleet}/`) && name.endsWith('.journal'))
      .map(([place, text]) => read(place, text))
      .sort((one, other) => (age(one) < age(other) ? -1 : Number(age(one) > age(other))));
  }
}

/** Unreadable journals come last. */
function age({ journal }: ListedJournal): string {
  return journal?.startedAt ?? '~';
}

function read(place: string, text: string): ListedJournal {
  try {
    const journal = parseJournal(text, place);
    if (nameOf(journal.subject) !== place) {
      throw new JournalError('unreadable', place, `it is about ${nameOf(journal.subject)}`);
    }
    return { place, journal, error: undefined };
  } catch (error) {
    if (!(error instanceof JournalError)) {
      throw error;
    }
    return { place, journal: undefined, error };
  }
}

function refuseWhenFull(fault: Fault | undefined): void {
  if (fault !== 'disk-full') {
    return;
  }
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
}
