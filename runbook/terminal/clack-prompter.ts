/** Answers from a terminal. Only the prompts of clack are used: its spinner ends the process on Ctrl-C. */
import type { Readable, Writable } from 'node:stream';
import { cancelled } from '../runbook-error';
import type { Prompter } from './line-prompter';
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
    const answer = await withOwnSignal(signal, (own) =>
      text({
        message: question.message,
        input: this.#input,
        output: this.#output,
        signal: own,
        validate: (value) => question.check?.((value ?? '').trim()),
      }),
    );
    if (typeof answer !== 'string') {
      throw cancelled();
    }
    return answer.trim();
  }

  public async askHidden(question: Question, signal: AbortSignal): Promise<string> {
    const { password } = await import('@clack/prompts');
    const answer = await withOwnSignal(signal, (own) =>
      password({
        message: question.message,
        input: this.#input,
        output: this.#output,
        signal: own,
        validate: (value) => question.check?.((value ?? '').trim()),
      }),
    );
    if (typeof answer !== 'string') {
      throw cancelled();
    }
    return answer;
  }

  public async confirm(question: Question, signal: AbortSignal): Promise<boolean> {
    const { confirm } = await import('@clack/prompts');
    const answer = await withOwnSignal(signal, (own) =>
      confirm({
        message: question.message,
        input: this.#input,
        output: this.#output,
        signal: own,
        initialValue: false,
      }),
    );
    if (typeof answer !== 'boolean') {
      throw cancelled();
    }
    return answer;
  }
}

/** Gives each prompt a signal of its own: clack never stops listening to one, and would close all earlier prompts again. */
async function withOwnSignal<T>(signal: AbortSignal, prompt: (own: AbortSignal) => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const own = new AbortController();
  let stop: () => void = () => undefined;
  // The prompt alone is not enough: when its terminal is gone, closing it fails and it never settles.
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => {
      reject(cancelled(signal.reason));
      own.abort(signal.reason);
    };
  });
  signal.addEventListener('abort', stop);
  try {
    return await Promise.race([prompt(own.signal), stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
