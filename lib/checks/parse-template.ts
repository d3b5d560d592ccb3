/**
 * Templates and policies as text: JSON, or YAML with CloudFormation's tags.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
} from 'yaml';
import { isJsonObject, parseJson } from '../record/text';

/** More values than any template has: CloudFormation reads 1 MB. Aliases of aliases would write out billions. */
const MAX_VALUES = 1_000_000;

/** Deeper than any template nests; what walks through it calls itself for each level. */
const MAX_DEPTH = 200;

/** Tags whose function has their own name, without `Fn::`. */
const UNPREFIXED: ReadonlySet<string> = new Set(['Ref', 'Condition']);

/**
 * Parses JSON or YAML.
 *
 * @throws the first error of the text, with its line
 */
export function parseTemplate(text: string): unknown {
  const json = parseJson(text);
  if (json !== undefined) {
    requireShallow(json);
    return json;
  }
  const document = parsed(text);
  const [error] = document.errors;
  if (error !== undefined) {
    throw new Error(jsonError(text) ?? error.message.split('\n')[0]?.replace(/:$/, ''));
  }
  const value = jsonOf(document.contents, { document, targets: new Map(), open: new Set(), values: 0 });
  requireShallow(value);
  return value;
}

/** Returns the error of a text that was meant as JSON, whose reader would not understand one about YAML. */
function jsonError(text: string): string | undefined {
  if (!/^\s*[{[]\s*("|[}\]]|$)/.test(text)) {
    return undefined;
  }
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function requireShallow(value: unknown): void {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) {
      throw new Error(`it is nested more than ${MAX_DEPTH} levels deep`);
    }
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
}

/** Tells whether a text is JSON or YAML with something in it. */
export function canParseTemplate(text: string): boolean {
  try {
    const value = parseTemplate(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

/** Returns a function from a path in the text to the line, from 1, on which it begins; the nearest one above if it is not there. */
export function lineFinder(text: string): (path: readonly string[]) => number {
  const lines = new LineCounter();
  const document = parsed(text, lines);
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const node = nodeAt(document.contents, path.slice(0, length));
      if (node?.range) {
        return lines.linePos(node.range[0]).line;
      }
    }
    return 1;
  };
}

function parsed(text: string, lineCounter = new LineCounter()): Document.Parsed {
  // CloudFormation's tags are not YAML's; they are read from the nodes.
  return parseDocument(text, { lineCounter, logLevel: 'error', uniqueKeys: false, merge: true });
}

function nodeAt(start: Node | null, path: readonly string[]): Node | undefined {
  let node: unknown = start;
  for (const key of path) {
    if (isMap(node)) {
      node = node.items.find((pair) => String(isScalar(pair.key) ? pair.key.value : pair.key) === key)?.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
    } else {
      return undefined;
    }
  }
  return isMap(node) || isSeq(node) || isScalar(node) ? node : undefined;
}

/** The document that is read, the targets of its aliases found so far, those being written out, and how many values it had. */
interface Reading {
  readonly document: Document.Parsed;
  readonly targets: Map<Alias, Node | undefined>;
  readonly open: Set<Node>;
  values: number;
}

function jsonOf(node: unknown, reading: Reading): unknown {
  if (++reading.values > MAX_VALUES) {
    throw new Error(`it has more than ${MAX_VALUES} values, its aliases written out`);
  }
  if (isAlias(node)) {
    const target = targetOf(node, reading);
    if (target === undefined) {
      throw new Error(`the alias *${node.source} has no anchor`);
    }
    if (reading.open.has(target)) {
      throw new Error(`the alias *${node.source} stands for what it is in`);
    }
    reading.open.add(target);
    const value = jsonOf(target, reading);
    reading.open.delete(target);
    return value;
  }
  const plain = plainOf(node, reading);
  const tag = isScalar(node) || isMap(node) || isSeq(node) ? node.tag : undefined;
  if (tag === undefined || !/^![A-Za-z]/.test(tag)) {
    return plain;
  }
  const name = tag.slice(1);
  // !GetAtt Name.Attribute is a list of two.
  const argument = name === 'GetAtt' && typeof plain === 'string' ? splitOnce(plain) : plain;
  return { [UNPREFIXED.has(name) ? name : `Fn::${name}`]: argument };
}

/** Looks for the target of an alias once: the library walks through the whole document for it. */
function targetOf(alias: Alias, { document, targets }: Reading): Node | undefined {
  if (!targets.has(alias)) {
    targets.set(alias, alias.resolve(document));
  }
  return targets.get(alias);
}

function plainOf(node: unknown, reading: Reading): unknown {
  if (isMap(node)) {
    return Object.fromEntries([
      // The own entries of a map win, and then those of the first map that it merges.
      ...node.items.filter(isMerge).flatMap(({ value }) => mergedEntries(jsonOf(value, reading))),
      ...node.items
        .filter((pair) => !isMerge(pair))
        .map(({ key, value }) => [String(isScalar(key) ? key.value : key), jsonOf(value, reading)] as const),
    ]);
  }
  if (isSeq(node)) {
    return node.items.map((item) => jsonOf(item, reading));
  }
  return isScalar(node) ? scalarOf(node) : (node ?? null);
}

/**
 * Tells whether a pair merges other maps into its own.
 *
 * @see https://yaml.org/type/merge.html
 */
function isMerge({ key }: Pair): boolean {
  return isScalar(key) && typeof key.value === 'symbol';
}

function mergedEntries(merged: unknown): readonly (readonly [string, unknown])[] {
  return [merged]
    .flat()
    .reverse()
    .flatMap((one) => {
      if (!isJsonObject(one)) {
        throw new Error('a merge key (<<) takes a map, or a list of maps');
      }
      return Object.entries(one);
    });
}

/**
 * The booleans that YAML 1.1 has in addition, as CloudFormation reads them.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
 */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['yes', true],
  ['on', true],
  ['no', false],
  ['off', false],
]);

/** Keeps numbers as they are written: an account id may begin with zeros. */
function scalarOf({ value, source, type }: Scalar): unknown {
  if (typeof value === 'number') {
    return source !== undefined && /^0\d/.test(source) ? source : value;
  }
  return typeof value === 'string' && type === 'PLAIN' ? (BOOLEANS.get(value.toLowerCase()) ?? value) : value;
}

function splitOnce(text: string): readonly string[] {
  const at = text.indexOf('.');
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
