/** The documents name what there is, and nothing else. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Bench } from './support/bench';
import { DOCUMENTS } from './support/documents';

function read(path: string): string {
  return readFileSync(join(__dirname, '..', path), 'utf8');
}

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(join(__dirname, '..', folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/node_modules|build|\.generated\./.test(name))
    .map((name) => join(folder, name));
}

/** Every source of the command: its hints name commands too. */
const SOURCES = sourcesIn('runbook');

/** The alarms tell people what to do: prose, in strings. */
const MESSAGES = sourcesIn('lib/alarms');

test('docs/runbook.md explains every error code, and no other', () => {
  const union = /export type RunbookErrorCode =([^;]*);/.exec(read('runbook/runbook-error.ts'))?.[1] ?? '';
  const codes = [...union.matchAll(/'([^']+)'/g)].map(([, code = '']) => code);
  const table = /\| code \(with `--json`\)[\s\S]*?\n\n/.exec(read('docs/runbook.md'))?.[0] ?? '';
  const explained = [...table.matchAll(/`([a-z-]+\/[a-z-]+|usage|cancelled|internal)`/g)].map(
    ([, code = '']) => code,
  );
  expect(codes.length).toBeGreaterThan(50);
  expect([...new Set(explained)].sort()).toEqual([...codes].sort());
});

/** In "mfa-runbook names …" the second word is no command. */
const IN_PROSE = /(?:mfa-runbook|runbook --) (?!names )([a-z]+)\b/g;
/** The first line of a journal begins like a command. */
const IN_SOURCE = /[`$] ?mfa-runbook (?!journal \$)([a-z]+)\b/g;

test('every command that a document or a message names exists', async () => {
  const bench = await Bench.open();
  try {
    const { data } = await bench.run('--help');
    const commands = [...data.matchAll(/^ {2}([a-z]+)(?: |$)/gm)].map(([, name = '']) => name);
    expect(commands).toContain('enroll');
    const named = [...DOCUMENTS, ...MESSAGES, ...SOURCES].flatMap((file) =>
      [...read(file).matchAll(SOURCES.includes(file) ? IN_SOURCE : IN_PROSE)].map(
        ([, name = '']) => `${file}: ${name}`,
      ),
    );
    expect(named.length).toBeGreaterThan(60);
    expect(named.filter((each) => !commands.includes(each.split(': ')[1] ?? ''))).toEqual([]);
  } finally {
    await bench.close();
  }
});

// The sandbox's page also names files of another repository, which it is written from.
const OF_OURS = DOCUMENTS.filter((file) => file !== 'test/sandbox/README.md');

test('every file and folder of ours that a document names exists', () => {
  const named = OF_OURS.flatMap((file) =>
    [...read(file).matchAll(/`((?:bin|docs|lib|runbook|test)\/[\w./-]*)`/g)].map(([, path = '']) => ({
      file,
      path,
    })),
  );
  expect(named.filter(({ file }) => file === 'docs/security.md').length).toBeGreaterThan(50);
  expect(named.filter(({ path }) => !existsSync(join(__dirname, '..', path)))).toEqual([]);
});

test('every page and file that a document links to exists', () => {
  const links = DOCUMENTS.flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)].map(([, to = '']) => ({
      file,
      to,
    })),
  );
  expect(links.length).toBeGreaterThan(20);
  const dead = links.filter(({ file, to }) => !existsSync(join(__dirname, '..', dirname(file), to)));
  expect(dead).toEqual([]);
});

test('every script that a document names is in package.json', () => {
  const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
  const named = DOCUMENTS.flatMap((file) =>
    [...read(file).matchAll(/\bnpm run (?:-s )?([a-z][\w:-]*)/g)].map(([, name = '']) => `${file}: ${name}`),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((each) => !scripts.includes(each.split(': ')[1] ?? ''))).toEqual([]);
});
