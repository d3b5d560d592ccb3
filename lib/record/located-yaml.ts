/**
 * YAML as plain values, with the place of each. Mappings become objects without a prototype, so that a user named
 * `__proto__` or `toString` is a key like any other. YAML that may mislead a reviewer (duplicate keys, anchors and aliases,
 * tags) is a mistake here.
 */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { type Problem, quote, type RecordPath } from './rules';

/** 1-based. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** A mistake of the YAML itself. */
interface YamlProblem extends Problem, Position {
  readonly path: RecordPath;
}

/** A value and its source text. */
interface SourceText {
  /** The scalar as written, without quotes; absent for anything else. */
  readonly text?: string;
  /** The value of a scalar; an empty list or mapping for any other. */
  readonly value: unknown;
}

interface Wording {
  /** Replaces the parser's own message. */
  readonly message?: string;
  readonly fix: string;
}

/** Distinguishes mistakes that share a code of the parser, by the beginning of its message. */
const WORDINGS_OF_MESSAGES: readonly (readonly [beginning: string, wording: Wording])[] = [
  ['Flow ', { message: 'a { or [ is still open', fix: 'close it, with } or ]' }],
  [
    'Sequence item without',
    {
      message: 'a line among list items does not begin with -',
      fix: 'line up the keys of one item in the same column',
    },
  ],
];

const WORDINGS: Readonly<Record<string, Wording>> = {
  BAD_INDENT: { fix: 'line up the items of a list or mapping in the same column' },
  BAD_SCALAR_START: { fix: 'put the text in quotes' },
  BLOCK_AS_IMPLICIT_KEY: { fix: 'put what follows the colon on a line of its own, further in' },
  MISSING_CHAR: { fix: 'close quotes and brackets, and put a colon and a blank after each key' },
  MULTILINE_IMPLICIT_KEY: { fix: 'keep each key on one line, with a colon and a blank after it' },
  MULTIPLE_DOCS: { message: 'a second document begins', fix: 'keep one, without ---' },
  NON_STRING_KEY: { message: 'a key is a list or a mapping', fix: 'write each key as a plain word' },
  RESOURCE_EXHAUSTION: { message: 'lists and mappings are nested too deep', fix: 'nest them less' },
  TAB_AS_INDENT: { fix: 'indent with blanks' },
  TAG_RESOLVE_FAILED: { fix: 'remove the tag' },
};

function wordingOf(code: string, message: string): Wording {
  const [, byMessage] = WORDINGS_OF_MESSAGES.find(([beginning]) => message.startsWith(beginning)) ?? [];
  return byMessage ?? WORDINGS[code] ?? { fix: 'correct the YAML here' };
}

/** Returns the first line of the parser's message in our style: lower case, no final period. */
function inOurVoice(message: string): string {
  const [line = ''] = message.split('\n');
  return `${line.charAt(0).toLowerCase()}${line.slice(1)}`.replace(/[.:]$/, '');
}

/** A parsed YAML text. */
export class LocatedYaml {
  /** True if the text is YAML; if not, `value` is undefined. */
  public readonly wellFormed: boolean;
  /** Mistakes of the YAML itself. */
  public readonly problems: readonly YamlProblem[];
  public readonly value: unknown;
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;
  readonly #found: YamlProblem[] = [];

