/**
 * Tests the result of `npm run package` as users install it: the npm tarballs in an empty project, the wheel in a fresh
 * virtual environment, both with the oldest aws-cdk-lib that is allowed, or with the one that is named. Each synthesizes
 * the same app as the sources do here with the newest aws-cdk-lib. Templates and refusals must match word for word.
 *
 *     npm run test:package
 *     npm run test:package -- --cdk 2.275.0
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { build, type Plugin } from 'esbuild';
import { differencesOf } from './differences';

const ROOT = join(__dirname, '../..');
const INVENTORY = join(ROOT, 'tokens.yaml');
const REQUIREMENTS = join(__dirname, 'requirements.txt');
const execute = promisify(execFile);
/** The version of aws-cdk-lib that was asked for; without one, the oldest that is allowed. */
const { cdk: ASKED } = parseArgs({ options: { cdk: { type: 'string' } } }).values;

async function run(cwd: string, program: string, ...args: readonly string[]): Promise<string> {
  try {
    return (await execute(program, args, { cwd, maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = Object(error);
    throw new Error(`${program} ${args.join(' ')} failed\n${stdout}${stderr}`.trimEnd());
  }
}

async function timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const start = performance.now();
  process.stdout.write(`test:package: ${what} …\n`);
  const result = await work();
  process.stdout.write(`test:package: ${what}: ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  return result;
}

/** Finds the one file in dist/ with this beginning and end. */
async function built(beginning: string, end: string): Promise<string> {
  const names = await readdir(join(ROOT, 'dist'));
  const [name, another] = names.filter((each) => each.startsWith(beginning) && each.endsWith(end));
  if (name === undefined || another !== undefined) {
    throw new Error(`dist/ has ${names.join(', ')}, must have one ${beginning}*${end}; run npm run package`);
  }
  return join(ROOT, 'dist', name);
}

/** Reads the oldest version of a peer that lib/package.json allows. */
async function leastVersion(peer: string): Promise<string> {
  const { peerDependencies } = JSON.parse(await readFile(join(ROOT, 'lib/package.json'), 'utf8'));
  return String(peerDependencies[peer]).replace('^', '');
}

async function requireLeastVersionInPython(): Promise<void> {
  const wanted = `aws-cdk-lib==${await leastVersion('aws-cdk-lib')}`;
  if (!(await readFile(REQUIREMENTS, 'utf8')).split('\n').includes(wanted)) {
    throw new Error(
      `${REQUIREMENTS} does not pin ${wanted}, the least that lib/package.json allows; change one of the two`,
    );
  }
}

/** @returns where the app synthesized */
async function synthesizeSources(folder: string): Promise<string> {
  const outdir = join(folder, 'out');
  await run(folder, join(ROOT, 'node_modules/.bin/tsx'), join(__dirname, 'app.ts'), outdir, INVENTORY);
  return outdir;
}

/** Here the app imports the sources; installed, it is to import the package. */
const packageForSources: Plugin = {
  name: 'package-for-sources',
  setup({ onResolve }) {
    onResolve({ filter: /\/lib\/index$/ }, () => ({ path: 'cdk-mfa-guardrails', external: true }));
  },
};

async function synthesizeNpm(folder: string): Promise<string> {
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  const peers =
    ASKED === undefined
      ? await Promise.all(
          ['aws-cdk-lib', 'constructs'].map(async (peer) => `${peer}@${await leastVersion(peer)}`),
        )
      : [`aws-cdk-lib@${ASKED}`];
  const tarballs = [await built('cdk-mfa-guardrails-', '.tgz'), await built('mfa-runbook-', '.tgz')];
  // Without the reader's driver, which is optional and native.
  await run(folder, 'npm', 'install', '--no-audit', '--no-fund', '--omit=optional', ...tarballs, ...peers);
  await build({
    entryPoints: [join(__dirname, 'app.ts')],
    outfile: join(folder, 'app.js'),
    platform: 'node',
    bundle: true,
    packages: 'external',
    plugins: [packageForSources],
    logLevel: 'warning',
  });
  const outdir = join(folder, 'out');
  await run(folder, process.execPath, 'app.js', outdir, INVENTORY);
  const version = await run(folder, join(folder, 'node_modules/.bin/mfa-runbook'), '--version');
  if (!/^\d+\.\d+\.\d+\n$/.test(version)) {
    throw new Error(`mfa-runbook --version prints ${JSON.stringify(version)}, must print its version`);
  }
  await checkWithCommand(folder, outdir);
  return outdir;
}

/** Checks the templates of the app by the installed command, which must find what the plugin found. */
async function checkWithCommand(folder: string, outdir: string): Promise<void> {
  const command = join(folder, 'node_modules/.bin/cdk-mfa-guardrails');
  const printed = await execute(command, ['check', '--json', outdir], { cwd: folder }).catch((error) => {
    // An error in the templates is exit code 1, and a result like any other.
    if (error.code === 1 && error.stderr === '') {
      return { stdout: String(error.stdout) };
    }
    throw error;
  });
  const { findings, notJudged } = JSON.parse(printed.stdout);
  if (!Array.isArray(findings) || findings.length === 0 || !Array.isArray(notJudged)) {
    throw new Error(
      `cdk-mfa-guardrails check --json prints ${printed.stdout}, must print findings of the app`,
    );
  }
}

/** Returns the requirements of the Python app; pip chooses what the version asked for brings along. */
async function requirements(folder: string): Promise<string> {
  if (ASKED === undefined) {
    return REQUIREMENTS;
  }
  const lines = (await readFile(REQUIREMENTS, 'utf8')).split('\n');
  const file = join(folder, 'requirements.txt');
  const others = lines.filter((line) => !/^(aws-cdk|constructs)/.test(line));
  await writeFile(file, [...others, `aws-cdk-lib==${ASKED}\n`].join('\n'));
  return file;
}

async function synthesizePython(folder: string): Promise<string> {
  await run(folder, 'python3', '-m', 'venv', 'venv');
  const python = join(folder, 'venv/bin/python');
  // With -I, Python ignores the user's own packages and settings.
  const install = ['-I', '-m', 'pip', 'install', '--no-compile', '--disable-pip-version-check'];
  await run(folder, python, ...install, '-r', await requirements(folder));
  await run(
    folder,
    python,
    ...install,
    '--no-deps',
    '--no-index',
    await built('cdk_mfa_guardrails-', '.whl'),
  );
  await run(folder, python, '-I', '-m', 'pip', 'check');
  const outdir = join(folder, 'out');
  await run(folder, python, '-I', join(__dirname, 'app.py'), outdir, INVENTORY);
  return outdir;
}

/** Reads the output of an app: its templates, its refusals and the findings of our checks, by file name. */
async function outputs(outdir: string): Promise<Readonly<Record<string, unknown>>> {
  const names = (await readdir(outdir)).filter((name) => /\.template\.json$|^refusals\.json$/.test(name));
  const values = names.map(async (name) => [name, JSON.parse(await readFile(join(outdir, name), 'utf8'))]);
  const findings = findingsIn(await readFile(join(outdir, 'validation-report.json'), 'utf8'));
  return { ...Object.fromEntries(await Promise.all(values)), findings };
}

/** The parts of a report that depend on the program that made it and on its version of CDK. */
const OF_THE_PROGRAM = new Set(['stackTraces', 'acknowledgedStackTrace', 'libraryVersion']);

function findingsIn(report: string): unknown {
  const { pluginReports } = JSON.parse(report, (key, value) => (OF_THE_PROGRAM.has(key) ? undefined : value));
  return pluginReports.filter(
    ({ pluginName }: { readonly pluginName: string }) => pluginName === 'MfaChecks',
  );
}

/** Prints every difference from the sources. @returns their number */
function compare(what: string, sources: unknown, theirs: unknown): number {
  const differences = differencesOf(sources, theirs);
  for (const { path, one, other } of differences) {
    process.stderr.write(
      `${path}\n  the sources: ${JSON.stringify(one)}\n  ${what}: ${JSON.stringify(other)}\n`,
    );
  }
  return differences.length;
}

async function check(folder: string): Promise<void> {
  await requireLeastVersionInPython();
  async function inFolder(name: string, synthesize: (folder: string) => Promise<string>) {
    const own = join(folder, name);
    await mkdir(own);
    return timed(name, async () => outputs(await synthesize(own)));
  }
  const runs = [
    inFolder('the wheel', synthesizePython),
    inFolder('the npm tarball', synthesizeNpm),
    inFolder('the sources', synthesizeSources),
  ] as const;
  // The folder is removed afterwards, so every run must have ended.
  await Promise.allSettled(runs);
  const [python, npm, sources] = await Promise.all(runs);

  const names = Object.keys(sources);
  if (names.filter((name) => name.endsWith('.template.json')).length < 2) {
    throw new Error(`the sources left ${names.join(', ')}, must leave a template for each stack`);
  }
  if (JSON.stringify(sources['refusals.json']).includes('not refused')) {
    throw new Error(`the sources accept what they must refuse: ${JSON.stringify(sources['refusals.json'])}`);
  }
  if (!JSON.stringify(sources.findings).includes('MfaChecks::RoleWithoutMfa')) {
    throw new Error(`the checks found ${JSON.stringify(sources.findings)}, must find the role without MFA`);
  }
  const differences = compare('the npm tarball', sources, npm) + compare('the wheel', sources, python);
  if (differences > 0) {
    throw new Error(`${differences} differences from the sources`);
  }
  process.stdout.write(`test:package: the same three times: ${names.join(', ')}\n`);
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mfa-guardrails-package-'));
  // jsii keeps unpacked packages by their version; here the same version has new content.
  process.env.JSII_RUNTIME_PACKAGE_CACHE_ROOT = join(folder, 'jsii');
  try {
    await check(folder);
  } catch (error) {
    process.stderr.write(`test:package: error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

void main();
