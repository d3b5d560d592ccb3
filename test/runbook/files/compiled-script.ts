/** Compiles a script of this folder for a process of its own, which then starts as fast as Node does. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** @returns the path of the compiled script */
export function compileScript(name: string, folder: string): string {
  const compiled = join(folder, `${name}.js`);
  execFileSync(join(__dirname, '../../../node_modules/.bin/esbuild'), [
    join(__dirname, `${name}.ts`),
    '--bundle',
    '--platform=node',
    '--log-level=error',
    `--outfile=${compiled}`,
  ]);
  return compiled;
}
