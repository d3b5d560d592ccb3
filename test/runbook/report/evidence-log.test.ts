import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Evidence } from '../../../runbook/report/evidence';
import { fileEvidenceLog, findBrokenLine, formatEntry, linesOf } from '../../../runbook/report/evidence-log';

const entry = (holder: string): Evidence => ({
  schema: 1,
  ceremony: 'enroll',
  fleet: 'break-glass',
  holder,
  slot: 'primary',
  tokenSerial: '86596220000001',
  deviceArn: 'arn:aws:iam::123456789012:mfa/mfa-guardrails/break-glass/x.primary.86596220000001',
  generation: 'f'.repeat(64),
  by: 'arn:aws:iam::123456789012:user/olga',
  at: '2026-11-22T10:00:00.000Z',
  checks: ['record'],
  tool: 'mfa-runbook 0.1.0',
});

const chain = (holders: readonly string[]): readonly string[] =>
  holders.reduce<string[]>((lines, holder) => {
    lines.push(formatEntry(lines, entry(holder)));
    return lines;
  }, []);

test('an untouched chain is whole', () => {
  expect(findBrokenLine(chain(['alice', 'bob', 'carol']))).toBeUndefined();
  expect(findBrokenLine([])).toBeUndefined();
});

test.each([
  ['the first is taken out', (lines: readonly string[]) => lines.slice(1), 1],
  ['one in the middle is taken out', (lines: readonly string[]) => [lines[0], lines[2]], 2],
  ['two are swapped', (lines: readonly string[]) => [lines[1], lines[0], lines[2]], 1],
  [
    'one is edited',
    (lines: readonly string[]) => [lines[0]?.replace('alice', 'mallory'), lines[1], lines[2]],
    2,
  ],
  ['one is torn', (lines: readonly string[]) => [lines[0], lines[1]?.slice(0, 40), lines[2]], 2],
])('finds the line when %s', (_name, tamper, line) => {
  expect(findBrokenLine(tamper(chain(['alice', 'bob', 'carol'])) as string[])).toBe(line);
});

test('appends to a private file, each line continuing the one before', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'evidence-'));
  try {
    const file = join(folder, 'deep', 'evidence.jsonl');
    const log = fileEvidenceLog(file);
    await log.append(entry('alice'));
    await log.append(entry('bob'));
    const lines = linesOf(await readFile(file, 'utf8'));
    expect(lines.map((line) => JSON.parse(line).holder)).toEqual(['alice', 'bob']);
    expect(findBrokenLine(lines)).toBeUndefined();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  } finally {
    await rm(folder, { recursive: true });
  }
});
