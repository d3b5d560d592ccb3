/**
 * Text as people see it: made printable, shortened, and laid out for a terminal.
 *
 * Rules: a line is broken between words, never in one; a command to copy has a line of its own and is never broken
 * (the terminal may break it, and copies it whole); an ARN is shortened, except in a command. Where there is no terminal, a
 * text is one line, whole, which can be searched and pasted into a ticket.
 */
import { printable } from '../../lib/record/rules';

/** Narrower than this, words are not worth keeping whole: the terminal breaks the lines. */
const LEAST_WIDTH = 20;

/** Before each further line; a command has it twice. */
export const INDENT = '  ';

/** IAM's resources with a path before their name. */
const WITH_PATH: ReadonlySet<string> = new Set(['group', 'mfa', 'policy', 'role', 'user']);

const CODE = /(`[^`]*`)/;
const ARN = /\barn:aws[a-z0-9-]*:(?:iam|sts)::(\d{12}):([\w+=,.@/-]+)/g;
/** A program and at least one word more. */
const COMMAND = /^`[a-z][\w.-]* [^`]+`$/;

/** Makes a text printable, and shortens the ARNs in it, except those in backticks: a command must stay whole. */
export function forPeople(text: string): string {
  return printable(text)
    .split(CODE)
    .map((part) => (part.startsWith('`') ? part : part.replace(ARN, shortArn)))
    .join('');
}

/** Leaves out what is the same for a whole fleet: the partition, and the path of a name. */
function shortArn(_arn: string, account: string, resource: string): string {
  const [type = '', ...names] = resource.split('/');
  const hasPath = names.length > 1 && WITH_PATH.has(type);
  return `…${account}:${hasPath ? `${type}/…/${names.at(-1)}` : resource}`;
}

const MARK = /^[\p{Mn}\p{Me}]$/u;
const WIDE =
  /^(?![\uFF61-\uFFDC])[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\p{Emoji_Presentation}\u3000-\u303E\uFF01-\uFF60\uFFE0-\uFFE6]$/u;

/** Counts the columns of a printable text; where terminals differ, as those that take the most. */
export function displayWidth(text: string): number {
  if (/^[\x20-\x7E]*$/.test(text)) {
    return text.length;
  }
  let width = 0;
  for (const character of text) {
    width += widthOf(character);
  }
  return width;
}

function widthOf(character: string): number {
  if (MARK.test(character)) {
    return 0;
  }
  return WIDE.test(character) ? 2 : 1;
}

/** Pads a text with blanks to a number of columns. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** Cuts a printable text to a number of columns, the last of which is then an ellipsis. */
export function cutTo(text: string, width: number): string {
  if (displayWidth(text) <= width) {
    return text;
  }
  let cut = '';
  let left = width - 1;
  for (const character of text) {
    left -= widthOf(character);
    if (left < 0) {
      break;
    }
    cut += character;
  }
  return `${cut}…`;
}

/** Cuts a line of progress, but not the count in the parentheses at its end, if there is room for it. */
export function cutProgress(text: string, width: number): string {
  const [count = ''] = / \([^()]*\)$/.exec(text) ?? [];
  const room = width - displayWidth(count);
  return displayWidth(text) > width && room >= LEAST_WIDTH
    ? cutTo(text.slice(0, text.length - count.length), room) + count
    : cutTo(text, width);
}

/** The room that a text has. */
interface Room {
  /** Columns of the terminal; `undefined` if there is none. */
  readonly width: number | undefined;
  /** Columns that are taken before the first line. */
  readonly taken?: number;
  /** Comes before each further line. */
  readonly indent?: string;
}

/** Makes the lines of a text for people; the first has no indent. */
export function layOut(text: string, { width, taken = 0, indent = INDENT }: Room): readonly string[] {
  if (width === undefined) {
    return [printable(text)];
  }
  const shown = forPeople(text);
  if (width < LEAST_WIDTH) {
    return [shown];
  }
  const lines: string[] = [];
  for (const [index, part] of partsOf(shown).entries()) {
    if (COMMAND.test(part)) {
      lines.push(indent + INDENT + part.slice(1, -1));
      continue;
    }
    // A comma is not needed where the line ends.
    const rest = index === 0 ? part : part.replace(/^[,;]?\s*/, '');
    if (rest !== '') {
      lines.push('');
      fill(lines, rest, { width, taken, indent });
    }
  }
  return lines.map((line) => line.trimEnd());
}

/** Parts a text before and after each command. */
function partsOf(text: string): readonly string[] {
  const parts = [''];
  for (const part of text.split(CODE)) {
    if (COMMAND.test(part)) {
      parts.push(part, '');
    } else {
      parts.push(`${parts.pop()}${part}`);
    }
  }
  return parts;
}

/** Adds words to the last line, and to new ones where it has no room for them. */
function fill(lines: string[], text: string, { width, taken, indent }: Required<Room>): void {
  for (const word of text.match(/\s*\S+/g) ?? []) {
    const line = lines.pop() ?? '';
    const isFirst = lines.length === 0;
    const begin = isFirst ? '' : indent;
    if (line === '') {
      lines.push(begin + word.trimStart());
      continue;
    }
    const used = displayWidth(line + word) + (isFirst ? taken : 0);
    if (width === undefined || used <= width) {
      lines.push(line + word);
    } else {
      lines.push(line, indent + word.trimStart());
    }
  }
}
