/**
 * Bundles the command into `mfa-runbook.js`, and beside it what it loads only when it is needed: the AWS SDK with the
 * first call, the prompts with the first question on a terminal, the parser of the inventory with `plan`. Compiling
 * those costs more than starting Node does. The process that holds a seed is a program of its own, `seed-phase.js`. `nfc-pcsc` stays outside: it is
 * optional and native.
 */
import { chmod, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { licenseTexts, packageFolders } from './third-party-licenses.mjs';

function path(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

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
  absWorkingDir: path('..'),
  // Every licence is in one file, with the packages that carry no comment.
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};

const metafiles = [];
async function bundle(entry, output, more = {}) {
  const { metafile } = await build({
    ...options,
    entryPoints: [entry],
    outfile: path(`build/${output}`),
    ...more,
  });
  metafiles.push(metafile);
}

await rm(path('build'), { recursive: true, force: true });
await bundle(path('aws/sdk.ts'), 'aws-sdk.js');
await bundle('@clack/prompts', 'prompts.js');
await bundle(path('../lib/record/inventory.ts'), 'inventory.js');
for (const [entry, output] of [
  ['main.ts', 'mfa-runbook.js'],
  ['seed-phase/program.ts', 'seed-phase.js'],
]) {
  await bundle(path(entry), output, {
    external: ['nfc-pcsc'],
    plugins: [apart],
    ...(entry === 'main.ts' ? { banner: { js: '#!/usr/bin/env node' } } : {}),
  });
}
await chmod(path('build/mfa-runbook.js'), 0o755);
await writeFile(
  path('build/THIRD-PARTY-LICENSES.txt'),
  await licenseTexts(path('..'), packageFolders(metafiles)),
);
