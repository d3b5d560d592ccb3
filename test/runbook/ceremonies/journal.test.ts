import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { formatJournal, type Journal, JournalError, parseJournal } from '../../../runbook/ceremony/journal';
import { CEREMONIES } from '../../../runbook/evidence/evidence';
import { anyCharacter } from '../../support/random-text';
import { journalOf, SAMPLE_JOURNALS, subjectOf } from '../../support/sample-journals';

const WHOLE = journalOf(subjectOf('alice'), [{ name: 'device', state: 'begun', facts: { arn: 'x' } }]);

/** A text with the checksum its content asks for. */
function sealed(schema: string, body: string): string {
  const digest = createHash('sha256').update(`${schema}\n${body}`).digest('hex');
  return `mfa-runbook journal ${schema} ${digest}\n${body}\n`;
}

function faultOf(text: string): JournalError['fault'] | undefined {
  try {
    parseJournal(text, '/state/a.journal');
    return undefined;
  } catch (error) {
    if (error instanceof JournalError) {
      return error.fault;
    }
    throw error;
  }
}

test('the samples are of every ceremony', () => {
  expect(SAMPLE_JOURNALS.map(({ ceremony }) => ceremony)).toEqual(CEREMONIES);
});

test.each(SAMPLE_JOURNALS)('a journal of $ceremony reads back as it was written', (journal) => {
  expect(parseJournal(formatJournal(journal), 'x')).toEqual(journal);
});

test('any text that a fact can hold reads back', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter }), (text) => {
      const journal: Journal = { ...WHOLE, request: { text } };
      expect(parseJournal(formatJournal(journal), 'x')).toEqual(journal);
      expect(formatJournal(journal).split('\n')).toHaveLength(3);
    }),
  );
});

test('is two lines, so that a person can read it', () => {
  expect(formatJournal(WHOLE)).toBe(sealed('1', JSON.stringify(WHOLE)));
});

function changed(change: object): string {
  return sealed('1', JSON.stringify({ ...WHOLE, ...change }));
}

test.each<[string, string, JournalError['fault'] | undefined]>([
  ['whole', formatJournal(WHOLE), undefined],
  ['empty', '', 'unreadable'],
  ['of zeros', '\0'.repeat(200), 'unreadable'],
  ['without its last line end', formatJournal(WHOLE).slice(0, -1), 'unreadable'],
  ['edited', formatJournal(WHOLE).replace('begun', 'done'), 'unreadable'],
  [
    'with another schema written over its own',
    formatJournal(WHOLE).replace('journal 1', 'journal 2'),
    'unreadable',
  ],
  ['of a newer schema, whole', sealed('2', '{"any":"thing"}'), 'newer-schema'],
  ['of a newer schema, torn', sealed('2', '{"any":"thing"}').slice(0, -3), 'unreadable'],
  ['sealed, but not JSON', sealed('1', '{'), 'unreadable'],
  ['sealed, but a list', sealed('1', '[]'), 'unreadable'],
  ['sealed, but nothing', sealed('1', 'null'), 'unreadable'],
  ['sealed, without a subject', changed({ subject: undefined }), 'unreadable'],
  ['sealed, with half a subject', changed({ subject: { fleet: 'a', account: 'b' } }), 'unreadable'],
  ['sealed, of an unknown ceremony', changed({ ceremony: 'burn' }), 'unreadable'],
  ['sealed, with a number for a fact', changed({ request: { codes: 2 } }), 'unreadable'],
  ['sealed, without steps', changed({ steps: undefined }), 'unreadable'],
  [
    'sealed, with a step in no known state',
    changed({ steps: [{ name: 'a', state: 'half', facts: {} }] }),
    'unreadable',
  ],
  ['sealed, with a step without facts', changed({ steps: [{ name: 'a', state: 'done' }] }), 'unreadable'],
])('one that is %s: %#', (_name, text, fault) => {
  expect(faultOf(text)).toBe(fault);
});

test('the error says which file, and what is wrong with it', () => {
  expect(() => parseJournal('torn', '/state/a.journal')).toThrow(
    '/state/a.journal: it is cut off, or not a journal',
  );
  expect(() => parseJournal(sealed('7', '{}'), '/state/a.journal')).toThrow('schema 7, this version reads 1');
});
