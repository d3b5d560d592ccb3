/** Figures of a checkout that say how much one has to hold in mind to read it. */
import type { Source } from './sources';

/** The rooms of the ceremonies; `runbook/flow` is the only one of them in older layouts. */
const CEREMONY_ROOMS = [
  'runbook/ceremonies',
  'runbook/ceremony',
  'runbook/device',
  'runbook/flow',
  'runbook/operator',
  'runbook/record',
];

/** Files that are run or that the build loads; all that `lib/index.ts` exports is jsii's public API. */
const ENTRIES: ReadonlySet<string> = new Set([
  'bin/guardrails.ts',
  'lib/alarms/record-comparison.lambda.js',
  'lib/index.ts',
  'runbook/aws/seed-sdk.ts',
  'runbook/main.ts',
  'runbook/seed-phase-main.ts',
  'runbook/seed-phase/program.ts',
  'runbook/start-up/entry.ts',
  'runbook/start-up/write-help.ts',
]);

const PACKAGES = ['lib', 'runbook', 'bin', 'test'];

/** A figure, the aim it has where it has one, and what it counts. */
export interface Measure {
  readonly name: string;
  readonly value: number;
  readonly aim?: number;
  readonly unit?: '%';
  /** Where to look, one line each. */
  readonly details: readonly string[];
}

export function measure(sources: readonly Source[]): readonly Measure[] {
  const product = sources.filter(({ file }) => isProduct(file));
  const runbook = sources.filter(({ file }) => file.startsWith('runbook/') && file.endsWith('.ts'));
  const rooms = runbook.filter(({ file }) => CEREMONY_ROOMS.includes(roomOf(file)));
  const types = rooms.flatMap(({ file, types: names }) => names.map((name) => `${file}: ${name}`));
  return [
    ...PACKAGES.flatMap((name) => exportMeasures(sources, name)),
    { name: "types in the ceremonies' rooms", value: types.length, aim: 45, details: types },
    parameters('runbook', runbook),
    { ...parameters("the ceremonies' rooms", rooms), aim: 2 },
    {
      name: 'lines of runbook/**/*.ts',
      value: runbook.reduce((sum, { lines }) => sum + lines, 0),
      aim: 14_000,
      details: [],
    },
    ...PACKAGES.map((name) => ({
      ...questions(sources.filter(({ file }) => file.startsWith(`${name}/`))),
      name: `comments of ${name} that begin with What, How, Which or Whether`,
      aim: 0,
    })),
    circles('circles of files', product, ({ file }) => file),
    circles('circles of rooms', product, ({ file }) => roomOf(file)),
  ];
}

/** The folder below a package; a file that lies in no folder is a room of its own. */
function roomOf(file: string): string {
  const [name, room] = file.split('/');
  return `${name}/${room}`;
}

function isProduct(file: string): boolean {
  return !file.startsWith('test/') && !file.startsWith('.ci/');
}

/** Counts exports, those that no other file imports, and those that only tests import. */
function exportMeasures(sources: readonly Source[], name: string): readonly Measure[] {
  const byProduct = importedNames(sources.filter(({ file }) => isProduct(file)));
  const byAll = importedNames(sources);
  const all = sources
    .filter(({ file }) => file.startsWith(`${name}/`) && !ENTRIES.has(file))
    .flatMap(({ file, exports }) => exports.map((each) => `${file}: ${each}`));
  function without(used: ReadonlySet<string>): readonly string[] {
    return all.filter((each) => !used.has(each) && !used.has(each.replace(/: .*/, ': *')));
  }
  const nobody = without(byAll);
  const onlyTests = without(byProduct).filter((each) => !nobody.includes(each));
  return [
    { name: `exports of ${name}`, value: all.length, details: [] },
    { name: `exports of ${name} that nobody imports`, value: nobody.length, aim: 0, details: nobody },
    ...(name === 'test'
      ? []
      : [
          {
            name: `exports of ${name} that only tests import`,
            value: onlyTests.length,
            details: onlyTests,
          },
        ]),
  ];
}

/** The exports that are imported by these files, as `file: name`, through re-exports to where they are declared. */
function importedNames(sources: readonly Source[]): ReadonlySet<string> {
  const byFile = new Map(sources.map((source) => [source.file, source]));
  const imported = new Set<string>();
  function add(file: string, name: string): void {
    const key = `${file}: ${name}`;
    if (imported.has(key)) {
      return;
    }
    imported.add(key);
    for (const { file: origin, name: original, as } of byFile.get(file)?.reExports ?? []) {
      if (as === '*') {
        add(origin, name);
      } else if (as === name || name === '*') {
        add(origin, original);
      }
    }
  }
  for (const { file, uses } of sources) {
    for (const use of uses) {
      add(use.file, use.name);
    }
    if (ENTRIES.has(file)) {
      add(file, '*');
    }
  }
  return imported;
}

function parameters(where: string, sources: readonly Source[]): Measure {
  const functions = sources.flatMap(({ file, functions: all }) => all.map((each) => ({ file, ...each })));
  const many = functions.filter((each) => each.parameters >= 4);
  return {
    name: `functions of ${where} with four or more parameters`,
    value: Math.round((1000 * many.length) / Math.max(1, functions.length)) / 10,
    unit: '%',
    details: many.map(({ file, name, parameters: count }) => `${file}: ${name} (${count})`),
  };
}

function questions(sources: readonly Source[]): Pick<Measure, 'value' | 'details'> {
  const details = sources.flatMap(({ file, comments }) =>
    comments
      .filter((comment) => /^(?:What|How|Which|Whether)\b/.test(comment))
      .map((comment) => `${file}: ${comment.split('\n')[0]}`),
  );
  return { value: details.length, details };
}

/** Groups of nodes that reach each other by imports, types included. */
function circles(name: string, sources: readonly Source[], nodeOf: (source: Source) => string): Measure {
  const nodeOfFile = new Map(sources.map((source) => [source.file, nodeOf(source)]));
  const edges = new Map<string, Set<string>>();
  for (const source of sources) {
    const from = nodeOf(source);
    const targets = edges.get(from) ?? new Set();
    edges.set(from, targets);
    for (const { file } of [...source.uses, ...source.reExports]) {
      const to = nodeOfFile.get(file);
      if (to !== undefined && to !== from) {
        targets.add(to);
      }
    }
  }
  const reach = new Map([...edges.keys()].map((node) => [node, reachable(edges, node)]));
  const groups = new Set(
    [...reach]
      .filter(([node, others]) => others.has(node))
      .map(([node, others]) =>
        [...others]
          .filter((other) => reach.get(other)?.has(node))
          .sort()
          .join(' '),
      ),
  );
  return { name, value: groups.size, aim: 0, details: [...groups] };
}

function reachable(edges: ReadonlyMap<string, ReadonlySet<string>>, from: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const left = [...(edges.get(from) ?? [])];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (!reached.has(node)) {
      reached.add(node);
      left.push(...(edges.get(node) ?? []));
    }
  }
  return reached;
}
