/**
 * `npm run measure`: how much one has to hold in mind to read the project.
 *
 *     npm run -s measure -- [--root DIR] [--verbose] [--json]
 *
 * An export is imported when a file other than its own names it. What only tests import has a row of its own: the
 * product does not need it exported. Entry points, and what `lib/index.ts` exports, count as imported.
 */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Measure, measure } from './measures';
import { readSources } from './sources';

function row({ name, value, unit, aim }: Measure): string {
  const figure = `${value.toLocaleString('en-US')}${unit === undefined ? '' : ` ${unit}`}`.padStart(8);
  return `${figure}  ${name}${aim === undefined ? '' : ` (aim: ${aim.toLocaleString('en-US')})`}\n`;
}

const { values } = parseArgs({
  options: {
    root: { type: 'string', default: join(__dirname, '../..') },
    verbose: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const measures = measure(readSources(resolve(values.root)));
if (values.json) {
  process.stdout.write(`${JSON.stringify(measures, undefined, 2)}\n`);
} else {
  for (const each of measures) {
    process.stdout.write(row(each));
    if (values.verbose) {
      process.stdout.write(each.details.map((line) => `          ${line}\n`).join(''));
    }
  }
}
