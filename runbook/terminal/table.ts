/** Rows in aligned columns, for people. */
import { printable } from '../../lib/record/rules';
import { displayWidth, forPeople, INDENT, layOut, padTo } from './printed-text';

/** One row of a table. */
export interface Row {
  readonly cells: readonly string[];
  /** A command to copy: the last cell, or on a terminal a line of its own. */
  readonly command?: string | undefined;
  /** A text below the row, or without a terminal the last cell: commands in it get lines of their own on a terminal. */
  readonly advice?: string | undefined;
}

/** The last column is kept in its place while it has this many columns of the terminal. */
const LEAST_LAST = 24;

/** Pads each column of a table to its widest cell, two blanks apart, and leaves out empty columns. */
function align(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = widthsOf(rows);
  return rows.map((row) =>
    row
      .map((cell, column) => padTo(cell, widths[column] ?? 0))
      .filter((cell) => cell !== '')
      .join(INDENT)
      .trimEnd(),
  );
}

function widthsOf(rows: readonly (readonly string[])[]): readonly number[] {
  return (rows[0] ?? []).map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, displayWidth(row[column] ?? '')), 0),
  );
}

/**
 * Makes the lines of a table: a row is one line, or on a terminal that is too narrow for one, several.
 *
 * @param width columns of the terminal; `undefined` if there is none
 */
export function layOutTable(
  rows: readonly Row[],
  { width, indent = '' }: { readonly width: number | undefined; readonly indent?: string },
): readonly string[] {
  if (width === undefined) {
    const whole = rows.map(({ cells, command, advice = '' }) => [...cells, command ?? advice].map(printable));
    return align(whole).map((line) => indent + line);
  }
  const shown = rows.map(({ cells }) => cells.map(forPeople));
  const column = columnOfLast(shown, indent);
  const isInColumns = width - column >= LEAST_LAST;
  const lines = isInColumns ? align(shown) : shown.map((cells) => cells.filter(Boolean).join(INDENT));
  const hanging = isInColumns ? ' '.repeat(column) : indent + INDENT;
  return lines.flatMap((line, index) => {
    const { command, advice } = rows[index] ?? {};
    const below = indent + INDENT + INDENT;
    return [
      ...rowLines(indent + line, width, hanging),
      ...(command === undefined ? [] : [below + printable(command)]),
      ...(advice === undefined ? [] : rowLines(below + advice, width, below)),
    ];
  });
}

/** Counts the columns before the last cell. */
function columnOfLast(rows: readonly (readonly string[])[], indent: string): number {
  const widths = widthsOf(rows).filter((each) => each > 0);
  return widths.slice(0, -1).reduce((sum, each) => sum + each + INDENT.length, indent.length);
}

function rowLines(line: string, width: number, indent: string): readonly string[] {
  const [blanks = ''] = /^ */.exec(line) ?? [];
  const [first = '', ...rest] = layOut(line.slice(blanks.length), { width, taken: blanks.length, indent });
  return [blanks + first, ...rest];
}
