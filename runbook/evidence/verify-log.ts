/**
 * Judges a local evidence log by itself: is the chain whole, is each line what this program writes, and which lines were
 * torn by a crash.
 */
import { asciiJson } from '../../lib/record/page';
import { quote } from '../../lib/record/rules';
import type { Evidence } from './evidence';
import { BEGINNING, hashOf, LOG_SCHEMA, linesOf, tornBefore } from './evidence-log';
import { isUuid, parseEvidence, parseObject } from './evidence-text';

/** What is wrong with one line. */
export interface LineFault {
  /** Counted from 1. */
  readonly line: number;
  /** A clause about that line. */
  readonly problem: string;
}

/** A line that a crash cut off while it was written. */
export interface TornLine {
  readonly line: number;
  /** The line after it says that it was torn; without that it is the last, and the next ceremony will say so. */
  readonly isMarked: boolean;
  /** The line on which the ceremony it began to note is whole. */
  readonly wholeOn: number | undefined;
}

/** One ceremony of a log. */
export interface LoggedEvidence {
  readonly line: number;
  readonly hash: string;
  readonly evidence: Evidence;
}

/** What a log is. */
export interface LogReport {
  /** The log's own id; absent where no line tells it. */
  readonly id: string | undefined;
  readonly lines: number;
  readonly entries: readonly LoggedEvidence[];
  readonly torn: readonly TornLine[];
  readonly faults: readonly LineFault[];
}

/** Judges the whole text of a fleet's log. */
export function verifyLog(text: string, fleet: string): LogReport {
  return new Judge(linesOf(text), text.endsWith('\n'), fleet).report();
}

/** Goes through the lines once, in order. */
class Judge {
  #id: string | undefined;
  readonly #entries: LoggedEvidence[] = [];
  readonly #torn: Omit<TornLine, 'wholeOn'>[] = [];
  readonly #faults: LineFault[] = [];
  readonly #seen = new Map<string, number>();
  /** The pieces that were judged last. */
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
          ? 'is not the beginning of a log: the lines before it were taken out'
          : `does not continue line ${index}: that line was changed after it was written, or a line between was taken out, put in or moved`,
      );
    }
    if (values.torn !== undefined && !this.#marksTorn(index)) {
      this.#fault(index, `says that lines before it were torn (${quote(values.torn)}), and they were not so`);
    }
    if (values.log !== undefined || this.#id === undefined) {
      this.#judgeHeader(index, values);
    } else {
      this.#judgeEntry(index, text);
    }
  }

  #judgeHeader(index: number, values: Readonly<Record<string, unknown>>): void {
    if (!isUuid(values.log)) {
      this.#fault(index, 'is not the beginning of a log: it has no log id');
    } else if (this.#id !== undefined) {
      this.#fault(index, `begins another log, ${values.log}`);
    } else if (values.schema !== LOG_SCHEMA) {
      this.#fault(index, `has log schema ${quote(values.schema)}, this version reads ${LOG_SCHEMA}`);
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
      this.#fault(index, `is of fleet ${evidence.fleet}, not of ${this.fleet}`);
    }
    const key = `${evidence.id} ${evidence.ceremony} ${evidence.deviceArn}`;
    const before = this.#seen.get(key);
    if (before !== undefined) {
      this.#fault(index, `repeats the ceremony of line ${before}`);
    } else {
      this.#seen.set(key, index + 1);
    }
    this.#entries.push({ line: index + 1, hash: hashOf(text), evidence });
  }

  /** A line that is no JSON object: what a crash left of one, or something else. */
  #judgePiece(index: number): void {
    if (index >= this.#run.end) {
      this.#run = this.#runFrom(index);
    }
    const { end, isMarked } = this.#run;
    const isTail = end === this.lines.length && !this.endsWhole;
    if (isMarked || isTail) {
      this.#torn.push({ line: index + 1, isMarked });
    } else {
      this.#fault(index, 'is not whole, and the line after it does not say that a crash tore it');
    }
  }

  /** Where the pieces that begin here end, and whether the line after them says that they were torn. */
  #runFrom(index: number): { readonly end: number; readonly isMarked: boolean } {
    let end = index + 1;
    while (end < this.lines.length && parseObject(this.lines[end] ?? '') === undefined) {
      end++;
    }
    return { end, isMarked: end < this.lines.length && this.#marksTorn(end) };
  }

  /** Whether a line says of those just before it that they were torn, at their very lengths. */
  #marksTorn(index: number): boolean {
    const torn = tornBefore(this.lines, index);
    return (
      torn.length > 0 && asciiJson(parseObject(this.lines[index] ?? '')?.torn ?? null) === asciiJson(torn)
    );
  }

  /** A ceremony whose line was torn is noted again when it is resumed. */
  #wholeOn(line: number): number | undefined {
    const [, id] = /"id":"([0-9a-f-]{36})"/.exec(this.lines[line - 1] ?? '') ?? [];
    return this.#entries.find(({ evidence, line: other }) => other > line && evidence.id === id)?.line;
  }

  #fault(index: number, problem: string): void {
    this.#faults.push({ line: index + 1, problem });
  }
}
