/**
 * A terminal over two streams of text: messages for people on one, data on the other.
 *
 * Nothing else writes what people read. Whatever comes from outside (names of readers, ARNs, texts of AWS, files,
 * arguments) is made printable here; the only control characters are the line end and this file's own.
 */
import { printable, printableJson } from '../../lib/record/rules';
import type { Prompter } from './line-prompter';
import { cutProgress, displayWidth, forPeople, layOut } from './printed-text';
import { layOutTable, type Row } from './table';
import type { Question, Terminal } from './terminal';

interface StreamTerminalOptions {
  readonly writePeople: (text: string) => void;
  /** Takes data and events. */
  readonly writeData: (text: string) => void;
  /** Columns of the terminal behind a stream, at this moment; none is no terminal, whose lines are never wrapped. */
  readonly columns?: ((stream: 'people' | 'data') => number | undefined) | undefined;
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
/** A live terminal that does not say how wide it is. */
const USUAL_WIDTH = 80;

export class StreamTerminal implements Terminal {
  readonly #options: StreamTerminalOptions;
  /** The number of open questions: while there is one, progress must not draw over it. */
  #asking = 0;
  /** Messages that came while a question was open on a terminal: they would tear the question. */
  #heldBack = '';
  /** The number of progress lines on the terminal. */
  #drawing = 0;
  /** Has what is typed echoed again, and kept for the next question. */
  #hear: (() => void) | undefined;

  public constructor(options: StreamTerminalOptions) {
    this.#options = options;
  }

  public heading(text: string): void {
    this.#people(text, { code: '1' });
  }

  public command(line: string): void {
    if (!this.#options.json) {
      this.#write(`${this.#paint('1', printable(line))}\n`);
    }
  }

  public say(text: string): void {
    this.#people(text, { mark: '✓', code: '32' });
  }

  public note(text: string): void {
    this.event('note', { message: text });
    this.#people(text, { mark: '→', code: '36' });
  }

  /** Says how the command failed; the event has the same in one piece. */
  public failure(lines: readonly string[]): void {
    for (const line of lines) {
      this.#people(line, {});
    }
  }

  public detail(text: string): void {
    if (this.#options.verbose) {
      this.trace(text);
    }
  }

  public trace(text: string): void {
    for (const line of text.split('\n')) {
      this.#write(`${this.#paint('2', `  ${printable(line)}`)}\n`);
    }
  }

  public data(text: string): void {
    if (!this.#options.json) {
      this.#options.writeData(`${text.split('\n').map(printable).join('\n')}\n`);
    }
  }

  public table(rows: readonly Row[], indent = ''): void {
    if (!this.#options.json) {
      const lines = layOutTable(rows, { width: this.#options.columns?.('data'), indent });
      this.#options.writeData(lines.map((line) => `${line}\n`).join(''));
    }
  }

  public event(name: string, data: Readonly<Record<string, unknown>>): void {
    if (this.#options.json) {
      this.#options.writeData(`${printableJson({ event: name, ...data })}\n`);
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
      const message = now();
      this.event('waiting', { message });
      this.#people(message, { mark: '…' });
      return work;
    }
    const first = now();
    this.#sayWhatIsCut(first);
    let frame = 0;
    this.#drawing++;
    this.#hush();
    const draw = (shown: string): void => {
      if (this.#asking === 0) {
        const line = `${FRAMES[frame++ % FRAMES.length]} ${forPeople(shown)}`;
        this.#options.writePeople(`${CLEAR_LINE}${cutProgress(line, this.#progressWidth)}`);
      }
    };
    draw(first);
    const timer = setInterval(() => draw(now()), TICK_MS);
    try {
      return await work;
    } finally {
      clearInterval(timer);
      this.#drawing--;
      this.#hush();
      if (this.#asking === 0) {
        this.#options.writePeople(CLEAR_LINE);
      }
    }
  }

  /** The last column stays empty: some terminals begin the next line in it. */
  get #progressWidth(): number {
    return (this.#options.columns?.('people') ?? USUAL_WIDTH) - 1;
  }

  /** Says once in full what a line of progress has no room for. */
  #sayWhatIsCut(text: string): void {
    if (displayWidth(forPeople(text)) + 2 > this.#progressWidth) {
      this.#people(text, { mark: '…' });
    }
  }

  async #alone<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#options.live) {
      this.#options.writePeople(CLEAR_LINE);
    }
    this.#asking++;
    this.#hush();
    try {
      return await ask();
    } finally {
      this.#asking--;
      if (this.#asking === 0) {
        this.#options.writePeople(this.#heldBack);
        this.#heldBack = '';
      }
      this.#hush();
    }
  }

  /**
   * Sees to it that what is typed while the command works is neither echoed into its progress nor taken as the answer to
   * the next question, which nobody has read yet: a code would be the old one.
   */
  #hush(): void {
    const isListening = this.#drawing === 0 || this.#asking > 0;
    if (isListening) {
      this.#hear?.();
      this.#hear = undefined;
    } else {
      this.#hear ??= this.#options.prompter.ignoreTyping?.();
    }
  }

  #people(text: string, { mark, code }: { readonly mark?: string; readonly code?: string }): void {
    const { json, columns } = this.#options;
    if (json) {
      return;
    }
    const taken = mark === undefined ? 0 : mark.length + 1;
    const lines = layOut(text, { width: columns?.('people'), taken }).join('\n');
    const painted = code === undefined ? (mark ?? lines) : this.#paint(code, mark ?? lines);
    const whole = mark === undefined ? `${painted}\n` : `${painted} ${lines}\n`;
    this.#write(whole);
  }

  #write(line: string): void {
    const { live, writePeople } = this.#options;
    if (live && this.#asking > 0) {
      this.#heldBack += line;
    } else {
      writePeople(this.#drawing > 0 ? `${CLEAR_LINE}${line}` : line);
    }
  }

  #paint(code: string, text: string): string {
    return this.#options.color ? `\u001B[${code}m${text}\u001B[0m` : text;
  }
}
