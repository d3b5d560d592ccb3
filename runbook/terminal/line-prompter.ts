/** Answers without a terminal: one line of input per question. */
import { printable } from '../../lib/record/rules';
import { cancelled } from '../runbook-error';
import type { Question } from './terminal';

/** Asks a person, or reads the answers from a file. */
export interface Prompter {
  ask(question: Question, signal: AbortSignal): Promise<string>;
  /** Asks for a secret, and returns it as it was typed. */
  askHidden(question: Question, signal: AbortSignal): Promise<string>;
  confirm(question: Question, signal: AbortSignal): Promise<boolean>;
  /** Forgets what is typed, and does not echo it, until the result is called. Only a terminal can. */
  ignoreTyping?(): () => void;
}

/** Returns the next line without its line end; `undefined` at the end of input. */
export type NextLine = (question: Question, signal: AbortSignal) => Promise<string | undefined>;

/** Writes each question as a line, and asks again after an answer that fails its check. */
export class LinePrompter implements Prompter {
  readonly #nextLine: NextLine;
  readonly #write: (text: string) => void;
  readonly #nextHidden: NextLine;

  /** @param nextHidden reads a line that must not be shown; without a terminal nothing is echoed */
  public constructor(nextLine: NextLine, write: (text: string) => void, nextHidden = nextLine) {
    this.#nextLine = nextLine;
    this.#write = write;
    this.#nextHidden = nextHidden;
  }

  public async ask(question: Question, signal: AbortSignal): Promise<string> {
    return (await this.#take(question, this.#nextLine, signal)).trim();
  }

  /** A check never quotes a secret. */
  public askHidden(question: Question, signal: AbortSignal): Promise<string> {
    return this.#take(question, this.#nextHidden, signal);
  }

  async #take(question: Question, nextLine: NextLine, signal: AbortSignal): Promise<string> {
    for (;;) {
      signal.throwIfAborted();
      this.#write(`? ${printable(question.message)}\n`);
      const line = await nextLine(question, signal);
      if (line === undefined) {
        throw cancelled(undefined, 'cancelled: the input ended at this question');
      }
      const problem = question.check?.(line.trim());
      if (problem === undefined) {
        return line;
      }
      this.#write(`! ${printable(problem)}\n`);
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
