/** Reports the fault tests: lines for people on stderr, and with `--json` one line for each result on stdout. */
import type { Episode } from './episode';
import type { Violation } from './violation';

/** One run that was judged. */
export interface Result {
  readonly part: string;
  /** The identity of this run: a cell, a seed, a burn. */
  readonly run: string;
  /** The type of the token that it is about. */
  readonly driver?: string;
  /** Seed that plays it again. */
  readonly seed?: number;
  readonly violations: readonly Violation[];
}

/** Where results go. */
export interface Report {
  /** A part begins. */
  begin(part: string): void;
  /** @param kept whether `--json` prints it even when nothing is wrong */
  result(result: Result, kept: boolean): void;
  /** A part has ended. */
  end(part: string, counts: Readonly<Record<string, number>>): void;
  readonly failures: number;
}

/** A report over two streams of text. */
export class StreamReport implements Report {
  #failures = 0;
  #runs = 0;
  #failuresBefore = 0;
  #beganAt = 0;

  public constructor(
    private readonly json: boolean,
    private readonly writePeople: (text: string) => void,
    private readonly writeData: (text: string) => void,
  ) {}

  public get failures(): number {
    return this.#failures;
  }

  public begin(part: string): void {
    this.#runs = 0;
    this.#failuresBefore = this.#failures;
    this.#beganAt = performance.now();
    this.writePeople(`${part} …\n`);
  }

  public result(result: Result, kept: boolean): void {
    this.#runs++;
    const isBad = result.violations.length > 0;
    if (isBad) {
      this.#failures++;
    }
    if (this.json && (kept || isBad)) {
      this.writeData(`${JSON.stringify({ event: 'run', ...result })}\n`);
    }
    if (!isBad) {
      return;
    }
    const seed = result.seed === undefined ? '' : ` (--seed ${result.seed} --runs 1 --verbose)`;
    this.writePeople(`  ${result.part} ${result.run}${seed}\n`);
    for (const { invariant, detail } of result.violations) {
      this.writePeople(`    ${invariant}: ${detail}\n`);
    }
  }

  public end(part: string, counts: Readonly<Record<string, number>>): void {
    const seconds = Math.round((performance.now() - this.#beganAt) / 100) / 10;
    const violated = this.#failures - this.#failuresBefore;
    const others = Object.entries(counts).map(([name, count]) => `, ${count} ${name}`);
    this.writePeople(`${part}: ${this.#runs} runs, ${violated} violated${others.join('')}, ${seconds} s\n`);
    if (!this.json) {
      return;
    }
    const summary = { event: 'part', part, runs: this.#runs, violated, ...counts, seconds };
    this.writeData(`${JSON.stringify(summary)}\n`);
  }
}

/** A run as a person follows it. */
export function formatEpisode({ output, trace, exitCodes, violations }: Episode): string {
  const begin = trace[0]?.atMs ?? 0;
  const calls = trace.map(
    ({ atMs, process, kind, name, fault }) =>
      `${((atMs - begin) / 1000).toFixed(3).padStart(9)} s  ${process.padEnd(16)} ${kind.padEnd(8)} ${name}${fault === undefined ? '' : `  !! ${fault}`}`,
  );
  const found = violations.map(({ invariant, detail }) => `VIOLATED ${invariant}: ${detail}`);
  return [output.trimEnd(), '', ...calls, '', JSON.stringify(exitCodes), ...found, ''].join('\n');
}
