/** One TypeScript program over the constructs and all examples: loading aws-cdk-lib's types costs seconds. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { type Example, ROOT } from './example-sources';

/**
 * The fixture that packaging gives to jsii-rosetta, before and after an example; on one line, so that lines need no
 * sum.
 */
function fixture(exports: readonly string[]): readonly [string, string] {
  const file = 'lib/rosetta/default.ts-fixture';
  const text = readFileSync(join(ROOT, file), 'utf8').replace(/^ *\/\/ .*$/gm, '');
  const [before, after, ...more] = text.split('/// here').map((part) => part.replace(/\s+/g, ' '));
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`${file} has ${more.length + 1} places for an example, must have one: /// here`);
  }
  return [`import { ${exports.join(', ')} } from 'cdk-mfa-guardrails'; ${before}`, after];
}

/** The program and what it found. */
interface ExampleProgram {
  readonly program: ts.Program;
  /** The module `lib/index.ts`. */
  readonly index: ts.SourceFile;
  /** Every mistake of an example, as `file:line: what is wrong`. */
  readonly problems: readonly string[];
  /** An example as the program has it. */
  sourceOf(example: Example): ts.SourceFile;
}

/** Compiles the examples as strictly as everything here, but for names they declare and do not use. */
export function compileExamples(examples: readonly Example[]): ExampleProgram {
  const options = compilerOptions();
  const index = join(ROOT, 'lib/index.ts');
  const around = fixture(exportedNames(index));
  function pathOf(number: number): string {
    return join(ROOT, `test/lib/example-${number}.virtual.ts`);
  }
  const byPath = new Map(examples.map((example, number) => [pathOf(number), example]));
  const texts = new Map([...byPath].map(([path, { code }]) => [path, wrap(around, code)]));
  const program = ts.createProgram([index, ...byPath.keys()], options, hostWith(options, texts));
  function sourceAt(path: string): ts.SourceFile {
    const source = program.getSourceFile(path);
    if (source === undefined) {
      throw new Error(`${path} is not in the program`);
    }
    return source;
  }
  const problems = [...byPath].flatMap(([path, example]) => {
    const source = sourceAt(path);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
      .filter((diagnostic) => !isDeclareInMethod(diagnostic))
      .map((diagnostic) => formatProblem(example, source, diagnostic));
  });
  return {
    program,
    index: sourceAt(index),
    problems,
    sourceOf: (example) => sourceAt(pathOf(examples.indexOf(example))),
  };
}

/** An example with imports is a whole file; others stand in a method of a stack, which `this` is. */
function wrap([before, after]: readonly [string, string], code: string): string {
  return /^import /m.test(code) ? `\n${code}` : `${before}\n${code}\n${after}`;
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  return {
    ...options,
    types: ['node'],
    noUnusedLocals: false,
    noUnusedParameters: false,
    paths: { 'cdk-mfa-guardrails': [join(ROOT, 'lib/index.ts')] },
  };
}

function hostWith(options: ts.CompilerOptions, texts: ReadonlyMap<string, string>): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  return {
    ...host,
    fileExists: (path) => texts.has(path) || host.fileExists(path),
    readFile: (path) => texts.get(path) ?? host.readFile(path),
    getSourceFile: (path, version, ...rest) => {
      const text = texts.get(path);
      return text === undefined
        ? host.getSourceFile(path, version, ...rest)
        : ts.createSourceFile(path, text, version);
    },
  };
}

/** The names that `lib/index.ts` exports, read without a program: the program's files need them. */
function exportedNames(index: string): readonly string[] {
  const source = ts.createSourceFile(index, ts.sys.readFile(index) ?? '', ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement)) {
      return [];
    }
    const { exportClause } = statement;
    if (exportClause === undefined || !ts.isNamedExports(exportClause)) {
      throw new Error(`${relative(ROOT, index)} exports without names, must name what it exports`);
    }
    return exportClause.elements.map(({ name }) => name.text);
  });
}

/** `declare const x: X;` introduces what an example does not construct; in a method, TypeScript minds the word. */
function isDeclareInMethod({ code, file, start }: ts.Diagnostic): boolean {
  const MODIFIERS_CANNOT_APPEAR_HERE = 1184;
  return code === MODIFIERS_CANNOT_APPEAR_HERE && file?.text.startsWith('declare ', start) === true;
}

function formatProblem(example: Example, source: ts.SourceFile, diagnostic: ts.Diagnostic): string {
  const { line } = source.getLineAndCharacterOfPosition(diagnostic.start ?? 0);
  const last = example.code.split('\n').length;
  const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
  return `${example.file}:${example.line + Math.min(line, last) - 1}: ${text}`;
}
