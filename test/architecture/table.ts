/** Renders the table of rooms that docs/design.md shows. */
import { ROOMS, type Room } from './rooms';

const BEGIN = '<!-- rooms: written by test/architecture/write-table.ts -->';
const END = '<!-- /rooms -->';

/** Replaces the table between the two marks. */
export function withTable(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) {
    throw new Error(`the page has no place for the table: it needs the lines ${BEGIN} and ${END}`);
  }
  return `${page.slice(0, begin)}${BEGIN}\n${table()}${page.slice(end)}`;
}

function table(): string {
  return ['| room | what is in it | may import |', '| --- | --- | --- |', ...ROOMS.map(row), ''].join('\n');
}

function row({ path, holds, may, files = {} }: Room): string {
  const imported = new Set([...may, ...Object.values(files).flat()]);
  const shown = [...imported]
    // Node's own modules are in the list, too many for a table.
    .filter((name) => !name.startsWith('node:') && name !== path && !name.startsWith(`${path}/`))
    .map((name) => `\`${name}\``);
  return `| \`${path}\` | ${holds} | ${shown.join(', ') || 'nothing'} |`;
}
