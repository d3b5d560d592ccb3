/**
 * Builds what is published, into `dist/`: the npm tarballs of both packages, and the Python wheel of the constructs.
 *
 * The constructs are built from a copy, not in `lib/`. npm keeps the dependencies of a workspace in the root's
 * `node_modules`. When it packs `lib/` itself, it does not find the bundled ones there and silently leaves them out: such a
 * tarball can be installed but not loaded. The copy has its own `node_modules`, as pinned by the lock file, and no compiled
 * files whose sources were deleted.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build, transform } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
/** Below the root, so that jsii finds the peers there. */
const WORK = join(DIST, 'work');
const CONSTRUCTS = join(WORK, 'cdk-mfa-guardrails');
const VENV = join(WORK, 'venv');

/** Builds the wheel; jsii-pacmak 1.140.0 requires ~=75.3.2. */
const SETUPTOOLS = 'setuptools==75.3.2';

/** The time of every file in the wheel, the earliest that zip can store, so that the same sources give the same bytes. */
const SOURCE_DATE_EPOCH = '315532800';

/** The budget of the npm tarball of the constructs. */
const MAX_CONSTRUCTS_BYTES = 450 * 1024;

/** The files that the command loads. */
const RUNBOOK_FILES = [
  'aws-credentials.js',
  'aws-sdk.js',
  'command.js',
  'help.json',
  'inventory.js',
  'mfa-runbook.js',
  'prompts.js',
  'seed-phase.js',
  'seed-sdk.js',
].map((name) => `build/${name}`);

/** Entries of `lib/` that are not sources. */
const GENERATED = new Set(['build', 'dist', 'node_modules', '.jsii', 'tsconfig.json']);

class PackageError extends Error {
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}

const execute = promisify(execFile);

