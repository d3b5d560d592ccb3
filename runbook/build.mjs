/**
 * Bundles the command. `mfa-runbook.js` prints help by itself and loads `command.js` for everything else; that loads only
 * when it is needed the AWS SDK, the prompts of a terminal and the parser of the inventory, because compiling those costs
 * more than starting Node does. The process that holds a seed is a program of its own, `seed-phase.js`. `nfc-pcsc` is not
 * bundled: it is optional and native.
 */
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { licenseTexts, packageFolders } from './third-party-licenses.mjs';

function path(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Leaves imports to files that lie in the same folder as the bundle. @param files the file for each import */
function apart(files) {
  return {
    name: 'apart',
    setup({ onResolve }) {
      onResolve({ filter: /./ }, ({ path: name, kind }) =>
        kind === 'entry-point' || files[name] === undefined
          ? undefined
          : { path: `./${files[name]}`, external: true },
      );
    },
  };
}

/** What the credential chain loads itself once it gets there; with keys in the environment it does not. */
const PROVIDERS = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

/**
 * Leaves out of the SDK what is never run: the credential chain of each client, because ours are given their
 * credentials; event streams, because no call of ours has any; and the classes of the services' errors, because
 * `faults.ts` looks at their codes, which the SDK takes from the answer where it knows no class.
 */
const withoutUnused = {
  name: 'without-unused',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ importer }) =>
      importer.endsWith('runtimeConfig.js') ? { path: 'defaultProvider', namespace: 'left-out' } : undefined,
    );
    onResolve({ filter: /^@smithy\/core\/event-streams$/ }, () => ({
      path: 'EventStreamSerde',
      namespace: 'left-out',
    }));
    onLoad({ filter: /./, namespace: 'left-out' }, ({ path: name }) => ({
      contents: `export const ${name} = undefined;`,
    }));
    onLoad({ filter: /client-(iam|ssm|sts)\/dist-es\/schemas\/schemas_0\.js$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, 'utf8')).replaceAll(/^n0_registry\.registerError\(.*\);$/gm, ''),
    }));
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
    ...(entry === undefined ? {} : { entryPoints: [entry] }),
    outfile: path(`build/${output}`),
    ...more,
  });
  metafiles.push(metafile);
}

await rm(path('build'), { recursive: true, force: true });
// The SDK from its ES modules, because esbuild leaves out what nobody imports of those.
const esModules = { mainFields: ['module', 'main'] };
const providersApart = apart(Object.fromEntries(PROVIDERS.map((name) => [name, 'aws-credentials.js'])));
await bundle(path('aws/sdk.ts'), 'aws-sdk.js', { ...esModules, plugins: [providersApart, withoutUnused] });
await bundle(path('aws/seed-sdk.ts'), 'seed-sdk.js', { ...esModules, plugins: [withoutUnused] });
await bundle(undefined, 'aws-credentials.js', {
  ...esModules,
  stdin: {
    contents: PROVIDERS.map((name) => `export * from '${name}';`).join('\n'),
    resolveDir: fileURLToPath(new URL('.', import.meta.resolve('@aws-sdk/credential-provider-node'))),
  },
});
await bundle('@clack/prompts', 'prompts.js');
await bundle(path('../lib/record/inventory.ts'), 'inventory.js');
await bundle(path('start-up/entry.ts'), 'mfa-runbook.js', {
  plugins: [apart({ '../main': 'command.js' })],
  banner: { js: '#!/usr/bin/env node' },
});
await bundle(path('main.ts'), 'command.js', {
  external: ['nfc-pcsc'],
  plugins: [
    apart({
      './sdk': 'aws-sdk.js',
      '@clack/prompts': 'prompts.js',
      '../../lib/record/inventory': 'inventory.js',
    }),
  ],
});
await bundle(path('seed-phase/program.ts'), 'seed-phase.js', {
  external: ['nfc-pcsc'],
  plugins: [apart({ './sdk': 'seed-sdk.js' })],
});
await chmod(path('build/mfa-runbook.js'), 0o755);

// Help pages: the command describes itself once, here.
await bundle(path('start-up/write-help.ts'), 'write-help.js');
const { helpPages } = createRequire(import.meta.url)('./build/write-help.js');
await rm(path('build/write-help.js'));
await writeFile(path('build/help.json'), JSON.stringify(helpPages()));

await writeFile(
  path('build/THIRD-PARTY-LICENSES.txt'),
  await licenseTexts(path('..'), packageFolders(metafiles)),
);
