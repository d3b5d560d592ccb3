/** Prints the demo: chapters, commands and their output. */

const WIDTH = 100;
// The reader of the output may close it, as `head` does.
process.stdout.on('error', () => process.exit(0));

const color = process.stdout.isTTY === true && !process.env.NO_COLOR;
function paint(code: string, text: string): string {
  return color ? `\u001B[${code}m${text}\u001B[0m` : text;
}

let chapters = 0;

/** Starts a chapter. */
export function chapter(title: string): void {
  chapters++;
  write(`\n${paint('1', `${chapters}. ${title}`)}\n${'─'.repeat(WIDTH)}`);
}

/** Prints a paragraph, wrapped. */
export function tell(text: string): void {
  write('\n');
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line.length + word.length + 1 > WIDTH) {
      write(`${line}\n`);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  write(`${line}\n`);
}

/** Prints a command as a person would type it. */
export function typed(command: string): void {
  write(`\n  ${paint('36', `$ ${command}`)}\n`);
}

/** Prints output, indented. */
export function shown(text: string): void {
  for (const line of text.replace(/\n$/, '').split('\n')) {
    write(`  ${line}\n`);
  }
}

/** Prints what a person does by hand. */
export function done(text: string): void {
  write(`  ${paint('35', `[${text}]`)}\n`);
}

/** Prints rows under a heading, in columns. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = heading.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  function line(cells: readonly string[]): string {
    return cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  }
  write('\n');
  shown([paint('1', line(heading)), ...rows.map(line)].join('\n'));
}

/** Fails the demo when something is not as the story says. */
export function expectThat(holds: boolean, claim: string): void {
  if (!holds) {
    throw new Error(`the demo expected that ${claim}`);
  }
}

function write(text: string): void {
  process.stdout.write(text);
}
