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

/** Reads lines that must not be shown. */
interface HiddenLines {
  readonly nextLine: NextLine;
  /** Switches the echo of the terminal off, and on again when the result is called. */
  hide(): () => void;
}

/** Writes each question as a line, and asks again after an answer that fails its check. */
export class LinePrompter implements Prompter {
  readonly #nextLine: NextLine;
  readonly #write: (text: string) => void;
  readonly #hidden: HiddenLines;

  /** @param hidden needed for a terminal; nothing else echoes */
  public constructor(nextLine: NextLine, write: (text: string) => void, hidden?: HiddenLines) {
    this.#nextLine = nextLine;
    this.#write = write;
    this.#hidden = hidden ?? { nextLine, hide: () => () => undefined };
  }

  public async ask(question: Question, signal: AbortSignal): Promise<string> {
    return (await this.#take(question, this.#nextLine, signal)).trim();
  }

  /** Hides what is typed before anybody can read the question. A check never quotes a secret. */
  public async askHidden(question: Question, signal: AbortSignal): Promise<string> {
    const show = this.#hidden.hide();
    try {
      return await this.#take(question, this.#hidden.nextLine, signal);
    } finally {
      show();
    }
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
