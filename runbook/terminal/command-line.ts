/** The command line of a run, and the others that messages name, as a person can paste them into a shell. */

/** Options that change what is shown or asked, not what is done: a hint does not repeat them. */
const FLAGS: ReadonlySet<string> = new Set(['--json', '--yes', '--verbose', '--trace-apdu']);

/** The same for an option with a value: a file is recorded once. */
const NOT_REPEATED_WITH_VALUE: ReadonlySet<string> = new Set(['--record']);

/** Options of every command that take a value: a hint that names another command keeps them. */
const COMMON: ReadonlySet<string> = new Set(['--fleet', '--profile', '--region', '--reader']);

/** A command line of this program. */
export class CommandLine {
  private constructor(
    private readonly words: readonly string[],
    private readonly common: readonly string[],
    /** `--` and what follows it: a command line of another program. */
    private readonly passedOn: readonly string[],
  ) {}

  /** Takes the words after the program's name, as they were typed. */
  public static of(args: readonly string[]): CommandLine {
    const words: string[] = [];
    const common: string[] = [];
    const end = args.includes('--') ? args.indexOf('--') : args.length;
    for (let index = 0; index < end; index++) {
      const word = args[index] ?? '';
      const [name = ''] = word.split('=', 1);
      if (FLAGS.has(word)) {
        continue;
      }
      if (NOT_REPEATED_WITH_VALUE.has(name)) {
        index += word === name ? 1 : 0;
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
    return new CommandLine(words, common, args.slice(end));
  }

  /** Makes another command with the same common options. */
  public other(...words: readonly string[]): CommandLine {
    return new CommandLine(words, this.common, []);
  }

  /** Makes the same command with another value of an option, or without it. */
  public with(option: string, value?: string): CommandLine {
    const words = without(this.words, option);
    const common = without(this.common, option);
    const added = value === undefined ? [] : [option, value];
    return COMMON.has(option)
      ? new CommandLine(words, [...common, ...added], this.passedOn)
      : new CommandLine([...words, ...added], common, this.passedOn);
  }

  /** The common options, each after a blank: ` --fleet payments`; empty if none was given. */
  public get options(): string {
    return this.common.map((word) => ` ${quoted(word)}`).join('');
  }

  public toString(): string {
    return ['mfa-runbook', ...this.words, ...this.common, ...this.passedOn].map(quoted).join(' ');
  }
}

/** Leaves an option and its value out. */
function without(words: readonly string[], option: string): readonly string[] {
  return words.filter(
    (word, index) => word !== option && words[index - 1] !== option && !word.startsWith(`${option}=`),
  );
}

/**
 * Quotes a word for a POSIX shell, if it needs quotes. A brace is separated from what follows it by an empty pair of quotes:
 * hints take `{command}` for this command line, and would put it into the word.
 */
export function quoted(word: string): string {
  return /^[\w.@%+=:,/-]+$/.test(word)
    ? word
    : `'${word.replace(/'/g, `'\\''`).replace(/\{(?=command|options)/g, `{''`)}'`;
}

/** Moves common options that stand before a command, or within its name, behind it: there the parser knows them. */
export function commonAfterCommand(args: readonly string[]): readonly string[] {
  const words: string[] = [];
  const common: string[] = [];
  let index = 0;
  for (; index < args.length; index++) {
    const word = args[index] ?? '';
    const [name = ''] = word.split('=', 1);
    if (FLAGS.has(word) || (COMMON.has(name) && word !== name)) {
      common.push(word);
    } else if (COMMON.has(name)) {
      common.push(...args.slice(index, index + 2));
      index++;
    } else if (word.startsWith('-')) {
      break;
    } else {
      words.push(word);
    }
  }
  // Without a command they have no meaning.
  return [...words, ...(words.length === 0 ? [] : common), ...args.slice(index)];
}
