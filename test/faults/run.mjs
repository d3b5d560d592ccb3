/**
 * Bundles the fault tests into one file and runs it: a hundred thousand runs want plain JavaScript, and a child that is
 * killed two thousand times a quick start.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
/** Inside the tree, so that what is not bundled is found. */
const folder = path('../../node_modules/.cache/faults');

await build({
  entryPoints: [path('main.ts'), path('kill-child.ts')],
  outdir: folder,
  bundle: true,
  platform: 'node',
  target: 'node20.12',
  format: 'cjs',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
});

const child = spawn(
  process.execPath,
  ['--enable-source-maps', `${folder}/main.js`, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
  },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
