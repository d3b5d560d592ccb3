/**
 * The format of a recorded session: plain text that reads as a terminal does.
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
 * Comments, directions, commands and answers are the script. All else is what came of it: written by
 * `UPDATE_SESSIONS=1 npx jest test/sessions`, read and reviewed by people, and compared to the letter.
 */

/** Something a person does, or that happens: before a command, or once a line is said or an answer is given. */
export interface Direction {
  /** Without the asterisk. */
  readonly text: string;
  /** The indented lines below a direction that ends with a colon. */
  readonly block: string;
  /** What it follows inside a command; nothing where it comes before one. */
  readonly after: { readonly line: string } | { readonly answer: number } | undefined;
}

/** One command, what is typed at its prompts, and what happens while it runs. */
export interface Scene {
  /** What comes before the command. */
  readonly before: readonly Direction[];
  /** What is typed after the `$`. */
  readonly command: string;
  readonly answers: readonly string[];
  readonly during: readonly Direction[];
}

/** A recorded session. */
export interface SessionFile {
  /** The comment at its head, `#` included. */
  readonly header: readonly string[];
  readonly scenes: readonly Scene[];
}

const BLOCK_INDENT = '    ';

/**
 * Reads the script of a session.
 *
 * @throws Error on a session that has no story, runs no command or ends with directions
 */
export function parseSession(text: string): SessionFile {
  const lines = text.split('\n');
  const header = lines.slice(0, Math.max(0, lines.findIndex((line) => !line.startsWith('#'))));
  if (header.length === 0) throw new Error('a session begins with a comment that tells its story');
  const scenes: Scene[] = [];
  let before: Direction[] = [];
  let scene: { command: string; answers: string[]; during: Direction[]; last: Direction['after'] } | undefined;
  const end = (): void => {
    if (scene === undefined) return;
    const { command, answers, during } = scene;
    scenes.push({ before, command, answers, during });
    before = [];
    scene = undefined;
  };
  for (let at = header.length; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line.startsWith('* ')) {
      const block = line.endsWith(':') ? indentedBelow(lines, at) : [];
      at += block.length;
      const direction = { text: line.slice(2), block: block.join('\n'), after: scene?.last };
      if (scene === undefined) before.push(direction);
      else scene.during.push(direction);
    } else if (line.startsWith('$ ')) {
      end();
      scene = { command: line.slice(2), answers: [], during: [], last: undefined };
    } else if (line.startsWith('> ') && scene !== undefined) {
      scene.last = { answer: scene.answers.length };
      scene.answers.push(line.slice(2));
    } else if (line === '') {
      end();
    } else if (scene !== undefined) {
      scene.last = { line };
    }
  }
  end();
  if (scenes.length === 0) throw new Error('a session runs at least one command: a line with $');
  if (before.length > 0) throw new Error(`nothing follows the direction "${before[0]?.text}"`);
  return { header, scenes };
}

function indentedBelow(lines: readonly string[], at: number): readonly string[] {
  const below = lines.slice(at + 1);
  const end = below.findIndex((line) => !line.startsWith(BLOCK_INDENT));
  return below.slice(0, end < 0 ? below.length : end);
}

/** A direction as it stands in the file. */
export const formatDirection = ({ text, block }: Pick<Direction, 'text' | 'block'>): readonly string[] => [
  `* ${text}`,
  ...(block === '' ? [] : block.split('\n')),
];

/** The lines of a program's output that would read as script are marked. */
export const formatOutput = (line: string): string => {
  if (line === '') return '.';
  return /^([*$>#.\\] |[.\\]$|exit )/.test(line) ? `\\${line}` : line;
};

/** The words of a command line, as a shell splits them: blanks, single and double quotes. */
export function splitWords(command: string): readonly string[] {
  const words = [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)];
  return words.map(([word]) => word.replace(/'([^']*)'|"([^"]*)"/g, (_, one = '', two = '') => one + two));
}
