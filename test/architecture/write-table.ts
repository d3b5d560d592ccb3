/** Writes the table of rooms into docs/design.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTable } from './table';

const DESIGN = join(__dirname, '..', '..', 'docs', 'design.md');

writeFileSync(DESIGN, withTable(readFileSync(DESIGN, 'utf8')));
