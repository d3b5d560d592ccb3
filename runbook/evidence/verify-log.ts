/**
 * Verifies a local evidence log on its own: that the chain is intact, that each line is one that this program writes, and
 * which lines a crash tore.
 */
import { asciiJson } from '../../lib/record/page';
import { quote } from '../../lib/record/rules';
import type { JsonObject } from '../../lib/record/text';
import type { Evidence } from './evidence';
import { BEGINNING, ceremonyKey, hashOf, LOG_SCHEMA, linesOf, tornBefore } from './evidence-log';
import { isUuid, parseEvidence, parseObject } from './evidence-text';

/** A line that a crash cut off while it was written. */
interface TornLine {
  readonly line: number;
  /** The next line marks it as torn; otherwise it is the last line, and the next ceremony will mark it. */
  readonly isMarked: boolean;
  /** The line that holds the complete evidence of its ceremony. */
  readonly wholeOn: number | undefined;
}

export interface LoggedEvidence {
  readonly line: number;
  readonly hash: string;
  readonly evidence: Evidence;
}

export interface LogReport {
  /** The log's own id; absent if no line has one. */
  readonly id: string | undefined;
  readonly lines: number;
  readonly entries: readonly LoggedEvidence[];
  readonly torn: readonly TornLine[];
  /** Lines are counted from 1; a problem is a clause about its line. */
  readonly faults: readonly { readonly line: number; readonly problem: string }[];
}

export function verifyLog(text: string, fleet: string): LogReport {
  return new LogVerifier(linesOf(text), text.endsWith('\n'), fleet).report();
}

/** Reads the lines once, in order. */
class LogVerifier {
  #id: string | undefined;
  readonly #entries: LoggedEvidence[] = [];
  readonly #torn: Omit<TornLine, 'wholeOn'>[] = [];
  readonly #faults: LogReport['faults'][number][] = [];
  readonly #seen = new Map<string, number>();
  /** The torn lines that were judged last. */
  #run = { end: 0, isMarked: false };

  public constructor(
    private readonly lines: readonly string[],
    private readonly endsWhole: boolean,
    private readonly fleet: string,
  ) {}

  public report(): LogReport {
    let expected = BEGINNING;
    for (const [index, text] of this.lines.entries()) {
      this.#judge(index, text, expected);
      expected = hashOf(text);
    }
    return {
      id: this.#id,
      lines: this.lines.length,
      entries: this.#entries,
      torn: this.#torn.map((torn) => ({ ...torn, wholeOn: this.#wholeOn(torn.line) })),
      faults: this.#faults,
    };
  }

  #judge(index: number, text: string, expected: string): void {
    const values = parseObject(text);
    if (values === undefined) {
      this.#judgePiece(index);
      return;
    }
    if (values.previous !== expected) {
      this.#fault(
        index,
        index === 0
          ? 'is not the beginning of a log: the lines before it were removed'
          : `does not continue line ${index}: that line was changed after it was written, or a line was removed, inserted or moved`,
      );
    }
    if (values.torn !== undefined && !this.#marksTorn(index)) {
      this.#fault(index, `says that lines before it were torn (${quote(values.torn)}), but they were not`);
    }
    if (values.log !== undefined || this.#id === undefined) {
      this.#judgeHeader(index, values);
    } else {
      this.#judgeEntry(index, text);
    }
  }

  #judgeHeader(index: number, values: JsonObject): void {
    if (!isUuid(values.log)) {
      this.#fault(index, 'is not the beginning of a log: it has no log id');
    } else if (this.#id !== undefined) {
      this.#fault(index, `begins another log, ${values.log}`);
    } else if (values.schema !== LOG_SCHEMA) {
      this.#fault(index, `has log schema ${quote(values.schema)}, but this version reads ${LOG_SCHEMA}`);
    }
    if (isUuid(values.log)) {
      this.#id ??= values.log;
    }
  }

  #judgeEntry(index: number, text: string): void {
    const { evidence, fault } = parseEvidence(text);
    if (fault !== undefined) {
      this.#fault(index, fault);
      return;
    }
    if (evidence.fleet !== this.fleet) {
      this.#fault(index, `belongs to fleet ${evidence.fleet}, not to ${this.fleet}`);
    }
    const key = ceremonyKey(evidence);
    const before = this.#seen.get(key);
    if (before !== undefined) {
      this.#fault(index, `repeats the ceremony of line ${before}`);
    } else {
      this.#seen.set(key, index + 1);
    }
    this.#entries.push({ line: index + 1, hash: hashOf(text), evidence });
  }

  /** Judges a line that is not a JSON object: a crash tore it, or somebody changed it. */
  #judgePiece(index: number): void {
    if (index >= this.#run.end) {
      this.#run = this.#runFrom(index);
    }
    const { end, isMarked } = this.#run;
    const isTail = end === this.lines.length && !this.endsWhole;
    if (isMarked || isTail) {
      this.#torn.push({ line: index + 1, isMarked });
    } else {
      this.#fault(index, 'is incomplete, and the next line does not mark it as torn by a crash');
    }
  }

  /** Finds the end of the torn lines that begin here, and whether the next line marks them. */
  #runFrom(index: number): { readonly end: number; readonly isMarked: boolean } {
    let end = index + 1;
    while (end < this.lines.length && parseObject(this.lines[end] ?? '') === undefined) {
      end++;
    }
    return { end, isMarked: end < this.lines.length && this.#marksTorn(end) };
  }

  /** Tells whether a line marks the lines directly before it as torn, with their exact lengths. */
  #marksTorn(index: number): boolean {
    const torn = tornBefore(this.lines, index);
    return (
      torn.length > 0 && asciiJson(parseObject(this.lines[index] ?? '')?.torn ?? null) === asciiJson(torn)
    );
  }

  /** Finds the later line of the same ceremony: when a ceremony is resumed, its evidence is appended again. */
  #wholeOn(line: number): number | undefined {
    const [, id] = /"id":"([0-9a-f-]{36})"/.exec(this.lines[line - 1] ?? '') ?? [];
    return this.#entries.find(({ evidence, line: other }) => other > line && evidence.id === id)?.line;
  }

  #fault(index: number, problem: string): void {
    this.#faults.push({ line: index + 1, problem });
  }
}
