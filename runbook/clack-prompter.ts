/** Answers from a terminal. Only clack's prompts are used: its spinner ends the process on Ctrl-C. */
import type { Readable, Writable } from 'node:stream';
import type { Prompter } from './line-prompter';
import { cancelled } from './runbook-error';
import type { Question } from './terminal';

/** Asks on a terminal; Escape and Ctrl-C cancel. */
export class ClackPrompter implements Prompter {
  readonly #input: Readable;
  readonly #output: Writable;

  public constructor(input: Readable, output: Writable) {
    this.#input = input;
    this.#output = output;
  }

  public async ask(question: Question, signal: AbortSignal): Promise<string> {
    const { text } = await import('@clack/prompts');
    const answer = await text({
      message: question.message,
      input: this.#input,
      output: this.#output,
      signal,
      validate: (value) => question.check?.((value ?? '').trim()),
    });
    if (typeof answer !== 'string') throw cancelled();
    return answer.trim();
  }

  public async confirm(question: Question, signal: AbortSignal): Promise<boolean> {
    const { confirm } = await import('@clack/prompts');
    const answer = await confirm({
      message: question.message,
      input: this.#input,
      output: this.#output,
      signal,
      initialValue: false,
    });
    if (typeof answer !== 'boolean') throw cancelled();
    return answer;
  }
}