  public constructor(text: string) {
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      // Keys are checked here: the parser compares every pair, and does not report the position of the first.
      uniqueKeys: false,
      stringKeys: true,
      resolveKnownTags: false,
    });
    this.wellFormed = this.#document.errors.length === 0;
    const lines = text.split('\n');
    for (const { pos, code, message } of [...this.#document.errors, ...this.#document.warnings]) {
      const wording = wordingOf(code, message);
      const line = (lines[this.#position(pos[0]).line - 1] ?? '').trimEnd();
      const where = line === '' ? 'before this empty line' : `in ${quote(line)}`;
      this.#report(pos[0], [], `${wording.message ?? inOurVoice(message)}, ${where}`, wording.fix);
    }
    this.value = this.wellFormed ? this.#plain(this.#document.contents, []) : undefined;
    this.problems = this.#found;
  }

  /** Locates a value, or its key if the value is empty or not a scalar; without a key, the nearest place. */
  public locate(path: RecordPath): Position {
    return this.#position(this.#place(path, false));
  }

  /** Locates a key. */
  public locateKey(path: RecordPath): Position {
    return this.#position(this.#place(path, true));
  }

  /** Returns the value at a path and its source text. */
  public source(path: RecordPath): SourceText {
    const node = this.#node(path);
    if (isScalar(node)) {
      return { value: node.value, ...(node.source === undefined ? {} : { text: node.source }) };
    }
    return { value: isSeq(node) ? [] : isMap(node) ? {} : undefined };
  }

  /** Tells whether the value at a path was already refused here because it refers to one written elsewhere. */
  public isAlias(path: RecordPath): boolean {
    return isAlias(this.#node(path));
  }

  /** Tells whether the last key of a path is written without quotes. */
  public isPlainKey(path: RecordPath): boolean {
    const map = this.#node(path.slice(0, -1));
    return (
      isMap(map) &&
      map.items.some(({ key }) => isScalar(key) && key.value === path.at(-1) && key.type === 'PLAIN')
    );
  }

  #node(path: RecordPath): unknown {
    return path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
  }

  #place(path: RecordPath, wantsKey: boolean): number {
    let node: unknown = this.#document.contents;
    let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    for (const [depth, segment] of path.entries()) {
      const isLast = depth === path.length - 1;
      if (isMap(node)) {
        const pair: unknown = node.items.find((item) => isScalar(item.key) && item.key.value === segment);
        if (!isPair(pair) || !isScalar(pair.key)) {
          return offset;
        }
        const keyOffset = pair.key.range?.[0] ?? offset;
        node = pair.value;
        const written = isScalar(node) && node.value !== null ? node.range : undefined;
        offset = written && !(isLast && wantsKey) ? written[0] : keyOffset;
      } else if (isSeq(node) && typeof segment === 'number') {
        node = node.items[segment];
        if (isNode(node)) {
          offset = node.range?.[0] ?? offset;
        }
      } else {
        return offset;
      }
    }
    return offset;
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  #report(offset: number, path: RecordPath, message: string, fix: string): void {
    this.#found.push({ ...this.#position(offset), path, message, fix });
  }

  #plain(node: unknown, path: RecordPath): unknown {
    if (!isNode(node)) {
      return null;
    }
    this.#refuseIndirection(node, path);
    if (isMap(node)) {
      return this.#mapping(node, path);
    }
    if (isSeq(node)) {
      return node.items.map((item, index) => this.#plain(item, [...path, index]));
    }
    return isScalar(node) ? node.value : null;
  }

  #mapping(map: YAMLMap, path: RecordPath): Record<string, unknown> {
    const plain: Record<string, unknown> = Object.create(null);
    const offsets = new Map<string, number>();
    for (const { key, value } of map.items) {
      if (!isScalar(key)) {
        continue;
      }
      const name = String(key.value);
      const offset = key.range?.[0] ?? 0;
      const first = offsets.get(name);
      if (first === undefined) {
        offsets.set(name, offset);
        plain[name] = this.#plain(value, [...path, name]);
        continue;
      }
      const { line } = this.#position(first);
      this.#report(
        offset,
        [...path, name],
        `${quote(name)} is already in this mapping (line ${line})`,
        'keep one of the two',
      );
    }
    return plain;
  }

  #refuseIndirection(node: Node, path: RecordPath): void {
    const offset = node.range?.[0] ?? 0;
    if (isAlias(node)) {
      this.#report(
        offset,
        path,
        `alias *${node.source} stands for a value written elsewhere`,
        'write the value here',
      );
    } else if (node.anchor) {
      this.#report(
        offset,
        path,
        `anchor &${node.anchor} names a value for use elsewhere`,
        'remove the anchor',
      );
    }
  }
}
