/** Reads what each source file imports. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const SKIPPED = new Set(['node_modules', 'build', 'dist']);

export function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** Lists the source files below a folder, as paths from the root of the repository. */
export function sources(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) {
      return SKIPPED.has(entry.name) ? [] : sources(path);
    }
    return /(?<!\.d)\.ts$|\.lambda\.js$/.test(entry.name) ? [path] : [];
  });
}

interface Import {
  readonly from: string;
  /** A package by its name, or a file of ours by its path from the root of the repository. */
  readonly to: string;
  /** Nothing of it is left when the program runs. */
  readonly isTypeOnly: boolean;
}

const STATEMENT =
  /^(?:import|export)\s+(type\s+)?((?:\w+\s*,\s*)?\{[^}]*\}|\*(?:\s+as\s+\w+)?|\w+)\s*from\s*'([^']+)'/gm;
const SIDE_EFFECT = /^import\s*'([^']+)'/gm;
const CALL = /\b(typeof\s+)?(?:import|require)\(\s*'([^']+)'/g;

export function importsOf(from: string): readonly Import[] {
  const text = read(from);
  function imported(name: string, isTypeOnly: boolean): Import {
    return { from, to: name.startsWith('.') ? resolved(from, name) : name, isTypeOnly };
  }
  return [
    ...[...text.matchAll(STATEMENT)].map(([, type, names = '', name = '']) =>
      imported(name, type !== undefined || hasTypesOnly(names)),
    ),
    ...[...text.matchAll(SIDE_EFFECT)].map(([, name = '']) => imported(name, false)),
    ...[...text.matchAll(CALL)].map(([, type, name = '']) => imported(name, type !== undefined)),
  ];
}

function hasTypesOnly(names: string): boolean {
  const each = names
    .replace(/[{}]/g, '')
    .split(',')
    .filter((name) => name.trim() !== '');
  return names.startsWith('{') && each.every((name) => /^\s*type\s/.test(name));
}

function resolved(from: string, name: string): string {
  const path = posix.join(posix.dirname(from), name);
  return (
    [path, `${path}.ts`, `${path}.js`].find((each) => /\.\w+$/.test(each) && existsSync(join(ROOT, each))) ??
    path
  );
}
