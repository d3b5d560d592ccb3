/**
 * Templates and policies as text: JSON, or YAML with CloudFormation's tags.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { parseJson } from '../record/text';

/** Tags whose function has another name than `Fn::` and the tag. */
const NAMES: Readonly<Record<string, string>> = { Ref: 'Ref', Condition: 'Condition' };

/** The aliases that one text may have when they are expanded: a few lines of aliases of aliases would fill the memory. */
const MAX_ALIASES = 1000;

/** A document that is being expanded. */
interface Expansion {
  readonly document: Document.Parsed;
  aliases: number;
}

/**
 * Parses JSON or YAML.
 *
 * @throws the first error of the text, with its line
 */
export function parseTemplate(text: string): unknown {
  const json = parseJson(text);
  if (json !== undefined) {
    return json;
  }
  const document = parsed(text);
  const [error] = document.errors;
  if (error !== undefined) {
    throw new Error(jsonError(text) ?? error.message.split('\n')[0]?.replace(/:$/, ''));
  }
  return jsonOf(document.contents, { document, aliases: 0 });
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

function jsonOf(node: unknown, expansion: Expansion): unknown {
  if (isAlias(node)) {
    const target = node.resolve(expansion.document);
    expansion.aliases += 1;
    if (target === undefined || expansion.aliases > MAX_ALIASES) {
      const why = target === undefined ? 'has no anchor' : `is one of more than ${MAX_ALIASES}`;
      throw new Error(`the alias *${node.source} ${why}`);
    }
    return jsonOf(target, expansion);
  }
  const plain = plainOf(node, expansion);
  const tag = isScalar(node) || isMap(node) || isSeq(node) ? node.tag : undefined;
  if (tag === undefined || !/^![A-Za-z]/.test(tag)) {
    return plain;
  }
  const name = tag.slice(1);
  // !GetAtt Name.Attribute is a list of two.
  const argument = name === 'GetAtt' && typeof plain === 'string' ? splitOnce(plain) : plain;
  return { [NAMES[name] ?? `Fn::${name}`]: argument };
}

function plainOf(node: unknown, expansion: Expansion): unknown {
  if (isMap(node)) {
    return Object.fromEntries(
      node.items.map(({ key, value }) => [String(isScalar(key) ? key.value : key), jsonOf(value, expansion)]),
    );
  }
  if (isSeq(node)) {
    return node.items.map((item) => jsonOf(item, expansion));
  }
  return isScalar(node) ? scalarOf(node.value, node.source) : (node ?? null);
}

/** Keeps numbers as they are written: an account id may begin with zeros. */
function scalarOf(value: unknown, source: string | undefined): unknown {
  return typeof value === 'number' && source !== undefined && /^0\d/.test(source) ? source : value;
}

function splitOnce(text: string): readonly string[] {
  const at = text.indexOf('.');
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
