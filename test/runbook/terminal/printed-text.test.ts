/** Text for people: what is escaped, shortened, wrapped and cut. */
import fc from 'fast-check';
import { cutProgress, cutTo, displayWidth, forPeople, layOut } from '../../../runbook/terminal/printed-text';
import { layOutTable } from '../../../runbook/terminal/table';

/** Whatever must not reach a terminal: https://www.unicode.org/Public/UCD/latest/ucd/PropList.txt, and what is not seen. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u;

const ANY_TEXT = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({
    unit: fc.constantFrom('\u001b', '\u009b', '\u202e', '\n', '\r', '\u0007', ' ', 'a', '`', '\u200b', '漢'),
  }),
);

test.each([
  ['\u001b[31m', '\\x1b[31m'],
  ['\u001b]8;;https://evil.example\u0007', '\\x1b]8;;https://evil.example\\x07'],
  ['\u009b2J\u007f', '\\x9b2J\\x7f'],
  ['a\u202eb\u2066c', 'aU+202EbU+2066c'],
  ['zero\u200bwidth\ufeff', 'zeroU+200BwidthU+FEFF'],
  ['tag\u{e0041}', 'tagU+E0041'],
  ['\ud800', 'U+D800'],
  ['two\nlines\r', 'two\\x0alines\\x0d'],
  ['Zürich, 東京, ✓ → …', 'Zürich, 東京, ✓ → …'],
])('%j is shown as %j', (text, shown) => {
  expect(forPeople(text)).toBe(shown);
});

test.each([
  [
    'arn:aws:iam::123456789012:mfa/mfa-guardrails/break-glass/alice.primary.865',
    '…123456789012:mfa/…/alice.primary.865',
  ],
  ['arn:aws-us-gov:iam::123456789012:user/olga', '…123456789012:user/olga'],
  ['arn:aws:sts::123456789012:assumed-role/operator/olga', '…123456789012:assumed-role/operator/olga'],
  ['by arn:aws:iam::123456789012:user/a/b/olga, now', 'by …123456789012:user/…/olga, now'],
  // Only IAM's names are unique without the rest.
  [
    'arn:aws:ssm:eu-central-1:123456789012:parameter/a/b',
    'arn:aws:ssm:eu-central-1:123456789012:parameter/a/b',
  ],
  [
    'run `aws iam x --arn arn:aws:iam::123456789012:mfa/a/b`',
    'run `aws iam x --arn arn:aws:iam::123456789012:mfa/a/b`',
  ],
])('%s is shown as %s', (text, shown) => {
  expect(forPeople(text)).toBe(shown);
});

test.each([
  ['', 0],
  ['abc', 3],
  ['東京', 4],
  ['한국', 4],
  ['ｶﾅ', 2],
  ['e\u0301', 1],
  ['🔑', 2],
  ['…✓→', 3],
])('%j takes %i columns', (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

test('a text is cut to the columns, and never longer', () => {
  expect([cutTo('abcdef', 6), cutTo('abcdefg', 6), cutTo('東京東京', 6)]).toEqual([
    'abcdef',
    'abcde…',
    '東京…',
  ]);
  fc.assert(
    fc.property(ANY_TEXT, fc.integer({ min: 1, max: 100 }), (text, width) => {
      const shown = forPeople(text);
      const cut = cutTo(shown, width);
      expect(displayWidth(cut)).toBeLessThanOrEqual(width);
      expect(cut === shown || cut.endsWith('…')).toBe(true);
    }),
  );
});

test('a count at the end of a line of progress is not cut, if there is room', () => {
  const text = 'switch 86596220000001 on and lay it on the reader (waiting for 58 s)';
  expect(cutProgress(text, 100)).toBe(text);
  expect(cutProgress(text, 50)).toBe('switch 86596220000001 on and l… (waiting for 58 s)');
  expect(cutProgress(text, 30)).toBe('switch 86596220000001 on and …');
});

test('lines break between words, and a command has a line of its own', () => {
  const text =
    'switch the token on, lay it on the reader, and run `mfa-runbook enroll alice.breakglass --slot primary`, or `mfa-runbook resume` later; pass `--yes`';
  expect(layOut(text, { width: 40, taken: 2 })).toEqual([
    'switch the token on, lay it on the',
    '  reader, and run',
    '    mfa-runbook enroll alice.breakglass --slot primary',
    '  or',
    '    mfa-runbook resume',
    '  later; pass `--yes`',
  ]);
  expect(layOut(text, { width: undefined })).toEqual([text]);
});

test('a word that is too long for a line stays whole on its own', () => {
  const path = `/home/alice/${'x'.repeat(60)}`;
  expect(layOut(`the file ${path} is empty`, { width: 40 })).toEqual(['the file', `  ${path}`, '  is empty']);
});

test('no text loses or gains a word, shows a control character, or is wider than the terminal if its words are not', () => {
  const words = fc.array(
    fc.constantFrom('token', '865', '東京', '(HQ', 'safe),', 'e\u0301', '\u001b[2J', '`--yes`'),
  );
  fc.assert(
    fc.property(words, fc.integer({ min: 20, max: 120 }), (list, width) => {
      const lines = layOut(list.join(' '), { width });
      expect(lines.join(' ').split(/\s+/).filter(Boolean)).toEqual(list.map(forPeople));
      expect(lines.every((line) => displayWidth(line) <= width)).toBe(true);
    }),
  );
  fc.assert(
    fc.property(ANY_TEXT, fc.option(fc.integer({ min: 0, max: 120 }), { nil: undefined }), (text, width) => {
      for (const line of [
        ...layOut(text, { width }),
        ...layOutTable([{ cells: [text, text], command: text, advice: text }], { width }),
      ]) {
        expect(line).not.toMatch(UNSEEN);
      }
    }),
  );
});

const ROWS = [
  {
    cells: ['alice.breakglass', 'primary', '86596220000001', 'no device in IAM'],
    command: 'mfa-runbook enroll alice',
  },
  {
    cells: ['bob', 'backup', '東京', 'last proven 2026-03-02, 400 days ago'],
    command: 'mfa-runbook prove bob',
  },
];

test('a table without a terminal has a line for each row', () => {
  expect(layOutTable(ROWS, { width: undefined, indent: '  ' })).toEqual([
    '  alice.breakglass  primary  86596220000001  no device in IAM                      mfa-runbook enroll alice',
    '  bob               backup   東京            last proven 2026-03-02, 400 days ago  mfa-runbook prove bob',
  ]);
});

test('on a terminal each command has a line of its own, and the last column is wrapped in its place', () => {
  expect(layOutTable(ROWS, { width: 72, indent: '  ' })).toEqual([
    '  alice.breakglass  primary  86596220000001  no device in IAM',
    '      mfa-runbook enroll alice',
    '  bob               backup   東京            last proven 2026-03-02, 400',
    '                                             days ago',
    '      mfa-runbook prove bob',
  ]);
});

test('a command in the advice of a row can be copied from a line of its own', () => {
  const advice = 'if it does not belong there: `aws iam deactivate-mfa-device --user-name bob`, or ask bob';
  const rows = [{ cells: ['bob', 'a security key'], advice }];
  expect(layOutTable(rows, { width: 40, indent: '  ' })).toEqual([
    '  bob  a security key',
    '      if it does not belong there:',
    '        aws iam deactivate-mfa-device --user-name bob',
    '      or ask bob',
  ]);
  expect(layOutTable(rows, { width: undefined })).toEqual([`bob  a security key  ${advice}`]);
});

test('on a narrow terminal a row is wrapped like a text', () => {
  expect(layOutTable(ROWS.slice(1), { width: 30, indent: '  ' })).toEqual([
    '  bob  backup  東京  last',
    '    proven 2026-03-02, 400',
    '    days ago',
    '      mfa-runbook prove bob',
  ]);
});
