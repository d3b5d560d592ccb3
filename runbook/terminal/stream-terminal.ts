/** A terminal over two streams of text: messages for people on one, data on the other. */
import type { Prompter } from './line-prompter';
import type { Question, Terminal } from './terminal';

interface StreamTerminalOptions {
  readonly writePeople: (text: string) => void;
  /** Takes data and events. */
  readonly writeData: (text: string) => void;
  readonly prompter: Prompter;
  /** People read on a terminal, so progress may rewrite its line. */
  readonly live: boolean;
  readonly color: boolean;
  /** Print events, and neither messages nor data. */
  readonly json: boolean;
  readonly verbose: boolean;
  /** Answer every confirmation with yes. */
  readonly yes: boolean;
}

const TICK_MS = 100;
const CLEAR_LINE = '\r\u001B[2K';
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

export class StreamTerminal implements Terminal {
  readonly #options: StreamTerminalOptions;
  /** The number of open questions: while there is one, progress must not draw over it. */
  #asking = 0;
  /** Messages that came while a question was open on a terminal: they would tear the question. */
  #heldBack = '';
  /** The number of progress lines on the terminal. */
  #drawing = 0;

  public constructor(options: StreamTerminalOptions) {
    this.#options = options;
  }

  public heading(text: string): void {
    this.#people(`${this.#paint('1', text)}\n`);
  }

  public say(text: string): void {
    this.#people(`${this.#paint('32', '✓')} ${text}\n`);
  }

  public note(text: string): void {
    this.event('note', { message: text });
    this.#people(`${this.#paint('36', '→')} ${text}\n`);
  }

  public detail(text: string): void {
    if (this.#options.verbose) {
      this.#options.writePeople(`${this.#paint('2', `  ${text}`)}\n`);
    }
  }

  public data(text: string): void {
    if (!this.#options.json) {
      this.#options.writeData(`${text}\n`);
    }
  }

  public event(name: string, data: Readonly<Record<string, unknown>>): void {
    if (this.#options.json) {
      this.#options.writeData(`${JSON.stringify({ event: name, ...data })}\n`);
    }
  }

  public async ask(question: Question, signal: AbortSignal): Promise<string> {
    this.event('ask', { name: question.name, message: question.message });
    return this.#alone(() => this.#options.prompter.ask(question, signal));
  }

  public async askHidden(question: Question, signal: AbortSignal): Promise<string> {
    this.event('ask', { name: question.name, message: question.message });
    return this.#alone(() => this.#options.prompter.askHidden(question, signal));
  }

  public async confirm(question: Question, signal: AbortSignal): Promise<boolean> {
    if (this.#options.yes) {
      const { message } = question;
      this.note(`${message}${message.endsWith('?') ? '' : ':'} yes, by --yes`);
      return true;
    }
    this.event('ask', { name: question.name, message: question.message });
    return this.#alone(() => this.#options.prompter.confirm(question, signal));
  }

  public async during<T>(text: string | (() => string), work: Promise<T>): Promise<T> {
    const now = typeof text === 'string' ? () => text : text;
    if (this.#options.json || !this.#options.live) {
      this.event('waiting', { message: now() });
      this.#people(`… ${now()}\n`);
      return work;
    }
    let frame = 0;
    this.#drawing++;
    const draw = (): void => {
      if (this.#asking === 0) {
        this.#options.writePeople(`${CLEAR_LINE}${FRAMES[frame++ % FRAMES.length]} ${now()}`);
      }
    };
    draw();
    const timer = setInterval(draw, TICK_MS);
    try {
      return await work;
    } finally {
      clearInterval(timer);
      this.#drawing--;
      if (this.#asking === 0) {
        this.#options.writePeople(CLEAR_LINE);
      }
    }
  }

  async #alone<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#options.live) {
      this.#options.writePeople(CLEAR_LINE);
    }
    this.#asking++;
    try {
      return await ask();
    } finally {
      this.#asking--;
      if (this.#asking === 0) {
        this.#options.writePeople(this.#heldBack);
        this.#heldBack = '';
      }
    }
  }

  #people(text: string): void {
    if (this.#options.json) {
      return;
    }
    if (this.#options.live && this.#asking > 0) {
      this.#heldBack += text;
    } else {
      this.#options.writePeople(this.#drawing > 0 ? `${CLEAR_LINE}${text}` : text);
    }
  }

  #paint(code: string, text: string): string {
    return this.#options.color ? `\u001B[${code}m${text}\u001B[0m` : text;
  }
}
