/** The examples compile, and the public surface has them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { constructsIn, gapsIn, namesIn, optionalPropertiesIn } from './example-coverage';
import { compileExamples } from './example-program';
import {
  allExamples,
  DOCUMENTS,
  type Example,
  examplesOfComments,
  examplesOfDocument,
  ROOT,
} from './example-sources';

/** Examples as they must not be: what finds nothing here would find nothing in ours. */
const BROKEN: readonly Example[] = [
  ...examplesOfComments(
    'broken.ts',
    `/**
 * A construct.
 *
 * @example
 * declare const group: iam.Group;
 *
 * new MfaEnforcementPolicy(this, 'Enforcement', {
 *   group,
 * });
 * new MfaRole(this, 'Admin', { assumedBy: 'olga' });
 * @see nothing
 */
/** @example not a block */
`,
  ),
  ...examplesOfDocument(
    'broken.md',
    `# Title

\`\`\`sh
not TypeScript
\`\`\`

\`\`\`ts
import { NoSuchConstruct } from 'cdk-mfa-guardrails';
\`\`\`

   \`\`\`ts
   const unclosed = (
   \`\`\`
`,
  ),
];

/** A public surface as it must not be. */
const BARE: Example = {
  file: 'bare.ts',
  line: 1,
  code: `import { Construct } from 'constructs';
export interface BareProps {
  readonly size?: number;
  /**
   * Its color.
   *
   * @default
   */
  readonly color?: string;
}
/** A base. */
export class Base extends Construct {
  public count = 1;
  private readonly secret = 2;
}
/**
 * Below it.
 *
 * @example
 */
export class Below extends Base {
  public override count = 2;
  /** Counts. */
  public add(): void {}
}
export class Value {}`,
};

const examples = allExamples();
const compiled = compileExamples([...examples, ...BROKEN, BARE]);
function isBroken(problem: string): boolean {
  return problem.startsWith('broken.');
}

test('every example of the comments and of the documents compiles', () => {
  const files = new Set(examples.map(({ file }) => file));
  const withoutExamples = ['README.md', 'docs/constructs/languages.md', 'docs/constructs/proof.md'];
  expect([...files].filter((file) => file.endsWith('.md')).sort()).toEqual(
    DOCUMENTS.filter((file) => !withoutExamples.includes(file)).sort(),
  );
  expect([...files]).toContain('lib/trust/mfa-role.ts');
  expect(compiled.problems.filter((problem) => !isBroken(problem))).toEqual([]);
});

test('an example with a mistake is named by file and line', () => {
  expect(compiled.problems.filter(isBroken)).toEqual([
    expect.stringMatching(/^broken\.ts:8: .*'group' does not exist in type 'MfaEnforcementPolicyProps'/),
    expect.stringMatching(/^broken\.ts:10: Type 'string' is not assignable to type 'IPrincipal'/),
    expect.stringMatching(/^broken\.md:8: .*has no exported member 'NoSuchConstruct'/),
    expect.stringMatching(/^broken\.md:12: /),
  ]);
});

test('every construct has an example, every optional property a default, everything public a sentence', () => {
  const { program, index } = compiled;
  expect(constructsIn(program, index)).toEqual(expect.arrayContaining(['GuardrailsStack', 'MfaRole']));
  expect(optionalPropertiesIn(program, index)).toContain('MfaRoleProps.maxAge');
  expect(gapsIn(program, index)).toEqual([]);
});

test('the page of the npm package lists every construct, and nothing that is not exported', () => {
  const { program, index } = compiled;
  const rows = readFileSync(join(ROOT, 'lib/README.md'), 'utf8').matchAll(/^\| (`.*?`) \|/gm);
  const listed = [...rows].flatMap(([, names = '']) => [...names.matchAll(/\w+/g)].map(([name]) => name));
  expect(listed).toEqual(expect.arrayContaining([...constructsIn(program, index)]));
  expect(namesIn(program, index)).toEqual(expect.arrayContaining(listed));
});

test('what a public surface lacks is named', () => {
  const { program } = compiled;
  const gaps = gapsIn(program, compiled.sourceOf(BARE)).map((gap) => gap.replace(/^.*:\d+: /, ''));
  expect(gaps).toEqual([
    'BareProps has no sentence that says what it is',
    'BareProps.size has no sentence that says what it is',
    'BareProps.size is optional and has no @default',
    'BareProps.color is optional and has no @default',
    'Base is a construct and has no @example',
    'Base.count has no sentence that says what it is',
    'Below is a construct and has no @example',
    'Value has no sentence that says what it is',
  ]);
});
