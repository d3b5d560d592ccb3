import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CertificateFacts, composeCertificate } from '../../../runbook/evidence/certificate';
import { CEREMONIES } from '../../../runbook/evidence/evidence';
import { formatHtml } from '../../../runbook/report/certificate-html';
import { formatMarkdown } from '../../../runbook/report/certificate-markdown';
import { LOG_ID, longest, sample } from './evidence-samples';

const EVIDENCE = sample({ log: { id: LOG_ID, line: 7, hash: 'a1'.repeat(32) } });
const FACTS: CertificateFacts = {
  evidence: EVIDENCE,
  parameter: '/mfa-guardrails/break-glass/evidence/alice.breakglass/primary',
  record: {
    generation: 'f'.repeat(64),
    token: { serial: EVIDENCE.tokenSerial },
    custody: 'HQ fireproof safe',
  },
  printedAt: '2026-11-23T08:30:00.000Z',
  printedBy: 'mfa-runbook 0.1.0',
};

function golden(name: string): string {
  return readFileSync(join(__dirname, name), 'utf8');
}
function shownAs(facts: CertificateFacts, label: string): string | undefined {
  return composeCertificate(facts).rows.find((row) => row.label === label)?.value;
}

test('an enrollment as Markdown', () => {
  expect(formatMarkdown(composeCertificate(FACTS))).toBe(golden('certificate.golden.md'));
});

test('an enrollment as HTML', () => {
  expect(formatHtml(composeCertificate(FACTS))).toBe(golden('certificate.golden.html'));
});

test.each(CEREMONIES)('the certificate of %s says what was done, to which token, and when', (ceremony) => {
  const { title, statement } = composeCertificate({ ...FACTS, evidence: { ...EVIDENCE, ceremony } });
  expect(title).toMatch(/ of an MFA token$/);
  expect(statement).toMatch(
    /^On 2026-11-22 10:00:00 UTC the token 86596220000001 was .* of alice\.breakglass \(primary\)\.$/,
  );
});

test('a replacement says what it replaced, and why', () => {
  const evidence = sample({ ceremony: 'replace', replaces: '86596220000009', reason: 'stolen' });
  expect(composeCertificate({ ...FACTS, evidence }).statement).toMatch(
    / \(primary\)\. It took the place of 86596220000009, because it was stolen\.$/,
  );
});

test.each<[string, CertificateFacts['record'], RegExp, RegExp]>([
  ['unchanged', FACTS.record, /^HQ fireproof safe \(according to today’s record\)$/, /^unchanged$/],
  [
    'deployed again',
    { generation: 'e'.repeat(64), token: { serial: EVIDENCE.tokenSerial }, custody: undefined },
    /^the record names none$/,
    /^changed since, and still declares this token \(generation eeeeeeeeeeee…\)$/,
  ],
  [
    'of another token',
    { generation: 'e'.repeat(64), token: { serial: '86596220000009' }, custody: 'bank' },
    /^unknown: the record declares the token elsewhere/,
    /^declares another token here: 86596220000009$/,
  ],
  [
    'without the slot',
    { generation: 'e'.repeat(64), token: undefined, custody: undefined },
    /^unknown/,
    /^declares no such slot$/,
  ],
  ['unreadable', undefined, /^unknown: the record could not be read$/, /^could not be read/],
])('custody comes from the record, %s', (_name, record, custody, today) => {
  expect(shownAs({ ...FACTS, record }, 'Custody')).toMatch(custody);
  expect(shownAs({ ...FACTS, record }, 'Record today')).toMatch(today);
});

test('states what it does not prove, with and without a witness', () => {
  const { witness: _witness, log: _log, ...alone } = EVIDENCE;
  const unwitnessed = composeCertificate({ ...FACTS, evidence: alone });
  expect(unwitnessed.provesNot).toContain('or that a second person was there');
  expect(unwitnessed.proves).not.toContain('hash-chained log');
  expect(unwitnessed.signatures).toEqual([
    { role: 'Operator', name: 'olga' },
    { role: 'Witness', name: '' },
  ]);
  const witnessed = composeCertificate(FACTS);
  expect(witnessed.provesNot).toContain('that the witness was somebody else');
  expect(witnessed.proves).toContain('and to the hash-chained log named above');
  expect(witnessed.signatures[1]).toEqual({ role: 'Witness', name: 'Wanda Witt' });
});

test('a check of a later version is shown by its name', () => {
  const evidence = sample({ checks: ['record', 'moon-phase'] });
  expect(composeCertificate({ ...FACTS, evidence }).checks).toEqual([
    'the deployed record declared this token for this holder and slot',
    'moon-phase',
  ]);
});

test('the checks of a replacement by a spare do not say that the record declared it for the slot', () => {
  const evidence = sample({ checks: ['record:spare', 'old-deactivated', 'old-deleted', 'old-not-listed'] });
  expect(composeCertificate({ ...FACTS, evidence }).checks).toEqual([
    'the deployed record declared this token as a spare of the fleet',
    'IAM deactivated the device of the token that was replaced',
    'IAM deleted the device of the token that was replaced',
    'IAM no longer listed the device of the token that was replaced for the holder',
  ]);
});

