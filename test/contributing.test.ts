/**
 * CONTRIBUTING.md names every file that a new command, driver, … touches, by an example that exists. Each file it
 * names must mention the example, and each file that registers or describes the example must be named.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const ROOT = join(__dirname, '..');

interface Kind {
  readonly heading: string;
  readonly example: string;
  /** Matches what a file says that registers, describes or tests the example. */
  readonly mention: RegExp;
  /** Limits the files in which such a mention counts; all of them by default. */
  readonly where?: RegExp;
}

const KINDS: readonly Kind[] = [
  {
    heading: 'Adding a command',
    example: 'doctor',
    mention:
      /\baddDoctor\b|commands\/doctor'|^\$ mfa-runbook doctor\b|holds\([^)]*'doctor'|^(?: {4}|`)mfa-runbook doctor\b/m,
  },
  {
    heading: 'Adding a driver',
    example: 'token2-single',
    mention: /\bToken2Single\b|token2-single'|driver `token2-single`|C302-i/,
    // Countless tests lay such a token on the reader.
    where:
      /^(?:lib|runbook|docs)\/|^[^/]*\.md$|token2-single|identify|tokens\/(?:kinds|console|hostile-kinds)\.ts/,
  },
  { heading: 'Adding a check', example: 'UserUnderPath', mention: /UserUnderPath|user-under-path/ },
  { heading: 'Adding a construct', example: 'MfaConformancePack', mention: /\bMfaConformancePack\b/ },
  {
    heading: 'Adding an error code',
    example: 'record/spare-in-use',
    mention: /\brecord\/spare-in-use\b/,
    // A ceremony's own suite may name any code.
    where: /^(?:lib|runbook|docs)\/|^[^/]*\.md$|error-c/,
  },
  {
    heading: 'Adding a finding',
    example: 'lockout',
    mention: /'lockout'|\blockout:|\| what will lock holders out/,
  },
];

const SKIPPED = new Set(['node_modules', 'build', 'dist', 'cdk.out', '.git']);
/** These speak of the examples without being part of any. */
const APART = new Set(['CONTRIBUTING.md', 'CHANGELOG.md', 'test/contributing.test.ts']);

function filesIn(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) {
      return SKIPPED.has(entry.name) ? [] : filesIn(path);
    }
    return /\.(?:ts|py|md|transcript)$/.test(entry.name) && !APART.has(path) ? [path] : [];
  });
}

const FILES = new Map(filesIn('').map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]));
const SECTIONS = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8').split(/^### /m);

function listOf({ heading, example }: Kind): readonly string[] {
  const section = SECTIONS.find((each) => each.startsWith(`${heading}\n`)) ?? '';
  expect(section).toContain(`Example: \`${example}\`.`);
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, path = '']) => path);
}

/** @param pattern a path in which `*` stands for any part of a name */
function matches(path: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+()[\]]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]*')}$`).test(path);
}

describe.each(KINDS)('$heading', (kind) => {
  const { example, mention, where = /(?:)/ } = kind;
  const mentioning = [...FILES].filter(([path, text]) => where.test(path) && mention.test(text));

  test('every file in the list is there and is about the example', () => {
    const listed = listOf(kind);
    expect(listed.length).toBeGreaterThan(2);
    const about = [...FILES.keys()].filter(
      (path) => path.includes(`/${example}`) || mentioning.some(([each]) => each === path),
    );
    expect(listed.filter((pattern) => !about.some((path) => matches(path, pattern)))).toEqual([]);
  });

  test('no file is missing from the list', () => {
    const listed = listOf(kind);
    const missing = mentioning.map(([path]) => path);
    expect(missing.filter((path) => !listed.some((pattern) => matches(path, pattern)))).toEqual([]);
  });
});
