/** The command line of this run, printed again for hints. */

/** Options that change what is shown or asked, not what is done: a hint does not repeat them. */
const NOT_REPEATED: ReadonlySet<string> = new Set(['--json', '--yes', '--verbose', '--trace-apdu']);

/** Options of every command that take a value: a hint that names another command keeps them. */
const COMMON: ReadonlySet<string> = new Set(['--fleet', '--profile', '--region', '--reader']);

/** A command line of this program, as a shell takes it. */
export class CommandLine {
  private constructor(
    private readonly words: readonly string[],
    private readonly common: readonly string[],
  ) {}

  /** @param args the words after the program's name; those after `--` belong to another program and stay as they are */
  public static of(args: readonly string[]): CommandLine {
    const words: string[] = [];
    const common: string[] = [];
    const end = args.includes('--') ? args.indexOf('--') : args.length;
    for (let index = 0; index < end; index++) {
      const word = args[index] ?? '';
      const [name = ''] = word.split('=', 1);
      if (NOT_REPEATED.has(word)) {
        continue;
      }
      if (!COMMON.has(name)) {
        words.push(word);
      } else if (word === name) {
        index++;
        common.push(word, args[index] ?? '');
      } else {
        common.push(word);
      }
    }
    return new CommandLine([...words, ...args.slice(end)], common);
  }

  /** Another command with the same common options. */
  public other(...words: readonly string[]): CommandLine {
    return new CommandLine(words, this.common);
  }

  /** The common options, each after a blank: ` --fleet payments`; nothing where none was given. */
  public get options(): string {
    return this.common.map((word) => ` ${quoted(word)}`).join('');
  }

  public toString(): string {
    const end = this.words.includes('--') ? this.words.indexOf('--') : this.words.length;
    const own = ['mfa-runbook', ...this.words.slice(0, end)].map(quoted).join(' ');
    const passed = this.words.slice(end).map((word) => ` ${quoted(word)}`);
    return `${own}${this.options}${passed.join('')}`;
  }
}

/** A word as a shell takes it. */
export function quoted(text: string): string {
  return /^[\w.@%+=:,/-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`;
}
