/**
 * Every error code as scripts see it: the code, the exit code, that a next action and the state of the world are said,
 * and what is left behind.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Case, playCase } from '../support/error-case';
import { helpPages, toldWrongly } from '../support/told-commands';
import { CASES } from './error-cases';

const ROOT = join(__dirname, '..', '..');

const ROWS = Object.entries<readonly Case[]>(CASES).flatMap(([code, cases]) =>
  cases.map((given, index) => ({ code, given, way: `${given.run}, way ${index + 1}` })),
);
const hints: string[] = [];

test.each(ROWS)('$code: mfa-runbook $way', async ({ code, given }) => {
  const { exit = 1, state = true, leaves } = given;
  const { hints: told, ...outcome } = await playCase(given);
  hints.push(...told);
  const mayWrite = given.writes ?? leaves !== undefined;
  expect(outcome).toEqual({
    code,
    exit,
    hasHints: true,
    hasState: state,
    changes: leaves ?? ['= nothing changed'],
    leaks: [],
    writes: mayWrite && outcome.writes,
  });
});

test('a token that is burned counts as written', async () => {
  const [given] = CASES['evidence/not-written'];
  expect(await playCase(given)).toMatchObject({ writes: true });
});

test('every command that a hint names exists, with the options it is named with', async () => {
  const told = hints.flatMap((hint) =>
    [...hint.matchAll(/`mfa-runbook ([^`]+)`/g)].map(([, line = '']) => line),
  );
  expect(told.length).toBeGreaterThan(100);
  expect(await toldWrongly(told)).toEqual([]);
});

test('every command has a transcript in which it does its work, and fails in one or in a case', async () => {
  const folder = join(ROOT, 'test', 'transcripts');
  const recorded = readdirSync(folder)
    .filter((name) => name.endsWith('.transcript'))
    .flatMap((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      return [...text.matchAll(/^\$ mfa-runbook (.*)\n(?:(?!\$ ).*\n)*?exit (\d+)$/gm)].map(
        ([, line = '', exit]) => ({ line, exit: Number(exit) }),
      );
    })
    .filter(({ line }) => !line.includes('--help'));
  const failed = [
    ...ROWS.map(({ given: { run } }) => run),
    ...recorded.filter(({ exit }) => exit !== 0).map(({ line }) => line),
  ];
  const done = recorded.filter(({ exit }) => exit === 0).map(({ line }) => line);
  const commands = [...(await helpPages()).keys()];
  expect(commands).toContain('token info');
  expect(commands.length).toBeGreaterThan(12);
  function missingIn(lines: readonly string[]): readonly string[] {
    return commands.filter((command) => !lines.some((line) => `${line} `.startsWith(`${command} `)));
  }
  expect(missingIn(done)).toEqual([]);
  expect(missingIn(failed)).toEqual([]);
});

test('the manual lists the codes there are, and no others', () => {
  const manual = readFileSync(join(ROOT, 'docs', 'runbook.md'), 'utf8');
  const [, table = ''] = /\n\| code \(with `--json`\).*\n.*\n((?:\|.*\n)+)/.exec(manual) ?? [];
  const listed = table.split('\n').flatMap((row) => {
    const [, codes = ''] = row.split('|');
    return [...codes.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
  });
  expect([...listed].sort()).toEqual(Object.keys(CASES).sort());
});
