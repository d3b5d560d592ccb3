/** Answers without a terminal: one line of input per question. */
import { cancelled } from '../runbook-error';
import type { Question } from './terminal';

/** Asks a person, or reads the answers from a file. */
export interface Prompter {
  ask(question: Question, signal: AbortSignal): Promise<string>;
  /** Asks for a secret, and returns it as it was typed. */
  askHidden(question: Question, signal: AbortSignal): Promise<string>;
  confirm(question: Question, signal: AbortSignal): Promise<boolean>;
}

/** Returns the next line without its line end; `undefined` at the end of input. */
export type NextLine = (question: Question, signal: AbortSignal) => Promise<string | undefined>;

/** Writes each question as a line, and asks again after an answer that fails its check. */
export class LinePrompter implements Prompter {
  readonly #nextLine: NextLine;
  readonly #write: (text: string) => void;

  public constructor(nextLine: NextLine, write: (text: string) => void) {
    this.#nextLine = nextLine;
    this.#write = write;
  }

  public async ask(question: Question, signal: AbortSignal): Promise<string> {
    return (await this.askHidden(question, signal)).trim();
  }

  /** Without a terminal nothing is echoed. A check never quotes a secret. */
  public async askHidden(question: Question, signal: AbortSignal): Promise<string> {
    for (;;) {
      signal.throwIfAborted();
      this.#write(`? ${question.message}\n`);
      const line = await this.#nextLine(question, signal);
      if (line === undefined) {
        throw cancelled(undefined, 'cancelled: the input ended at this question');
      }
      const problem = question.check?.(line.trim());
      if (problem === undefined) {
        return line;
      }
      this.#write(`! ${problem}\n`);
    }
  }

  public async confirm(question: Question, signal: AbortSignal): Promise<boolean> {
    const answer = await this.ask(
      {
        ...question,
        message: `${question.message} [yes/no]`,
        check: (text) => (/^(y|yes|n|no)$/i.test(text) ? undefined : `answer yes or no, not "${text}"`),
      },
      signal,
    );
    return /^y/i.test(answer);
  }
}
