/**
 * Bundles the command. `mfa-runbook.js` prints help by itself and loads `command.js` for everything else; that loads only
 * when it is needed the AWS SDK, the prompts of a terminal and the parser of the inventory, because compiling those costs
 * more than starting Node does. The process that holds a seed is a program of its own, `seed-phase.js`. `nfc-pcsc` is not
 * bundled: it is optional and native.
 */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
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

/** Modules whose export is never used: for these importers it becomes `undefined`. */
const UNUSED = {
  // Clients are given their credentials; `sdk.ts` alone imports the chain.
  '@aws-sdk/credential-provider-node': { importer: /runtimeConfig\.js$/, name: 'defaultProvider' },
  // No call of ours has any.
  '@smithy/core/event-streams': { importer: /./, name: 'EventStreamSerde' },
  // Without it, STS signs as IAM and SSM do: for one Region.
  '@aws-sdk/signature-v4-multi-region': { importer: /./, name: 'SignatureV4MultiRegion' },
};

/** Providers of credentials that the chain loads when it gets to them; with keys in the environment it does not. */
const PROVIDERS = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

/** Bundles the SDK without the code that never runs, and with its providers of credentials in one file. */
const sdk = {
  name: 'sdk',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@/ }, ({ path: name, importer, kind }) => {
      const unused = UNUSED[name];
      if (unused?.importer.test(importer)) {
        return { path: unused.name, namespace: 'unused' };
      }
      const isLoadedByChain = kind === 'dynamic-import' && importer.includes('credential-provider-node');
      return isLoadedByChain ? { path: './aws-credentials.js', external: true } : undefined;
    });
    onLoad({ filter: /./, namespace: 'unused' }, ({ path: name }) => ({
      contents: `export const ${name} = undefined;`,
    }));

    onResolve({ filter: /^providers$/ }, ({ path: name }) => ({ path: name, namespace: 'providers' }));
    onLoad({ filter: /./, namespace: 'providers' }, () => ({
      contents: PROVIDERS.map((name) => `export * from '${name}';`).join('\n'),
      resolveDir: fileURLToPath(new URL('.', import.meta.resolve('@aws-sdk/credential-provider-node'))),
    }));
    // Providers load each other on demand; they are in one file already.
    onLoad(
      { filter: /(credential-provider-[\w-]+|token-providers)\/dist-es\/.*\.js$/ },
      async ({ path: file }) =>
        file.includes('credential-provider-node')
          ? undefined
          : { contents: importNow(await readFile(file, 'utf8')) },
    );

    // `faults.ts` looks at codes, which the SDK takes from the answer where it knows no class for the error. Schemas are
    // wrapped so that esbuild sees which ones have no effect and no user.
    onLoad(
      { filter: /client-(cloudtrail|iam|ssm|sts)\/dist-es\/schemas\/schemas_0\.js$/ },
      async ({ path: file }) => ({
        contents: (await readFile(file, 'utf8'))
          .replaceAll(/^n0_registry\.registerError\(.*\);$/gm, '')
          .replaceAll(/^((?:export )?var \S+ = )(\[[^;]*\]);$/gm, '$1/* @__PURE__ */ (() => $2)();'),
      }),
    );
    // Only the version is used, in the user agent.
    onLoad({ filter: /@aws-sdk\/[\w-]+\/package\.json$/ }, async ({ path: file }) => ({
      contents: JSON.stringify({ version: JSON.parse(await readFile(file, 'utf8')).version }),
      loader: 'json',
    }));
  },
};

/** Gives the process of a seed, which shares the rest of its code with the command, a smaller SDK. */
const ownSdk = {
  name: 'own-sdk',
  setup({ onResolve, onLoad }) {
    const connect = path('aws/connect.ts');
    onResolve({ filter: /aws\/connect$/ }, ({ importer }) =>
      importer.endsWith('program.ts') ? { path: connect, suffix: '?seed' } : undefined,
    );
    onLoad({ filter: /aws[\\/]connect\.ts$/ }, async ({ path: file, suffix }) =>
      suffix === '?seed'
        ? { contents: await readFile(file, 'utf8'), loader: 'ts', pluginData: suffix }
        : undefined,
    );
    onResolve({ filter: /^\.\/sdk$/ }, ({ pluginData }) =>
      pluginData === '?seed' ? { path: './seed-sdk.js', external: true } : undefined,
    );
  },
};

