/**
 * The walls of the house, the circles there may not be, and the places that alone may do a thing.
 *
 * A circle of rooms counts every import: a room whose types need another cannot be understood without it. A circle
 * of files counts the imports that are left when the program runs: two interfaces that name each other are no
 * trouble to anybody, while two modules that load each other are.
 */
import { circles } from './circles';
import { importsOf, read, sources } from './imports';
import { FUNCTION_ENTRY, ROOMS, type Room } from './rooms';
import { withTable } from './table';

const PUBLISHED = [...sources('lib'), ...sources('runbook')];
const FILES = [...PUBLISHED, ...sources('bin')];
const IMPORTS = FILES.flatMap(importsOf);

function isWithin(name: string, allowed: string): boolean {
  return name === allowed || name.startsWith(`${allowed}/`);
}

function roomOf(file: string): Room | undefined {
  return ROOMS.find(({ path }) => isWithin(file, path));
}

interface Wall {
  /** The room, or one file in it. */
  readonly path: string;
  readonly may: readonly string[];
  /** Files of the room that have a wall of their own. */
  readonly except: readonly string[];
}

const WALLS = ROOMS.flatMap(({ path, may, files = {} }): readonly Wall[] => {
  const own = Object.entries(files).map(([name, allowed]) => ({
    path: `${path}/${name}`,
    may: allowed,
    except: [],
  }));
  return [{ path, may: [path, ...may], except: own.map((wall) => wall.path) }, ...own];
});

describe.each(WALLS)('$path', ({ path, may, except }) => {
  const imports = IMPORTS.filter(({ from }) => isWithin(from, path) && !except.includes(from));

  test('imports only what it may', () => {
    const foreign = imports.filter(({ to }) => !may.some((name) => isWithin(to, name)));
    expect(foreign.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  test('has no permission that it does not use', () => {
    const unused = may.filter((name) => name !== path && !imports.some(({ to }) => isWithin(to, name)));
    expect(unused).toEqual([]);
  });
});

test('every source file is in a room, and nothing but the ground and the roof lies loose', () => {
  expect(FILES.filter((file) => roomOf(file) === undefined)).toEqual([]);
  expect(ROOMS.filter(({ path }) => !FILES.some((file) => isWithin(file, path)))).toEqual([]);
});

test('no wall lets everything through: what it names of ours is one room, or one file', () => {
  const ours = WALLS.flatMap(({ may }) => may).filter((name) => /^(?:lib|runbook|bin|test)\b/.test(name));
  const files = new Set([...FILES, 'runbook/package.json']);
  expect(ours.filter((name) => !files.has(name) && !ROOMS.some(({ path }) => path === name))).toEqual([]);
});

test('no import is overlooked', () => {
  const overlooked = FILES.filter((file) => {
    const specifiers = read(file).match(/(?:from|import|import\(|require\()\s*'[^']+'/g) ?? [];
    return specifiers.length !== importsOf(file).length;
  });
  expect(overlooked).toEqual([]);
});

test('no circle of rooms', () => {
  const crossing = IMPORTS.flatMap(({ from, to }) => {
    const [room, other] = [roomOf(from)?.path, roomOf(to)?.path];
    return room === undefined || other === undefined ? [] : [[room, other] as const];
  });
  expect(crossing.length).toBeGreaterThan(100);
  expect(circles(crossing)).toEqual([]);
});

test('no circle of files', () => {
  const edges = IMPORTS.filter(({ isTypeOnly }) => !isTypeOnly).map(({ from, to }) => [from, to] as const);
  expect(circles(edges)).toEqual([]);
});

test.each([
  { edges: ['a b', 'b c'], found: [] },
  { edges: ['a b', 'b a', 'a c'], found: ['a → b → a'] },
  { edges: ['c a', 'b c', 'a b', 'd d'], found: ['a → b → c → a'] },
])('circles of $edges', ({ edges, found }) => {
  expect(circles(edges.map((edge) => [edge.charAt(0), edge.charAt(2)] as const))).toEqual(found);
});

test('docs/design.md shows these walls (npx tsx test/architecture/write-table.ts)', () => {
  const page = read('docs/design.md');
  expect(page).toBe(withTable(page));
});

test('nobody imports the folder lib, which would be its build', () => {
  const everything = [...IMPORTS, ...sources('test').flatMap(importsOf)];
  expect(everything.filter(({ to }) => to === 'lib' || to === 'lib/')).toEqual([]);
});

function importersOf(isIt: (name: string) => boolean): readonly string[] {
  return [...new Set(IMPORTS.filter(({ to }) => isIt(to)).map(({ from }) => from))];
}

test('only runbook/aws imports the SDK, and the function that the Lambda runtime gives it', () => {
  const importers = importersOf((name) => name.startsWith('@aws-sdk/'));
  expect(importers.length).toBeGreaterThan(1);
  expect(importers.filter((file) => !file.startsWith('runbook/aws/'))).toEqual([FUNCTION_ENTRY]);
});

test('only runbook/token/pcsc.ts imports nfc-pcsc', () => {
  expect(importersOf((name) => name === 'nfc-pcsc')).toEqual(['runbook/token/pcsc.ts']);
});

test('published code never imports what is licensed for tests only', () => {
  const names = PUBLISHED.flatMap(importsOf).map(({ to }) => to);
  expect(names).toContain('valibot');
  expect(names.filter((name) => name.startsWith('@cloud-copilot/') || name.startsWith('test/'))).toEqual([]);
});

test('the runbook takes nothing from lib but the record', () => {
  const taken = IMPORTS.filter(({ from, to }) => isWithin(from, 'runbook') && isWithin(to, 'lib'));
  expect(taken.length).toBeGreaterThan(0);
  expect(taken.filter(({ to }) => !isWithin(to, 'lib/record'))).toEqual([]);
});

test('a seed is held in a process of its own: the command cannot reach what holds one', () => {
  function importers(file: string) {
    return importersOf((name) => name === `runbook/seed-phase/${file}.ts`);
  }
  expect(importers('local-seed-phase')).toEqual(['runbook/seed-phase/serve.ts']);
  expect(importers('serve')).toEqual(['runbook/seed-phase/own-process.ts']);
  expect(importers('own-process')).toEqual(['runbook/seed-phase/program.ts']);
  expect(importers('program')).toEqual([]);
});

test('a device is created, and its seed received, in a seed phase only', () => {
  const creating = PUBLISHED.filter((file) => /\baws\b[^;\n]*\.createDevice\(/i.test(read(file)));
  expect(creating.length).toBeGreaterThan(0);
  expect(creating.filter((file) => !file.startsWith('runbook/seed-phase/'))).toEqual([]);
});

/** The entries of the two programs, and the start of the built command. */
const ENTRIES = ['runbook/start-up/entry.ts', 'runbook/main.ts', 'runbook/seed-phase/program.ts'];

test('nothing below the entries touches the process', () => {
  const touching = sources('runbook').filter((file) => /\bprocess\.\w/.test(read(file)));
  expect(touching.filter((file) => !ENTRIES.includes(file))).toEqual([]);
});