test.each<[string, Parameters<typeof sample>[0], RegExp, RegExp]>([
  ['a token with a clock', { checks: ['burn'] }, /its clock was right/, /$/],
  ['a key, which has no clock', { checks: ['burn'] }, /accepted the seed$/, /$/],
  ['a key that computes', { checks: ['codes:by-key'] }, /that the key computed were right/, /$/],
  ['a sign-in', { checks: ['proof:console-sign-in'] }, /CloudTrail recorded a sign-in/, /$/],
  ['a word', { checks: ['proof:second-person'] }, /a second person said .* nothing .* confirms it$/, /$/],
  [
    'a listing by a word',
    { checks: ['listed:second-person'] },
    /nothing that this program read confirms it$/,
    /$/,
  ],
  [
    'a root user',
    { checks: ['listed:assume-root'], holder: 'root@210987654321' },
    /sts:AssumeRoot/,
    /of root@210987654321 \(primary\)\.$/,
  ],
  [
    'a profile',
    { profile: 7, checks: ['burn'] },
    /accepted the seed/,
    /UTC profile 7 of the token 86596220000001 was/,
  ],
])('claims of %s only what was observed', (name, changes, check, statement) => {
  const { clockOffsetSeconds, ...evidence } = sample(changes);
  const certificate = composeCertificate({
    ...FACTS,
    evidence: name.startsWith('a token')
      ? { ...evidence, clockOffsetSeconds: clockOffsetSeconds ?? 0 }
      : evidence,
  });
  expect(certificate.checks).toEqual([expect.stringMatching(check)]);
  expect(certificate.statement).toMatch(statement);
});

test('a record that declares another profile of the token declares another token', () => {
  const record = {
    generation: 'f'.repeat(64),
    token: { serial: EVIDENCE.tokenSerial, profile: 8 },
    custody: 'bank',
  };
  const facts = { ...FACTS, evidence: { ...EVIDENCE, profile: 7 }, record };
  expect(shownAs(facts, 'Record today')).toBe('declares another token here: 86596220000001+08');
  expect(shownAs(facts, 'Custody')).toMatch(/^unknown/);
  expect(shownAs({ ...facts, evidence: { ...EVIDENCE, profile: 8 } }, 'Record today')).toBe('unchanged');
});

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</td></tr></table><h1>Approved</h1>',
  '&lt;b&gt;',
  '| x | **bold** | [link](https://evil.example) | ![i](http://evil.example/i)',
  '`code` \\`more`',
  'www.evil.example',
  '# Approved',
  'line\nbreak\n\n# Approved',
];

/** Markup of the page itself, without what stands between it. */
function tagsOf(html: string): readonly string[] {
  return html.match(/<[^>]*>/g) ?? [];
}

describe.each(HOSTILE)('with %j for every text', (text) => {
  const record = { generation: 'e'.repeat(64), token: { serial: EVIDENCE.tokenSerial }, custody: text };
  const evidence = sample({
    witness: text,
    tokenModel: text,
    holder: text,
    by: `arn:x/${text}`,
    checks: [text],
    tool: text,
  });
  const certificate = composeCertificate({ ...FACTS, evidence, record, printedBy: text });
  const harmless = composeCertificate({
    ...FACTS,
    evidence: sample({ witness: 'x', tokenModel: 'x', holder: 'x', by: 'arn:x/x', checks: ['x'], tool: 'x' }),
    record: { ...record, custody: 'x' },
    printedBy: 'x',
  });

  test('HTML has the tags it always has, and shows the text', () => {
    const html = formatHtml(certificate);
    expect(tagsOf(html)).toEqual(tagsOf(formatHtml(harmless)));
    expect(html).toContain(
      text
        .replace(/&/g, '&amp;')
        .replace(/</g, '&lt;')
        .replace(/>/g, '&gt;')
        .replace(/"/g, '&quot;')
        .replace(/'/g, '&#39;'),
    );
  });

  test('Markdown has the lines and cells it always has, and no markup from the text', () => {
    function shape(markdown: string): readonly string[] {
      return markdown.split('\n').map((line) => (line.match(/^#+|^- |(?<!\\)[|]|(?<!\\)`/g) ?? []).join(''));
    }
    const markdown = formatMarkdown(certificate);
    function codeless(lines: readonly string[]): readonly string[] {
      return lines.map((line) => line.replace(/`/g, ''));
    }
    expect(codeless(shape(markdown))).toEqual(codeless(shape(formatMarkdown(harmless))));
    // A code span shows its text unchanged.
    const prose = markdown.replace(/(?<!\\)`[^`]*`/g, '');
    expect(prose).not.toMatch(/<|(?<!\\)\]\(|(?<!\\)\*\*|https?:\/\/|www\./);
  });
});

test('HTML is self-contained: no script, no reference to anything outside', () => {
  const html = formatHtml(composeCertificate(FACTS));
  expect(html).toContain("default-src 'none'");
  expect(html).toContain('@page');
  expect(html).not.toMatch(/<script|<link|<img|<iframe|\bsrc=|\bhref=|url\(|@import|https?:/i);
});

test('the longest evidence there can be makes a certificate', () => {
  const html = formatHtml(composeCertificate({ ...FACTS, evidence: longest() }));
  expect(html).toContain('@'.repeat(64));
});

test('a text that steers a terminal or turns what is read is escaped in both formats', () => {
  const custody = 'safe\u001b[31m\u202e\u200b\u009b';
  const certificate = { ...composeCertificate(FACTS), statement: custody };
  const rows = certificate.rows.map((row) => ({ ...row, value: custody }));
  for (const page of [formatHtml({ ...certificate, rows }), formatMarkdown({ ...certificate, rows })]) {
    expect(page).toContain('U+202E');
    expect(page.replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
  }
});
