import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Evidence } from '../../../runbook/evidence/evidence';
import { BEGINNING, hashOf, linesOf } from '../../../runbook/evidence/evidence-log';
import { fileEvidenceLog } from '../../../runbook/files/file-evidence-log';
import { takeLock } from '../../../runbook/files/file-lock';
import { withTemporaryFolder } from '../../support/temporary-folder';
import { deadProcess, writeLockOf } from './dead-process';

function entry(holder: string): Evidence {
  return {
    schema: 1,
    id: `6f0d2c51-7b9e-4f0e-9a43-${Buffer.from(holder).toString('hex').padStart(12, '0').slice(-12)}`,
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
  };
}

/** The holders of a log, in order; the line that begins it names none. */
function holdersIn(text: string): readonly unknown[] {
  return linesOf(text).flatMap((line) => JSON.parse(line).holder ?? []);
}

/** Tells whether every line continues the one before. */
function isChained(text: string): boolean {
  return linesOf(text).every((line, index, lines) => {
    const before = lines[index - 1];
    return JSON.parse(line).previous === (before === undefined ? BEGINNING : hashOf(before));
  });
}

test('appends to a private file, each line continuing the one before', () =>
  withTemporaryFolder(async (folder) => {
    const file = join(folder, 'deep', 'evidence.jsonl');
    const log = fileEvidenceLog(file);
    await log.append(entry('alice'));
    await log.append(entry('bob'));
    const text = await readFile(file, 'utf8');
    expect(holdersIn(text)).toEqual(['alice', 'bob']);
    expect(isChained(text)).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'deep'))).toEqual(['evidence.jsonl']);
  }));

test('appends at once wait for each other, and the chain stays whole', () =>
  withTemporaryFolder(async (folder) => {
    const file = join(folder, 'evidence.jsonl');
    const holders = ['a', 'b', 'c', 'd', 'e', 'f'];
    await Promise.all(holders.map((holder) => fileEvidenceLog(file).append(entry(holder))));
    const text = await readFile(file, 'utf8');
    expect([...holdersIn(text)].sort()).toEqual(holders);
    expect(isChained(text)).toBe(true);
  }));

test('gives up on a process that holds the log and lives, and names it; nothing is written', () =>
  withTemporaryFolder(async (folder) => {
    const file = join(folder, 'evidence.jsonl');
    const lock = await takeLock(`${file}.lock`);
    await expect(fileEvidenceLog(file, 50).append(entry('alice'))).rejects.toMatchObject({
      name: 'LockHeldError',
      pid: process.pid,
    });
    expect(await readdir(folder)).toEqual(['evidence.jsonl.lock']);
    await lock.release();
    await fileEvidenceLog(file, 50).append(entry('alice'));
    expect(holdersIn(await readFile(file, 'utf8'))).toEqual(['alice']);
  }));

test('does not wait for a process that died', () =>
  withTemporaryFolder(async (folder) => {
    const file = join(folder, 'evidence.jsonl');
    await writeLockOf(await deadProcess(), `${file}.lock`, '0123456789abcdef');
    await fileEvidenceLog(file, 0).append(entry('alice'));
    expect(holdersIn(await readFile(file, 'utf8'))).toEqual(['alice']);
  }));

test('leaves a torn line as it is, on a line of its own', () =>
  withTemporaryFolder(async (folder) => {
    const file = join(folder, 'evidence.jsonl');
    await writeFile(file, '{"previous":"00');
    await fileEvidenceLog(file).append(entry('alice'));
    const lines = linesOf(await readFile(file, 'utf8'));
    expect(lines[0]).toBe('{"previous":"00');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ holder: 'alice' });
  }));

test('reads what was appended, and nothing where there is no log yet', () =>
  withTemporaryFolder(async (folder) => {
    const file = join(folder, 'deep', 'evidence.jsonl');
    expect(await fileEvidenceLog(file).read()).toBe('');
    expect(await readdir(folder)).toEqual([]);
    await fileEvidenceLog(file).append(entry('alice'));
    expect(await fileEvidenceLog(file).read()).toBe(await readFile(file, 'utf8'));
  }));
