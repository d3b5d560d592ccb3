/** The documents of the repository, by their paths from its root. */
import { readdirSync } from 'node:fs';
import { join, posix } from 'node:path';

const ROOT = join(__dirname, '..', '..');

function pagesIn(folder: string, recursive: boolean): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => posix.join(folder, name))
    .sort();
}

export const DOCUMENTS = [
  ...pagesIn('', false),
  'lib/README.md',
  'runbook/README.md',
  ...pagesIn('docs', true),
  ...pagesIn('test/sandbox', true),
];
