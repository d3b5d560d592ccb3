/**
 * The proof "torn journals": whatever a crash, a bad disk or a hand makes of a journal's file, it is found out, and never
 * read as another journal or as "nothing done".
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { formatJournal, type Journal, JournalError, parseJournal } from '../../runbook/ceremony/journal';
import { fileJournals } from '../../runbook/files/file-journals';
import { SAMPLE_JOURNALS } from '../support/sample-journals';

/** The settings of the proof. */
interface TornJournalsOptions {
  /** An empty folder; the torn files that go through `fileJournals` are written below it. */
  readonly folder: string;
  /** Of how many torn files one goes through `fileJournals`; 1 is all of them. */
  readonly filesEvery: number;
  /** The journals that are torn; one of every ceremony without it. */
  readonly journals?: readonly Journal[];
  /** The parser under proof; `parseJournal` without it. */
  readonly parse?: typeof parseJournal;
}

/** The result. */
interface TornJournalsResult {
  /** Torn journals that were read. */
  readonly cells: number;
  /** One sentence each. */
  readonly violations: readonly string[];
}

/** One way in which a file can be broken. */
interface Tear {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Reads every torn form of a journal of every ceremony. */
export async function tornJournals(options: TornJournalsOptions): Promise<TornJournalsResult> {
  const violations: string[] = [];
  let cells = 0;
  for (const journal of options.journals ?? SAMPLE_JOURNALS) {
    for (const tear of tears(journal)) {
      const found =
        parseViolation(options.parse ?? parseJournal, journal, tear) ??
        (cells % options.filesEvery === 0 ? await fileViolation(options.folder, journal, tear) : undefined);
      if (found !== undefined) {
        violations.push(`${journal.ceremony}, ${tear.name}: ${found}`);
      }
      cells++;
    }
  }
  return { cells, violations };
}

function* tears(journal: Journal): Generator<Tear> {
  const whole = Buffer.from(formatJournal(journal));
  for (let length = 0; length < whole.length; length++) {
    yield { name: `its first ${length} bytes`, bytes: whole.subarray(0, length) };
    yield { name: `zeros from byte ${length}`, bytes: Buffer.from(whole).fill(0, length) };
    yield {
      name: `without byte ${length}`,
      bytes: Buffer.concat([whole.subarray(0, length), whole.subarray(length + 1)]),
    };
  }
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const bytes = Buffer.from(whole);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield { name: `bit ${bit & 7} of byte ${bit >> 3} flipped`, bytes };
  }
  // The content that ext4 shows of a file whose text had not reached the disk when the power failed.
  for (let length = 1; length <= whole.length; length++) {
    yield { name: `${length} zeros`, bytes: Buffer.alloc(length) };
  }
  for (const other of SAMPLE_JOURNALS) {
    yield {
      name: `with a journal of ${other.ceremony} after it`,
      bytes: Buffer.concat([whole, Buffer.from(formatJournal(other))]),
    };
  }
}

/** A torn journal must be refused; one that reads all the same must read as it was. */
function parseViolation(parse: typeof parseJournal, journal: Journal, { bytes }: Tear): string | undefined {
  try {
    const read = parse(Buffer.from(bytes).toString('utf8'), 'the journal');
    return isDeepStrictEqual(read, journal) ? undefined : `reads as ${JSON.stringify(read)}`;
  } catch (error) {
    return error instanceof JournalError && error.fault === 'unreadable'
      ? undefined
      : `throws ${String(error)}`;
  }
}

/** On the disk: refused, listed, left alone; set aside it is kept, and the subject is free again. */
async function fileViolation(folder: string, journal: Journal, { bytes }: Tear): Promise<string | undefined> {
  const { fleet, account, holder, slot } = journal.subject;
  const place = join(folder, fleet, 'journal', `${account}.${holder}.${slot}.journal`);
  const journals = fileJournals(folder);
  await mkdir(dirname(place), { recursive: true });
  await writeFile(place, bytes);
  const refusal = await journals.open(journal.subject).catch((error: unknown) => error);
  if (!(refusal instanceof JournalError) || refusal.fault !== 'unreadable') {
    return 'it is opened';
  }
  const [listed] = await journals.list(fleet);
  if (listed?.error?.fault !== 'unreadable') {
    return 'it is not listed as unreadable';
  }
  if (!(await readFile(place)).equals(bytes)) {
    return 'the file was touched';
  }
  const aside = await journals.setAside(place);
  if (!(await readFile(aside)).equals(bytes)) {
    return 'what was set aside is not what was there';
  }
  await rm(aside);
  const open = await journals.open(journal.subject);
  await open.release();
  if (open.found !== undefined) {
    return 'it is found again after it was set aside';
  }
  return (await journals.list(fleet)).length === 0 ? undefined : 'it is listed after it was set aside';
}
