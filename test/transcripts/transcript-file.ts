/**
 * The format of a recorded transcript: plain text that reads as a terminal does.
 *
 *     # what the story is
 *
 *     * lays 86596220000001 on the reader          what people do and what happens to the world
 *     $ mfa-runbook enroll alice --slot primary    what is typed at the shell
 *     ? code of alice primary, token 865962…       what the program says (stderr)
 *     > <code>                                     what is typed at a prompt
 *     [stdout] arn:aws:iam::…                      data
 *     exit 0
 *     + iam: …                                     what is other than before the command
 *
 * Comments, directions, commands and answers are the script. All else is the result: written by
 * `UPDATE_TRANSCRIPTS=1 npx jest test/transcripts`, read and reviewed by people, and compared to the letter.
 */

/** Something a person does, or that happens: before a command, or once a line is said or an answer is given. */
export interface Direction {
  /** Without the asterisk. */
  readonly text: string;
  /** The indented lines below a direction that ends with a colon. */
  readonly block: string;
  /** The line or answer that it follows inside a command; nothing if it comes before one. */
  readonly after: { readonly line: string } | { readonly answer: number } | undefined;
}

/** One command, what is typed at its prompts, and what happens while it runs. */
export interface Scene {
  /** Directions before the command. */
  readonly before: readonly Direction[];
  /** The command line after the `$`. */
  readonly command: string;
  readonly answers: readonly string[];
  readonly during: readonly Direction[];
}

/** A recorded transcript. */
export interface Transcript {
  /** The comment at its head, `#` included. */
  readonly header: readonly string[];
  readonly scenes: readonly Scene[];
}

const BLOCK_INDENT = '    ';

/**
 * Reads the script of a transcript.
 *
 * @throws Error on a transcript that has no story, runs no command or ends with directions
 */
export function parseTranscript(text: string): Transcript {
  const lines = text.split('\n');
  const headerLength = Math.max(
    0,
    lines.findIndex((line) => !line.startsWith('#')),
  );
  if (headerLength === 0) {
    throw new Error('a transcript begins with a comment that tells its story');
  }
  const script = new Script();
  for (let at = headerLength; at < lines.length; at++) {
    const block = lines[at]?.startsWith('* ') && lines[at]?.endsWith(':') ? indentedBelow(lines, at) : [];
    script.read(lines[at] ?? '', block.join('\n'));
    at += block.length;
  }
  return { header: lines.slice(0, headerLength), scenes: script.finish() };
}

/** The scenes read so far. */
class Script {
  readonly #scenes: Scene[] = [];
  #before: Direction[] = [];
  #scene: { command: string; answers: string[]; during: Direction[]; last: Direction['after'] } | undefined;

  /** Takes one line; an empty one ends a command. */
  public read(line: string, block: string): void {
    const scene = this.#scene;
    const [mark, rest] = [line.slice(0, 2), line.slice(2)];
    if (line === '') {
      this.#end();
    } else if (mark === '$ ') {
      this.#begin(rest);
    } else if (mark === '* ') {
      const directions = scene?.during ?? this.#before;
      directions.push({ text: rest, block, after: scene?.last });
    } else if (mark === '> ' && scene !== undefined) {
      scene.last = { answer: scene.answers.push(rest) - 1 };
    } else if (scene !== undefined) {
      scene.last = { line };
    }
  }

  public finish(): readonly Scene[] {
    this.#end();
    const [direction] = this.#before;
    if (direction !== undefined) {
      throw new Error(`nothing follows the direction "${direction.text}"`);
    }
    if (this.#scenes.length === 0) {
      throw new Error('a transcript runs at least one command: a line with $');
    }
    return this.#scenes;
  }

  #begin(command: string): void {
    this.#end();
    this.#scene = { command, answers: [], during: [], last: undefined };
  }

  #end(): void {
    if (this.#scene === undefined) {
      return;
    }
    const { command, answers, during } = this.#scene;
    this.#scenes.push({ before: this.#before, command, answers, during });
    this.#before = [];
    this.#scene = undefined;
  }
}

function indentedBelow(lines: readonly string[], at: number): readonly string[] {
  const below = lines.slice(at + 1);
  const end = below.findIndex((line) => !line.startsWith(BLOCK_INDENT));
  return below.slice(0, end < 0 ? below.length : end);
}

/** A direction as it stands in the file. */
export function formatDirection({ text, block }: Pick<Direction, 'text' | 'block'>): readonly string[] {
  return [`* ${text}`, ...(block === '' ? [] : block.split('\n'))];
}

/** The lines of a program's output that would read as script are marked. */
export function formatOutput(line: string): string {
  if (line === '') {
    return '.';
  }
  return /^([*$>#.\\] |[.\\]$|exit )/.test(line) ? `\\${line}` : line;
}

/** The words of a command line, as a shell splits them: blanks, single and double quotes. */
export function splitWords(command: string): readonly string[] {
  const words = [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)];
  return words.map(([word]) => word.replace(/'([^']*)'|"([^"]*)"/g, (_, one = '', two = '') => one + two));
}
