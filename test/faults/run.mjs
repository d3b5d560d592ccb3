/**
 * Bundles the fault tests into plain JavaScript and runs them: a hundred thousand runs want no transpiler in the way,
 * and a child that is killed two thousand times a quick start.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

function path(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}
/** Inside the tree, so that what is not bundled is found. */
const folder = path('../../node_modules/.cache/faults');

const options = {
  bundle: true,
  platform: 'node',
  target: 'node20.12',
  format: 'cjs',
  outdir: folder,
  logLevel: 'warning',
};

await Promise.all([
  build({ ...options, entryPoints: [path('main.ts')], packages: 'external', sourcemap: 'inline' }),
  build({
    ...options,
    entryPoints: [path('kill-child.ts')],
    minify: true,
    external: ['nfc-pcsc', '@aws-sdk/*', '@smithy/*', '@clack/prompts'],
  }),
]);

const child = spawn(
  process.execPath,
  ['--enable-source-maps', `${folder}/main.js`, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
  },
);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => child.kill(signal));
}
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
