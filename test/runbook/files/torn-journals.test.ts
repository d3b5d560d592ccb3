import { type Journal, JournalError, parseJournal } from '../../../runbook/ceremony/journal';
import { tornJournals } from '../../faults/torn-journals';
import { SAMPLE_JOURNALS } from '../../support/sample-journals';
import { withTemporaryFolder } from '../../support/temporary-folder';

/** Of how many torn files one goes to the disk: the full proof is `npm run faults`. */
const FILES_EVERY = 997;

test('every torn journal is found out, and setting it aside is the way out', () =>
  withTemporaryFolder(async (folder) => {
    const { cells, violations } = await tornJournals({ folder, filesEvery: FILES_EVERY });
    expect(violations).toEqual([]);
    expect(cells).toBeGreaterThan(40_000);
  }));

/** Parsers that lack what the real one has. */
const WEAK: readonly (readonly [string, typeof parseJournal, string])[] = [
  [
    'checks no checksum',
    (text, place) => {
      try {
        return JSON.parse(text.split('\n')[1] ?? '') as Journal;
      } catch {
        throw new JournalError('unreadable', place, 'not JSON');
      }
    },
    'reads as',
  ],
  [
    'takes an empty file for nothing done',
    (text, place) => (text === '' ? ({} as Journal) : parseJournal(text, place)),
    'reads as {}',
  ],
  [
    'throws anything',
    (text) => {
      throw new SyntaxError(`not a journal: ${text.length}`);
    },
    'throws SyntaxError',
  ],
];

test.each(WEAK)('the proof finds a parser that %s', (_name, parse, violation) =>
  withTemporaryFolder(async (folder) => {
    const journals = SAMPLE_JOURNALS.slice(1, 2);
    const { violations } = await tornJournals({ folder, filesEvery: 1_000_000, journals, parse });
    expect(violations.join('\n')).toContain(violation);
  }),
);
