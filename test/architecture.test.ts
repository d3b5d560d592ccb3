/** The walls of the house: what each folder may import, as docs/design.md says. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

const ROOT = join(__dirname, '..');
const SKIPPED = new Set(['node_modules', 'build', 'dist']);

function sources(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) {
      return [];
    }
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return sources(path);
    }
    return /(?<!\.d)\.ts$|\.lambda\.js$/.test(entry.name) ? [path] : [];
  });
}

/** What a file imports: packages by name, files of ours by their path from the root. */
function imports(file: string): readonly string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import\(|require\(|import)\s*'([^']+)'/g)].map(
    ([, name = '']) => name,
  );
  return specifiers.map((name) =>
    name.startsWith('.')
      ? relative(ROOT, resolve(ROOT, dirname(file), name))
          .split(sep)
          .join('/')
      : name,
  );
}

interface Wall {
  readonly folder: string;
  /** Files below the folder that have a rule of their own. */
  readonly except?: readonly string[];
  /** What may be imported: the beginnings of package names and paths. */
  readonly may: readonly string[];
}

/** What constructs are made of. */
const CDK = ['aws-cdk-lib', 'constructs'];

/** The entry of the alarms' function: JavaScript, so that jsii does not compile it. */
const FUNCTION_ENTRY = 'lib/alarms/record-comparison.lambda.js';

const WALLS: readonly Wall[] = [
  { folder: 'lib/record', may: ['lib/record', 'node:crypto', 'yaml', 'valibot'] },
  {
    folder: 'lib',
    except: [
      'lib/record',
      'lib/policy',
      'lib/trust',
      'lib/enforcement',
      'lib/break-glass',
      'lib/fleet',
      'lib/runbook-roles',
      'lib/conformance',
      'lib/organization',
      'lib/alarms',
      'lib/checks',
    ],
    may: ['lib/', ...CDK],
  },
  { folder: 'lib/policy', may: ['lib/policy', ...CDK] },
  { folder: 'lib/trust', may: ['lib/trust', 'lib/policy', ...CDK] },
  { folder: 'lib/enforcement', may: ['lib/enforcement', 'lib/policy', 'lib/record', ...CDK] },
  {
    folder: 'lib/break-glass',
    may: ['lib/break-glass', 'lib/enforcement', 'lib/trust', 'lib/policy', 'lib/record', ...CDK],
  },
  { folder: 'lib/fleet', may: ['lib/fleet', 'lib/record', ...CDK] },
  {
    folder: 'lib/runbook-roles',
    may: ['lib/runbook-roles', 'lib/fleet', 'lib/trust', 'lib/policy', 'lib/record', ...CDK],
  },
  { folder: 'lib/conformance', may: ['lib/conformance', 'lib/policy', ...CDK] },
  {
    folder: 'lib/organization',
    may: ['lib/organization', 'lib/enforcement', 'lib/conformance', 'lib/policy', ...CDK],
  },
  {
    folder: 'lib/alarms',
    except: ['lib/alarms/record-comparison.ts', 'lib/alarms/device-judgement.ts', FUNCTION_ENTRY],
    may: ['lib/alarms', 'lib/break-glass', 'lib/fleet', 'lib/policy', 'lib/record', ...CDK],
  },
  // What runs in the alarms' function: no CDK. The Lambda runtime carries the SDK.
  { folder: 'lib/alarms/record-comparison.ts', may: ['lib/record', 'lib/alarms/device-judgement'] },
  { folder: 'lib/alarms/device-judgement.ts', may: ['lib/record'] },
  {
    folder: FUNCTION_ENTRY,
    may: ['lib/alarms/record-comparison', '@aws-sdk/client-sns', '@aws-sdk/client-ssm'],
  },
  {
    folder: 'lib/checks',
    except: ['lib/checks/template-file.ts'],
    may: ['lib/checks', 'lib/record/nearest-word', ...CDK],
  },
  // A validation plugin is handed the paths of the templates.
  { folder: 'lib/checks/template-file.ts', may: ['lib/checks', 'aws-cdk-lib', 'node:fs', 'node:path'] },
  {
    folder: 'bin',
    may: ['bin/', 'lib/index', 'lib/record/nearest-word', 'aws-cdk-lib', 'cdk-nag', 'node:fs'],
  },
  {
    folder: 'runbook/token',
    except: ['runbook/token/pcsc.ts'],
    may: ['runbook/token', 'runbook/seed', 'node:crypto', 'node:events', 'node:timers', 'otpauth'],
  },
  {
    folder: 'runbook/token/pcsc.ts',
    may: ['runbook/token', 'nfc-pcsc', 'node:net', 'node:os'],
  },
  { folder: 'runbook/aws', may: ['runbook/aws', 'runbook/seed', 'lib/record', '@aws-sdk/'] },
  { folder: 'runbook/evidence', may: ['runbook/evidence', 'lib/record', 'node:crypto'] },
  { folder: 'runbook/report', may: ['runbook/evidence', 'runbook/review', 'lib/record'] },
  {
    folder: 'runbook/files',
    may: [
      'runbook/files',
      'runbook/ceremony/journal',
      'runbook/evidence',
      'runbook/clock',
      'lib/record/rules',
      'lib/record/text',
      'node:',
    ],
  },
  { folder: 'runbook/ceremony', may: ['runbook/', 'lib/record', 'node:crypto'] },
  { folder: 'runbook/ceremonies', may: ['runbook/', 'lib/record', 'node:crypto'] },
  { folder: 'runbook/device', may: ['runbook/', 'lib/record'] },
  { folder: 'runbook/operator', may: ['runbook/', 'lib/record'] },
  { folder: 'runbook/record', may: ['runbook/', 'lib/record'] },
  {
    folder: 'runbook/seed-phase',
    may: [
      'runbook/seed',
      'runbook/aws',
      'runbook/token',
      'runbook/clock',
      'runbook/runbook-error',
      'lib/record/text',
      'node:child_process',
      'node:inspector',
      'node:module',
      'node:path',
      'node:url',
    ],
  },
  {
    folder: 'runbook/review',
    may: [
      'runbook/review',
      'runbook/evidence',
      'runbook/record',
      'runbook/ceremony',
      'runbook/device/preflight',
      'runbook/aws',
      'runbook/token',
      'runbook/files/files',
      'runbook/runbook-error',
      'lib/record',
    ],
  },
  { folder: 'runbook/terminal', may: ['runbook/', 'lib/record', '@clack/prompts', 'node:'] },
  {
    folder: 'runbook/signin',
    except: ['runbook/signin/local-private-files.ts', 'runbook/signin/run-program.ts'],
    may: ['runbook/', 'lib/record', 'node:crypto'],
  },
  {
    folder: 'runbook/signin/local-private-files.ts',
    may: ['runbook/signin', 'node:fs', 'node:os', 'node:path'],
  },
  { folder: 'runbook/signin/run-program.ts', may: ['node:child_process', 'node:os'] },
  {
    folder: 'runbook/commands',
    may: ['runbook/', 'lib/record/rules', 'commander', 'node:timers'],
  },
];

