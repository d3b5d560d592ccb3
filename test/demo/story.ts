/** How the demo is told: chapters, what is run, and what came of it. */

const WIDTH = 100;
// Whoever reads may stop reading.
process.stdout.on('error', () => process.exit(0));

const color = process.stdout.isTTY === true && !process.env.NO_COLOR;
function paint(code: string, text: string): string {
  return color ? `\u001B[${code}m${text}\u001B[0m` : text;
}

let chapters = 0;

/** Begins a chapter. */
export function chapter(title: string): void {
  chapters++;
  write(`\n${paint('1', `${chapters}. ${title}`)}\n${'─'.repeat(WIDTH)}`);
}

/** Tells what happens, wrapped, as a paragraph of its own. */
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

/** Shows a command as it would be typed. */
export function typed(command: string): void {
  write(`\n  ${paint('36', `$ ${command}`)}\n`);
}

/** Shows output, indented. */
export function shown(text: string): void {
  for (const line of text.replace(/\n$/, '').split('\n')) {
    write(`  ${line}\n`);
  }
}

/** Shows what a person does with their hands. */
export function done(text: string): void {
  write(`  ${paint('35', `[${text}]`)}\n`);
}

/** Shows rows under a heading, in columns as wide as they need to be. */
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

function write(text: string): void {
  process.stdout.write(text);
}
