/** The examples people copy: every `@example` of the constructs, and every TypeScript block of the documents. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '../..');

/** The documents whose blocks of TypeScript are examples of the constructs. */
export const DOCUMENTS: readonly string[] = [
  'README.md',
  'docs/constructs.md',
  ...readdirSync(join(ROOT, 'docs/constructs')).map((page) => `docs/constructs/${page}`),
  'lib/README.md',
];

/** An example and where it stands. */
export interface Example {
  /** The file, from the root of the repository. */
  readonly file: string;
  /** The line of the file that the code begins on, from 1. */
  readonly line: number;
  readonly code: string;
}

/** The sources of the constructs, from the root of the repository. */
function constructSources(): readonly string[] {
  return readdirSync(join(ROOT, 'lib'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/^(build|dist|node_modules)\b/.test(name))
    .map((name) => `lib/${name}`)
    .sort();
}

/** Every example there is. */
export function allExamples(): readonly Example[] {
  return [
    ...constructSources().flatMap((file) => examplesOfComments(file, readText(file))),
    ...DOCUMENTS.flatMap((file) => examplesOfDocument(file, readText(file))),
  ];
}

function readText(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** From `@example` to the next tag or the end of the comment, as jsii takes them: code, without a fence. */
export function examplesOfComments(file: string, text: string): readonly Example[] {
  return blocks(
    text,
    (line) => /^\s*\* @example\s*$/.test(line),
    (line) => /^\s*\* @\w|\*\//.test(line),
  ).map(({ line, lines }) => ({
    file,
    line,
    code: lines.map((each) => each.replace(/^\s*\* ?/, '')).join('\n'),
  }));
}

/** The blocks fenced as `ts`. */
export function examplesOfDocument(file: string, text: string): readonly Example[] {
  return blocks(
    text,
    (line) => /^\s*```(ts|typescript)\b/.test(line),
    (line) => /^\s*```\s*$/.test(line),
  ).map(({ line, lines }) => ({ file, line, code: lines.join('\n') }));
}

interface Block {
  readonly line: number;
  readonly lines: readonly string[];
}

/** Returns the text of each block, between the line that begins it and the next line that ends it. */
function blocks(
  text: string,
  begins: (line: string) => boolean,
  ends: (line: string) => boolean,
): readonly Block[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    if (!begins(line)) {
      return [];
    }
    const rest = lines.slice(index + 1);
    const length = rest.findIndex(ends);
    return [{ line: index + 2, lines: length < 0 ? rest : rest.slice(0, length) }];
  });
}
