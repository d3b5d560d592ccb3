/** The contract of `Journals`; runs on every implementation. */
import { createHash } from 'node:crypto';
import {
  formatJournal,
  type Journal,
  JournalError,
  type Journals,
  type Subject,
} from '../../runbook/ceremony/journal';
import { journalOf, subjectOf } from './sample-journals';

/** One implementation, empty. */
interface JournalsUnderTest {
  readonly journals: Journals;
  /** Puts any text in the place of a subject's journal. @returns the place */
  tamper(subject: Subject, text: string): Promise<string>;
  /** Reads the text at a place. */
  read(place: string): Promise<string | undefined>;
  dispose(): Promise<void>;
}

const ALICE = subjectOf('alice.breakglass');

/** A whole journal of a schema this version does not know. */
function newerJournal(): string {
  const body = '{"anything":"else"}';
  const digest = createHash('sha256').update(`2\n${body}`).digest('hex');
  return `mfa-runbook journal 2 ${digest}\n${body}\n`;
}

async function faultOf(work: Promise<unknown>): Promise<JournalError['fault'] | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof JournalError) {
      return error.fault;
    }
    throw error;
  }
}

/** Declares the suite. */
export function journalsContract(name: string, make: () => Promise<JournalsUnderTest>): void {
  describe(name, () => {
    let under: JournalsUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.dispose());

    async function write(journal: Journal): Promise<void> {
      const open = await under.journals.open(journal.subject);
      await open.write(journal);
      await open.release();
    }
    async function find(subject: Subject): Promise<Journal | undefined> {
      const open = await under.journals.open(subject);
      await open.release();
      return open.found;
    }

    test('finds nothing where nothing was begun', async () => {
      expect(await find(ALICE)).toBeUndefined();
      expect(await under.journals.list(ALICE.fleet)).toEqual([]);
    });

    test('finds what was written last, after a release', async () => {
      await write(journalOf(ALICE, []));
      const later = journalOf(ALICE, [{ name: 'device', state: 'begun', facts: { arn: 'arn:aws:x' } }]);
      await write(later);
      expect(await find(ALICE)).toEqual(later);
    });

    test('finds nothing after a removal', async () => {
      await write(journalOf(ALICE, []));
      const open = await under.journals.open(ALICE);
      await open.remove();
      expect(await find(ALICE)).toBeUndefined();
      expect(await under.journals.list(ALICE.fleet)).toEqual([]);
    });

    test('removes where nothing was written', async () => {
      await (await under.journals.open(ALICE)).remove();
      expect(await find(ALICE)).toBeUndefined();
    });

    test('gives a subject to one at a time, and others to others', async () => {
      const open = await under.journals.open(ALICE);
      expect(await faultOf(under.journals.open(ALICE))).toBe('locked');
      await (await under.journals.open({ ...ALICE, slot: 'backup' })).release();
      await (await under.journals.open({ ...ALICE, account: '210987654321' })).release();
      await open.release();
      expect(await find(ALICE)).toBeUndefined();
    });

    test('a refused open leaves the lock to its holder', async () => {
      const open = await under.journals.open(ALICE);
      expect(await faultOf(under.journals.open(ALICE))).toBe('locked');
      expect(await faultOf(under.journals.open(ALICE))).toBe('locked');
      await open.write(journalOf(ALICE, []));
      await open.release();
      expect(await find(ALICE)).toEqual(journalOf(ALICE, []));
    });

    test('a second release, or one after a removal, does not take the lock from the next', async () => {
      const first = await under.journals.open(ALICE);
      await first.remove();
      const second = await under.journals.open(ALICE);
      await first.release();
      await first.release();
      expect(await faultOf(under.journals.open(ALICE))).toBe('locked');
      await second.release();
    });

    test('writes nothing once it is released', async () => {
      const open = await under.journals.open(ALICE);
      await open.release();
      await expect(open.write(journalOf(ALICE, []))).rejects.toThrow('released');
      await expect(open.remove()).rejects.toThrow('released');
      expect(await find(ALICE)).toBeUndefined();
    });

    test.each<Partial<Subject>>([
      { fleet: '../..' },
      { fleet: 'Break-Glass' },
      { account: '../56789012' },
      { account: '' },
      { holder: '../alice' },
      { holder: 'a\0b' },
      { slot: 'Primary' },
      { slot: 'primary.backup' },
      { slot: 'a/b' },
    ])('refuses names that AWS or the record would not take: %j', async (part) => {
      await expect(async () => under.journals.open({ ...ALICE, ...part })).rejects.toThrow(RangeError);
      if (part.fleet !== undefined) {
        await expect(async () => under.journals.list(part.fleet ?? '')).rejects.toThrow(RangeError);
      }
      expect(await under.journals.list(ALICE.fleet)).toEqual([]);
    });

    test('does not set aside what is no journal', async () => {
      await expect(async () => under.journals.setAside('/elsewhere/file.journal')).rejects.toThrow(
        RangeError,
      );
    });

    test('refuses to write a journal of another subject', async () => {
      const open = await under.journals.open(ALICE);
      await expect(open.write(journalOf({ ...ALICE, slot: 'backup' }, []))).rejects.toThrow(RangeError);
      await open.release();
      expect(await find(ALICE)).toBeUndefined();
    });

    test.each<[string, string, JournalError['fault']]>([
      ['empty', '', 'unreadable'],
      ['torn', formatJournal(journalOf(ALICE, [])).slice(0, -20), 'unreadable'],
      ['of another subject', formatJournal(journalOf({ ...ALICE, slot: 'backup' }, [])), 'unreadable'],
      ['of a newer schema', newerJournal(), 'newer-schema'],
    ])('refuses one that is %s, leaves it alone, and lets go', async (_name, text, fault) => {
      const place = await under.tamper(ALICE, text);
      expect(await faultOf(under.journals.open(ALICE))).toBe(fault);
      expect(await faultOf(under.journals.open(ALICE))).toBe(fault);
      expect(await under.read(place)).toBe(text);
    });

    test('what is set aside is kept under another name, not listed, and the subject is free', async () => {
      const place = await under.tamper(ALICE, 'torn');
      const name = await under.journals.setAside(place);
      expect(name.startsWith(`${place}.unreadable-`)).toBe(true);
      expect(await under.read(name)).toBe('torn');
      expect(await under.read(place)).toBeUndefined();
      expect(await find(ALICE)).toBeUndefined();
      expect(await under.journals.list(ALICE.fleet)).toEqual([]);
    });

    test('setting aside twice keeps both', async () => {
      const first = await under.journals.setAside(await under.tamper(ALICE, 'torn'));
      const second = await under.journals.setAside(await under.tamper(ALICE, 'torn again'));
      expect(await under.read(first)).toBe('torn');
      expect(await under.read(second)).toBe('torn again');
    });

    test('does not set aside what a run holds, nor what is not there', async () => {
      const open = await under.journals.open(ALICE);
      await open.write(journalOf(ALICE, []));
      const [listed] = await under.journals.list(ALICE.fleet);
      const place = listed?.place ?? '';
      expect(await faultOf(under.journals.setAside(place))).toBe('locked');
      expect(await under.read(place)).toBe(formatJournal(journalOf(ALICE, [])));
      await open.remove();
      expect(await faultOf(under.journals.setAside(place))).toBe('unreadable');
    });

    test('lists a fleet in any account, oldest first, what cannot be read last, and no other fleet', async () => {
      const young = journalOf(subjectOf('bob'), [], '2026-11-22T12:00:00.000Z');
      const old = journalOf(
        { ...subjectOf('carol'), account: '999999999999' },
        [],
        '2026-11-21T12:00:00.000Z',
      );
      await write(young);
      await write(old);
      await write(journalOf({ ...ALICE, fleet: 'other' }, []));
      const torn = await under.tamper(ALICE, 'torn');
      const listed = await under.journals.list(ALICE.fleet);
      expect(listed.map(({ journal }) => journal)).toEqual([old, young, undefined]);
      expect(listed[2]).toMatchObject({ place: torn, error: { fault: 'unreadable', place: torn } });
    });

    test('lists what a run holds', async () => {
      const open = await under.journals.open(ALICE);
      await open.write(journalOf(ALICE, []));
      expect(await under.journals.list(ALICE.fleet)).toHaveLength(1);
      await open.release();
    });
  });
}
