/** Help as the build writes it down, wrapped to a terminal as commander would. */

/** The help of one command. */
export interface HelpPage {
  /** Usage, description and lists, every paragraph on one line. */
  readonly body: string;
  /** The column where the descriptions in the lists begin. */
  readonly column: number;
  /** Examples and the like, which are never wrapped. */
  readonly after: string;
}

/** If a terminal is narrower, commander leaves lines as they are. */
const LEAST_WIDTH = 40;

export function wrapHelpPage({ body, column, after }: HelpPage, width: number): string {
  const lines = body.split('\n').map((line) => {
    if (line.startsWith('Usage:')) {
      return line;
    }
    const indent = line.startsWith('  ') ? column : 0;
    return line.slice(0, indent) + wrap(line.slice(indent), width - indent, ' '.repeat(indent));
  });
  return lines.join('\n') + after;
}

function wrap(text: string, width: number, indent: string): string {
  if (width < LEAST_WIDTH) {
    return text;
  }
  const lines: string[] = [];
  for (const word of text.match(/\s*\S+/g) ?? []) {
    const last = lines.pop();
    if (last === undefined) {
      lines.push(word);
    } else if (last.length + word.length <= width) {
      lines.push(last + word);
    } else {
      lines.push(last, word.trimStart());
    }
  }
  return lines.join(`\n${indent}`);
}
