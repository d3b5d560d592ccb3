import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withTemporaryFolder } from '../support/temporary-folder';
import { measure } from './measures';
import { readSources } from './sources';

/** Measures a checkout of these files. */
async function measured(files: Readonly<Record<string, string>>) {
  const figures = await withTemporaryFolder(async (root) => {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
    return new Map(measure(readSources(root)).map(({ name, ...rest }) => [name, rest]));
  });
  return (name: string) => figures.get(name);
}

test('an export counts as imported by name, through a namespace, a re-export, a require and a type import', async () => {
  const figure = await measured({
    'lib/index.ts': "export { Shown } from './a';\n",
    'lib/a.ts':
      'export class Shown {}\nexport const hidden = 1;\nexport const { left, right: moved } = pair();\n',
    'runbook/main.ts':
      "import * as b from './b';\nimport type { T } from './b';\nb.used();\nconst c = require('./c');\n",
    'runbook/b.ts':
      'export function used() {}\nexport type T = 1;\nexport function unused() {}\nexport const tested = 1;\n',
    'runbook/c.ts': 'export const all = 1;\n',
    'test/a.test.ts': "import { tested } from '../runbook/b';\nimport { left as mine } from '../lib/a';\n",
  });
  expect(figure('exports of lib that nobody imports')?.details).toEqual([
    'lib/a.ts: hidden',
    'lib/a.ts: moved',
  ]);
  expect(figure('exports of lib that only tests import')?.details).toEqual(['lib/a.ts: left']);
  expect(figure('exports of runbook')?.value).toBe(5);
  expect(figure('exports of runbook that nobody imports')?.details).toEqual(['runbook/b.ts: unused']);
  expect(figure('exports of runbook that only tests import')?.details).toEqual(['runbook/b.ts: tested']);
});

test('types and parameters are counted, callbacks without a name aside', async () => {
  const figure = await measured({
    'runbook/ceremony/a.ts': [
      'interface I {}',
      'type T = 1;',
      'class C { constructor(a: I, b: I, c: I, d: I) {} method() {} }',
      'const arrow = (a: I) => [1].map((x) => x);',
      'function declared(a: I): void {}',
      '',
    ].join('\n'),
    'runbook/token/b.ts': 'interface Elsewhere {}\n',
  });
  expect(figure("types in the ceremonies' rooms")?.value).toBe(3);
  expect(figure("functions of the ceremonies' rooms with four or more parameters")).toEqual({
    value: 25,
    unit: '%',
    aim: 2,
    details: ['runbook/ceremony/a.ts: constructor (4)'],
  });
  expect(figure('lines of runbook/**/*.ts')?.value).toBe(6);
});

test('a comment that begins with a question word is found, once for consecutive lines', async () => {
  const figure = await measured({
    'lib/a.ts': [
      '/** What it is. */',
      'const a = "// How not";',
      '// Which of them:',
      '// Whether the second line counts.',
      'const b = 1; // How much',
      '/** Whatever it is. */',
      'const c = f(`/** What */`, /* Whether */ a);',
      '',
    ].join('\n'),
  });
  expect(figure('comments of lib that begin with What, How, Which or Whether')?.details).toEqual([
    'lib/a.ts: What it is.',
    'lib/a.ts: Which of them:',
    'lib/a.ts: How much',
    'lib/a.ts: Whether',
  ]);
});

test('circles are found between files and between rooms', async () => {
  const figure = await measured({
    'lib/x/a.ts': "import './b';\n",
    'lib/x/b.ts': "export * from './a';\nimport '../y/c';\n",
    'lib/y/c.ts': "type D = import('../x/d').D;\n",
    'lib/x/d.ts': 'export type D = 1;\n',
  });
  expect(figure('circles of files')?.details).toEqual(['lib/x/a.ts lib/x/b.ts']);
  expect(figure('circles of rooms')?.details).toEqual(['lib/x lib/y']);
});
