/**
 * Bundles the command into `mfa-runbook.js`, and beside it what it loads only when it is needed: the AWS SDK with the
 * first call, the prompts with the first question on a terminal, the parser of the inventory with `plan`. Compiling
 * those costs more than starting Node does. The process that holds a seed is a program of its own, `seed-phase.js`. `nfc-pcsc` stays outside: it is
 * optional and native.
 */
import { chmod, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/** What is imported, and the file it is left to. */
const APART = {
  './sdk': 'aws-sdk.js',
  '@clack/prompts': 'prompts.js',
  '../../lib/record/inventory': 'inventory.js',
};

const apart = {
  name: 'apart',
  setup({ onResolve }) {
    onResolve(
      { filter: /^(\.\/sdk|@clack\/prompts|\.\.\/\.\.\/lib\/record\/inventory)$/ },
      ({ path: name, kind }) =>
        kind === 'entry-point' ? undefined : { path: `./${APART[name]}`, external: true },
    );
  },
};

const options = {
  bundle: true,
  platform: 'node',
  target: 'node20.12',
  format: 'cjs',
  minify: true,
  legalComments: 'linked',
  logLevel: 'warning',
};

await rm(path('build'), { recursive: true, force: true });
await build({ ...options, entryPoints: [path('aws/sdk.ts')], outfile: path('build/aws-sdk.js') });
await build({ ...options, entryPoints: ['@clack/prompts'], outfile: path('build/prompts.js') });
await build({
  ...options,
  entryPoints: [path('../lib/record/inventory.ts')],
  outfile: path('build/inventory.js'),
});
for (const [entry, output] of [
  ['main.ts', 'mfa-runbook.js'],
  ['seed-phase-main.ts', 'seed-phase.js'],
]) {
  await build({
    ...options,
    entryPoints: [path(entry)],
    outfile: path(`build/${output}`),
    external: ['nfc-pcsc'],
    plugins: [apart],
    ...(entry === 'main.ts' ? { banner: { js: '#!/usr/bin/env node' } } : {}),
  });
}
await chmod(path('build/mfa-runbook.js'), 0o755);