describe.each(WALLS)('$folder', ({ folder, except = [], may }) => {
  const files = /\.[tj]s$/.test(folder)
    ? [folder]
    : sources(folder).filter((file) => !except.some((other) => file.startsWith(other)));

  test('imports only what it may', () => {
    const foreign = files.flatMap((file) =>
      imports(file)
        .filter((name) => !may.some((allowed) => name.startsWith(allowed)))
        .map((name) => `${file} imports ${name}`),
    );
    expect(files.length).toBeGreaterThan(0);
    expect(foreign).toEqual([]);
  });
});

const published = [...sources('lib'), ...sources('runbook')];

test('nobody imports the folder lib, which would be its build', () => {
  const everything = [...published, ...sources('bin'), ...sources('test')];
  expect(
    everything.filter((file) => imports(file).some((name) => name === 'lib' || name === 'lib/')),
  ).toEqual([]);
});

test('only runbook/aws imports the SDK, and the function that the Lambda runtime gives it', () => {
  const importers = published.filter((file) => imports(file).some((name) => name.startsWith('@aws-sdk/')));
  expect(importers.length).toBeGreaterThan(0);
  expect(importers.filter((file) => !file.startsWith('runbook/aws/'))).toEqual([FUNCTION_ENTRY]);
});

test('only runbook/token/pcsc.ts imports nfc-pcsc', () => {
  expect(published.filter((file) => imports(file).includes('nfc-pcsc'))).toEqual(['runbook/token/pcsc.ts']);
});

test('published code never imports what is licensed for tests only', () => {
  const names = published.flatMap((file) => imports(file));
  expect(names).toContain('valibot');
  expect(names.filter((name) => name.startsWith('@cloud-copilot/') || name.startsWith('test/'))).toEqual([]);
});

test('the runbook takes nothing from lib but the record', () => {
  const taken = sources('runbook').flatMap((file) => imports(file).filter((name) => name.startsWith('lib/')));
  expect(taken.length).toBeGreaterThan(0);
  expect(taken.filter((name) => !name.startsWith('lib/record/'))).toEqual([]);
});

test('a seed is held in a process of its own: the command cannot reach what holds one', () => {
  function importers(name: string) {
    return published.filter((file) => imports(file).includes(name));
  }
  expect(importers('runbook/seed-phase/local-seed-phase')).toEqual(['runbook/seed-phase/serve.ts']);
  expect(importers('runbook/seed-phase/serve')).toEqual(['runbook/seed-phase/own-process.ts']);
  expect(importers('runbook/seed-phase/own-process')).toEqual(['runbook/seed-phase/program.ts']);
  expect(importers('runbook/seed-phase/program')).toEqual([]);
});

test('a device is created, and its seed received, in a seed phase only', () => {
  const creating = published.filter((file) =>
    /\baws\b[^;\n]*\.createDevice\(/i.test(readFileSync(join(ROOT, file), 'utf8')),
  );
  expect(creating.length).toBeGreaterThan(0);
  expect(creating.filter((file) => !file.startsWith('runbook/seed-phase/'))).toEqual([]);
});

/** The entries of the two programs. */
const ENTRIES = [join('runbook', 'main.ts'), join('runbook', 'seed-phase', 'program.ts')];

test('nothing below the entries touches the process', () => {
  const touching = sources('runbook')
    .filter((file) => !ENTRIES.includes(file))
    .filter((file) => /\bprocess\.\w/.test(readFileSync(join(ROOT, file), 'utf8')));
  expect(touching).toEqual([]);
});