/** Runs a program to its end and returns its output. @throws with all it printed when it fails */
async function run(program, args, { cwd = ROOT } = {}) {
  const path = [join(ROOT, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH: path, SOURCE_DATE_EPOCH };
  try {
    return (await execute(program, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch (error) {
    const printed = `${error.stdout ?? ''}${error.stderr ?? ''}`.trimEnd();
    throw new PackageError(`${program} ${args.join(' ')}: ${error.code ?? error.signal}\n${printed}`);
  }
}

/** Prints the name of a step when it begins, and its duration when it ends. */
async function step(name, work) {
  const start = performance.now();
  process.stdout.write(`package: ${name} …\n`);
  const result = await work();
  process.stdout.write(`package: ${name}: ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  return result;
}

async function requirePython() {
  const program = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))';
  try {
    await execute('python3', ['-c', program]);
  } catch (error) {
    const reason =
      error.code === 'ENOENT' ? 'is not installed' : 'is older than 3.10 or lacks venv or ensurepip';
    throw new PackageError(
      `the wheel needs python3 with its venv module: python3 ${reason}`,
      'install Python 3.10 or later; on Debian and Ubuntu: sudo apt-get install python3-venv',
    );
  }
}

async function readPackage(folder) {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
}

/** Copies the sources of the constructs, and the packages to bundle. */
async function copyConstructs() {
  await cp(join(ROOT, 'lib'), CONSTRUCTS, {
    recursive: true,
    filter: (source) => !GENERATED.has(source.slice(join(ROOT, 'lib/').length)),
  });
  const { bundledDependencies, dependencies } = await readPackage(CONSTRUCTS);
  for (const [name, wanted] of Object.entries(dependencies)) {
    const installed = join(ROOT, 'node_modules', name);
    const { version, dependencies: below = {} } = await readPackage(installed);
    const left = [name, ...Object.keys(below)].filter((each) => !bundledDependencies.includes(each));
    if (left.length > 0) {
      throw new PackageError(
        `lib/package.json does not bundle ${left.join(', ')}, must bundle all dependencies: pip installs no npm packages`,
        'add it to dependencies and bundledDependencies, pinned',
      );
    }
    if (version !== wanted) {
      throw new PackageError(
        `node_modules/${name} is ${version}, lib/package.json wants ${wanted}, must be the same`,
        'pin the version exactly, and run npm ci',
      );
    }
    await cp(installed, join(CONSTRUCTS, 'node_modules', name), { recursive: true });
  }
}

/**
 * Removes the files of bundled packages that Node does not load: other module formats, type declarations, builds for
 * browsers. No public declaration file of ours imports theirs.
 */
async function pruneBundled() {
  const { bundledDependencies } = await readPackage(CONSTRUCTS);
  for (const name of bundledDependencies) {
    const folder = join(CONSTRUCTS, 'node_modules', name);
    const { bin } = await readPackage(folder);
    const { metafile } = await build({
      absWorkingDir: folder,
      // npm links the programs of a bundled package, so they stay.
      entryPoints: [
        createRequire(join(CONSTRUCTS, 'build/index.js')).resolve(name),
        ...(bin ? [bin].flat() : []),
      ],
      bundle: true,
      platform: 'node',
      outdir: 'unwritten',
      write: false,
      metafile: true,
    });
    const loaded = new Set(Object.keys(metafile.inputs));
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const path = relative(folder, join(entry.parentPath, entry.name));
      if (entry.isFile() && !loaded.has(path) && !/^(package\.json|LICENSE.*)$/.test(path)) {
        await rm(join(folder, path));
      }
    }
  }
}

/**
 * Removes the type declarations that `index.d.ts` does not reach: nobody can use them, and they would be a tenth of the
 * tarball.
 */
async function pruneDeclarations() {
  const folder = join(CONSTRUCTS, 'build');
  const reached = new Set();
  async function reach(file) {
    if (reached.has(file)) {
      return;
    }
    reached.add(file);
    const text = await readFile(file, 'utf8');
    for (const [, name] of text.matchAll(/(?:\bfrom|\bimport\(|\bimport)\s*['"](\.[^'"]+)['"]/g)) {
      await reach(`${join(file, '..', name)}.d.ts`);
    }
  }
  await reach(join(folder, 'index.d.ts'));
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.name.endsWith('.d.ts') && !reached.has(file)) {
      await rm(file);
    }
  }
}

/** Removes the comments of the compiled files: users read the declarations, which have theirs. Licenses of others stay. */
async function removeComments() {
  const folder = join(CONSTRUCTS, 'build');
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const text = entry.name.endsWith('.js') ? await readFile(file, 'utf8') : '';
    if (text !== '' && !/\bCopyright\b/.test(text)) {
      await writeFile(file, (await transform(text, { legalComments: 'none', charset: 'utf8' })).code);
    }
  }
}

/** Packs a folder. @returns the files and bundled packages in the tarball */
async function pack(folder) {
  const printed = await run('npm', ['pack', '--json', '--pack-destination', DIST], { cwd: folder });
  const [{ files, bundled }] = Object.values(JSON.parse(printed));
  return { files: files.map(({ path }) => path), bundled };
}

async function packConstructs() {
  await step('the constructs, compiled by jsii', () => run('npm', ['run', 'build'], { cwd: CONSTRUCTS }));
  await pruneBundled();
  await pruneDeclarations();
  await removeComments();
  const { bundledDependencies } = await readPackage(CONSTRUCTS);
  const { files, bundled } = await pack(CONSTRUCTS);
  requireAll('the tarball of cdk-mfa-guardrails', ['.jsii', 'build/index.js', 'build/index.d.ts'], files);
  requireAll('the tarball of cdk-mfa-guardrails bundles', bundledDependencies, bundled);
  await step('the examples in Python', translateExamples);
}

/** Translates the examples for the docstrings of the wheel; the result is written next to the assembly. */
async function translateExamples() {
  // The examples import the copy, not `lib/`.
  await mkdir(join(WORK, 'node_modules'));
  await symlink(CONSTRUCTS, join(WORK, 'node_modules/cdk-mfa-guardrails'));
  const { types } = JSON.parse(await readFile(join(CONSTRUCTS, '.jsii'), 'utf8'));
  const names = Object.values(types).map(({ name }) => name);
  const fixture = join(CONSTRUCTS, 'rosetta/default.ts-fixture');
  // `requireMfa` is for TypeScript only, so the assembly does not have it.
  const exported = `import { ${[...names, 'requireMfa'].join(', ')} } from 'cdk-mfa-guardrails';\n`;
  await writeFile(fixture, exported + (await readFile(fixture, 'utf8')));
  await run('jsii-rosetta', ['extract', '--compile', '--fail', '--directory', CONSTRUCTS, CONSTRUCTS]);
}

async function packRunbook() {
  await step('the command', () => run('npm', ['run', 'build', '-w', 'mfa-runbook']));
  const { files } = await pack(join(ROOT, 'runbook'));
  requireAll('the tarball of mfa-runbook', RUNBOOK_FILES, files);
}

function requireAll(what, names, among) {
  const missing = names.filter((name) => !among.includes(name));
  if (missing.length > 0) {
    throw new PackageError(
      `${what} lacks ${missing.join(', ')}; it has ${among.join(', ')}`,
      'see `files` in the package.json',
    );
  }
}

async function preparePython() {
  await run('python3', ['-m', 'venv', VENV]);
  await run(join(VENV, 'bin/pip'), ['install', '--no-compile', SETUPTOOLS]);
}

/** Translations that jsii-rosetta cannot make: it translates the language, not Node's own modules. */
const NODE_IN_PYTHON = [
  ['from node:fs import read_file_sync', 'from pathlib import Path'],
  ['read_file_sync("tokens.yaml", "utf8")', 'Path("tokens.yaml").read_text(encoding="utf8")'],
];

async function translateNode(file) {
  const text = NODE_IN_PYTHON.reduce(
    (translated, [node, python]) => translated.replaceAll(node, python),
    await readFile(file, 'utf8'),
  );
  const [left] = /^.*(?:\bnode:|read_file_sync).*$/m.exec(text) ?? [];
  if (left !== undefined) {
    throw new PackageError(
      `an example would not be Python: ${left.trim()}`,
      'write it without Node, or add to NODE_IN_PYTHON in .ci/package.mjs',
    );
  }
  await writeFile(file, text);
}

/** Builds the wheel from the sources that jsii-pacmak writes; jsii-pacmak itself would choose its own versions to build with. */
async function buildWheel() {
  await run('jsii-pacmak', ['--targets', 'python', '--code-only', '--outdir', WORK, CONSTRUCTS]);
  await translateNode(join(WORK, 'python/README.md'));
  await translateNode(join(WORK, 'python/src/cdk_mfa_guardrails/__init__.py'));
  await run(
    join(VENV, 'bin/pip'),
    ['wheel', '--no-deps', '--no-build-isolation', '--no-index', '--wheel-dir', DIST, '.'],
    { cwd: join(WORK, 'python') },
  );
}

/** Lists the files. @throws when the tarball of the constructs exceeds its budget */
async function listFiles() {
  for (const name of (await readdir(DIST)).sort()) {
    const { size } = await stat(join(DIST, name));
    process.stdout.write(`${`${Math.ceil(size / 1024)} KiB`.padStart(9)}  dist/${name}\n`);
    if (name.startsWith('cdk-mfa-guardrails-') && size > MAX_CONSTRUCTS_BYTES) {
      throw new PackageError(
        `dist/${name} has ${size} bytes, must have at most ${MAX_CONSTRUCTS_BYTES}`,
        'look for source maps, and for files of bundled packages that Node does not load: tar tzvf',
      );
    }
  }
}

try {
  await requirePython();
  await rm(DIST, { recursive: true, force: true });
  await mkdir(WORK, { recursive: true });
  await copyConstructs();
  await Promise.all([packConstructs(), packRunbook(), step('Python', preparePython)]);
  await step('the wheel', buildWheel);
  await rm(WORK, { recursive: true });
  await listFiles();
} catch (error) {
  process.stderr.write(`package: error: ${error instanceof PackageError ? error.message : error.stack}\n`);
  if (error.hint !== undefined) {
    process.stderr.write(`package: hint: ${error.hint}\n`);
  }
  process.exitCode = 1;
}
