/** Answers from a terminal. Only the prompts of clack are used: its spinner ends the process on Ctrl-C. */
import type { Readable, Writable } from 'node:stream';
import { cancelled } from '../runbook-error';
import type { Prompter } from './line-prompter';
import { layOut } from './printed-text';
import type { Question } from './terminal';

/** Keys that a terminal turns into signals, unless it hands every key over. */
const SIGNALS: ReadonlyMap<number, NodeJS.Signals> = new Map([
  [0x03, 'SIGINT'],
  [0x1a, 'SIGTSTP'],
  [0x1c, 'SIGQUIT'],
]);

/** Those that do not answer a question: Ctrl-C does, by cancelling it. */
const ASIDE: ReadonlyMap<number, NodeJS.Signals> = new Map(
  [...SIGNALS].filter(([, name]) => name !== 'SIGINT'),
);

/** Before the first line of a question comes its mark, before each further one a bar. */
const BAR = '│  ';
const USUAL_WIDTH = 80;

/** A terminal hands every key over in raw mode; in tests there is none. */
type Keyboard = Readable & { readonly isTTY?: boolean; setRawMode?(isRaw: boolean): unknown };
type Screen = Writable & { readonly columns?: number };

/**
 * Told of a key that is a signal; resolves once this process, which a signal may stop, runs again. Of Ctrl-C it is told only
 * while what is typed is ignored.
 */
export type OnSignal = (name: NodeJS.Signals) => Promise<void>;

/** Asks on a terminal; Escape and Ctrl-C cancel. */
export class ClackPrompter implements Prompter {
  readonly #input: Keyboard;
  readonly #output: Screen;
  readonly #onSignal: OnSignal;

  public constructor(input: Keyboard, output: Screen, onSignal: OnSignal = async () => undefined) {
    this.#input = input;
    this.#output = output;
    this.#onSignal = onSignal;
  }

  public async ask(question: Question, signal: AbortSignal): Promise<string> {
    const { text } = await import('@clack/prompts');
    const answer = await this.#answer(signal, (own) =>
      text({ ...this.#prompt(question), message: this.#message(question.message, BAR), signal: own }),
    );
    if (typeof answer !== 'string') {
      throw cancelled();
    }
    return answer.trim();
  }

  public async askHidden(question: Question, signal: AbortSignal): Promise<string> {
    const { password } = await import('@clack/prompts');
    const answer = await this.#answer(signal, (own) =>
      password({ ...this.#prompt(question), message: this.#message(question.message, BAR), signal: own }),
    );
    if (typeof answer !== 'string') {
      throw cancelled();
    }
    return answer;
  }

  public async confirm(question: Question, signal: AbortSignal): Promise<boolean> {
    const { confirm } = await import('@clack/prompts');
    const answer = await this.#answer(signal, (own) =>
      // This prompt draws the bars itself.
      confirm({
        ...this.#prompt(question),
        message: this.#message(question.message, ''),
        signal: own,
        initialValue: false,
      }),
    );
    if (typeof answer !== 'boolean') {
      throw cancelled();
    }
    return answer;
  }

  public ignoreTyping(): () => void {
    const input = this.#input;
    const onSignal = this.#onSignal;
    let isIgnoring = true;
    /** Gives the shell that a signal leads to its echo. The work may have ended when this process runs again. */
    async function passOn(name: NodeJS.Signals): Promise<void> {
      input.setRawMode?.(false);
      await onSignal(name);
      if (isIgnoring) {
        input.setRawMode?.(true);
      }
    }
    function take(keys: Buffer | string): void {
      for (const key of Buffer.from(keys)) {
        const name = SIGNALS.get(key);
        if (name !== undefined) {
          void passOn(name);
        }
      }
    }
    /** A terminal that is gone says so to the process by a signal, too. */
    function ignore(): void {}
    input.setRawMode?.(true);
    input.on('error', ignore).on('data', take).resume();
    return () => {
      isIgnoring = false;
      input.off('data', take).pause();
      // Keys that have arrived already would be the beginning of the next answer.
      while (input.read() !== null) {}
      input.setRawMode?.(false);
      input.off('error', ignore);
    };
  }

  /**
   * Closes the prompt for a key that is a signal, and asks again afterwards. clack leaves these keys to Node's readline, which never reads
   * again after Ctrl-Z, so that the command would end as if it had nothing left to do, and which ignores Ctrl-\\.
   */
  async #answer<T>(signal: AbortSignal, prompt: (own: AbortSignal) => Promise<T>): Promise<T> {
    for (;;) {
      let pressed: NodeJS.Signals | undefined;
      let take: (keys: Buffer | string) => void = () => undefined;
      try {
        const answer = await withOwnSignal(signal, (own, close) => {
          take = (keys) => {
            pressed ??= [...Buffer.from(keys)]
              .map((key) => ASIDE.get(key))
              .find((name) => name !== undefined);
            if (pressed !== undefined) {
              close();
            }
          };
          // Before readline hears of it.
          this.#input.prependListener('data', take);
          return prompt(own);
        });
        if (pressed === undefined) {
          return answer;
        }
      } finally {
        this.#input.off('data', take);
      }
      await this.#onSignal(pressed);
    }
  }

  #prompt({ check }: Question) {
    return {
      input: this.#input,
      output: this.#output,
      validate: (value: string | undefined) => {
        const problem = check?.((value ?? '').trim());
        return problem === undefined ? undefined : this.#message(problem, BAR);
      },
    };
  }

  /** Lays a text out between words; clack itself breaks lines anywhere. */
  #message(text: string, bar: string): string {
    const width = (this.#output.columns || USUAL_WIDTH) - BAR.length;
    return layOut(text, { width, indent: '' }).join(`\n${bar}`);
  }
}

/** Gives each prompt a signal of its own: clack never stops listening to one, and would close all earlier prompts again. */
async function withOwnSignal<T>(
  signal: AbortSignal,
  prompt: (own: AbortSignal, close: () => void) => Promise<T>,
): Promise<T> {
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
    return await Promise.race([prompt(own.signal, () => own.abort()), stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