/** Leaves out `child_process`, which commander would need for subcommands that are programs of their own: it loads slowly. */
const withoutSubprograms = {
  name: 'without-subprograms',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path: 'nothing', namespace: 'nothing' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'nothing' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** Turns every `await import()` into an import that comes first. */
function importNow(text) {
  const imports = [];
  const rest = text.replaceAll(/await import\("([^"]+)"\)/g, (_, name) => {
    imports.push(`import * as loaded${imports.length} from '${name}';\n`);
    return `loaded${imports.length - 1}`;
  });
  return imports.join('') + rest;
}

const options = {
  bundle: true,
  platform: 'node',
  target: 'node20.12',
  format: 'cjs',
  minify: true,
  absWorkingDir: path('..'),
  // THIRD-PARTY-LICENSES.txt has all licenses, including those of packages without such comments.
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

/**
 * Bundles several programs, with the code that they share in files of its own. It starts from ES modules, because esbuild leaves out
 * what nobody imports of those. esbuild splits only into ES modules, which Node loads asynchronously, so each file is then
 * turned into a CommonJS module.
 *
 * @param shared the beginning of the names of the files with shared code
 */
async function bundleTogether(entryPoints, shared, more) {
  const { metafile, outputFiles } = await build({
    ...options,
    entryPoints,
    outdir: path('build'),
    chunkNames: `${shared}-[hash]`,
    format: 'esm',
    splitting: true,
    mainFields: ['module', 'main'],
    write: false,
    ...more,
  });
  metafiles.push(metafile);
  await mkdir(path('build'), { recursive: true });
  const { minify, target, platform } = options;
  const loaded = new Set(
    Object.values(metafile.outputs).flatMap(({ imports }) =>
      imports.map(({ path: file }) => path(`../${file}`)),
    ),
  );
  for (const { path: file, text } of outputFiles) {
    // A chunk that only code left out would load, such as the parser of browsers' names.
    if (new RegExp(`${shared}-[A-Z0-9]{8}\\.js$`).test(file) && !loaded.has(file)) {
      continue;
    }
    // With `require` in place of `import()`, which would start the loader of ES modules.
    const supported = { 'dynamic-import': false };
    const { code } = await transform(text, { format: 'cjs', minify, target, platform, supported });
    await writeFile(file, code);
  }
}

await rm(path('build'), { recursive: true, force: true });
await bundleTogether(
  {
    'aws-sdk': path('aws/sdk.ts'),
    'seed-sdk': path('aws/seed-sdk.ts'),
    'trail-sdk': path('aws/trail-sdk.ts'),
    'aws-credentials': 'providers',
  },
  'aws',
  // No body is a web stream, and looking for one makes Node load all of them.
  { define: { ReadableStream: 'undefined' }, plugins: [sdk] },
);
await bundle('@clack/prompts', 'prompts.js', {
  entryPoints: undefined,
  // The prompts that `clack-prompter.ts` imports, and not the others.
  stdin: { contents: "export { confirm, password, text } from '@clack/prompts';", resolveDir: path('.') },
});
await bundle(path('../lib/record/inventory.ts'), 'inventory.js', {
  // The build for Node cannot be taken apart, and differs in nothing that is used.
  alias: { yaml: fileURLToPath(new URL('browser/dist/index.js', import.meta.resolve('yaml/package.json'))) },
});
await bundle(path('seed-source/decoders.ts'), 'picture-decoders.js');
await bundle(path('start-up/entry.ts'), 'mfa-runbook.js', {
  plugins: [apart({ '../main': 'command.js' })],
  banner: { js: '#!/usr/bin/env node' },
});
await bundleTogether({ command: path('main.ts'), 'seed-phase': path('seed-phase/program.ts') }, 'shared', {
  external: ['nfc-pcsc'],
  plugins: [
    withoutSubprograms,
    ownSdk,
    apart({
      './sdk': 'aws-sdk.js',
      './trail-sdk': 'trail-sdk.js',
      './decoders': 'picture-decoders.js',
      '@clack/prompts': 'prompts.js',
      '../../lib/record/inventory': 'inventory.js',
    }),
  ],
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
