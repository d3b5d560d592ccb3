/** Puts a word in the place of what is other in every run, or nobody's business: ids, keys, digests, ports, dates. */
import { verifyLog } from '../../runbook/evidence/verify-log';
import type { Stage } from './stage';

// biome-ignore lint/suspicious/noControlCharactersInRegex: what moves a cursor is made of them
const DRAWN = /\r\u001B\[2K(?:[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] [^\r]*(?=\r))?/g;

const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<id>'],
  [/\b[0-9a-f]{64}\b/g, '<digest>'],
  [/\b[0-9a-f]{40}\b/g, '<digest>'],
  [/\b[0-9a-f]{32}\b/g, '<digest>'],
  // Progress that is drawn on a terminal and erased again.
  [DRAWN, ''],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>'],
  // AWS appends it to the name of a security key.
  [/-[A-Z2-7]{26}\b/g, '-<random>'],
  [/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>'],
  [/\b(ASIA|AKIA)[A-Z0-9]{8,}\b/g, '<$1 key>'],
  [/(AWS_SECRET_ACCESS_KEY=')[^']+/g, '$1<secret>'],
  [/(AWS_SESSION_TOKEN=')[^']+/g, '$1<token>'],
  [/("SecretAccessKey":")[^"]+/gi, '$1<secret>'],
  [/("SessionToken":")[^"]+/gi, '$1<token>'],
  [/^( {2}aws \S+ \S+) \d+ ms/g, '$1 <n> ms'],
  [/\b\d{8}\.<digest>/g, '<step>.<digest>'],
  [/\bmfa-runbook \d+\.\d+\.\d+\b/g, 'mfa-runbook <version>'],
];

/** Hides what differs from run to run in one transcript. */
export class Discretion {
  readonly #stage: Stage;
  /** Beginnings of the ids of journals, as commands show them. */
  readonly #ids = new Set<string>();

  public constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** A line as it may be printed and compared. */
  public hide(line: string): string {
    this.#learn();
    let hidden = line;
    for (const [pattern, word] of REPLACEMENTS) {
      hidden = hidden.replace(pattern, word);
    }
    for (const id of this.#ids) {
      hidden = hidden.replaceAll(id, '<id>');
    }
    return hidden;
  }

  /** A command as the person would type it: with the id of the journal that is open, or was. */
  public async reveal(command: string): Promise<string> {
    const { bench, fleet } = this.#stage;
    const [open] = await bench.journals.list(fleet);
    return command.replaceAll('<id>', open?.journal?.id.slice(0, 8) ?? [...this.#ids][0] ?? '<id>');
  }

  #learn(): void {
    const { journals, log } = this.#stage.bench;
    for (const text of journals.files.values()) {
      const [id] = /\b[0-9a-f]{8}(?=-[0-9a-f]{4}-)/.exec(text) ?? [];
      if (id !== undefined) {
        this.#ids.add(id);
      }
    }
    const logId = verifyLog(log, '').id;
    if (logId !== undefined) {
      this.#ids.add(logId);
    }
  }
}
