/** The short form of `npm run faults`: a fixed sample of every part that runs in this process. */
import { TOKEN_TYPES } from '../../../lib/record/record';
import { type Cell, cellsOf, MATRIX, playCell } from '../../faults/matrix';
import { playSchedule } from '../../faults/schedules';
import { INTERCEPTIONS } from '../../faults/sdk-aws';
import { playWrongBurn, WRONG_BURNS } from '../../faults/wrong-burns';
import { isFullExtent } from '../../support/extent';

/** One cell of this many in the matrix is played. */
const CELL_STRIDE = isFullExtent ? 31 : 389;
const SCHEDULES = isFullExtent ? 40 : 25;
/** One wrong burn of this many is played; about 40 of those in full flip a bit of the seed, and about 13 otherwise. */
const BURN_STRIDE = isFullExtent ? 8 : 24;
/** One cell of this many that go through the SDK is played. It is odd, so that both sides of their effect are among them. */
const SDK_STRIDE = isFullExtent ? 1 : 5;
/** One cell of this many that are faults of the card is played. */
const CARD_STRIDE = isFullExtent ? 1 : 3;

test.each(MATRIX.map((ceremony) => [ceremony.name, ceremony] as const))(
  'a sample of the fault matrix of %s violates nothing',
  async (_name, ceremony) => {
    const cells = (await cellsOf(ceremony)).filter(({ sdk }) => !sdk);
    expect(cells.length).toBeGreaterThan(100);
    for (let i = 0; i < cells.length; i += CELL_STRIDE) {
      const cell = cells[i];
      if (cell === undefined) {
        continue;
      }
      expect({ cell, violations: (await playCell(cell)).violations }).toEqual({ cell, violations: [] });
    }
  },
);

test.each(TOKEN_TYPES)('every ceremony of %s, of a holder and of root, is in the matrix', (type) => {
  const names = MATRIX.filter(({ driver = 'programmable' }) => driver === type).map(({ name }) => name);
  // A FIDO key has no clock, and root resynchronizes its devices in the console.
  const ofHolder = ['enroll', 'prove', ...(type === 'fido2' ? [] : ['resync']), 'replace', 'retire'];
  const ofRoot = ['enroll', 'prove', 'replace', 'retire'].map((ceremony) => `${ceremony} root`);
  for (const ceremony of [...ofHolder, ...ofRoot]) {
    const isOfRoot = ceremony.endsWith(' root');
    const found = names.filter((name) => name.startsWith(ceremony) && name.includes(' root') === isOfRoot);
    expect({ ceremony, isThere: found.length > 0 }).toEqual({ ceremony, isThere: true });
  }
});

const FORMS = Object.keys(INTERCEPTIONS);

test.each([
  ['enroll', 'iam:EnableMFADevice'],
  ['resync molto2', 'iam:ResyncMFADevice'],
])('through the SDK, %s survives late answers and every answer of an intermediary', async (name, pair) => {
  const ceremony = MATRIX.find((each) => each.name === name);
  const cells = ceremony === undefined ? [] : (await cellsOf(ceremony)).filter(({ sdk }) => sdk);
  for (const call of new Set(cells.map((cell) => cell.call))) {
    const before = cells.filter((cell) => cell.call === call && cell.fault === 'intercepted-before');
    expect([...new Set(before.map(({ interception }) => interception))].sort()).toEqual([...FORMS].sort());
  }
  const sample = cells.filter(({ call, fault }) => call === pair && /intercepted|late/.test(fault));
  // Each form before and after its effect, and one that comes after 50 s.
  expect(sample).toHaveLength(2 * FORMS.length + 1);
  for (const cell of sample.filter((_, at) => at % SDK_STRIDE === 0)) {
    expect({ cell, violations: (await playCell(cell)).violations }).toEqual({ cell, violations: [] });
  }
});

const TYPES = ['programmable', 'molto2', 'oath'] as const;

test.each(TYPES)(
  'an enrollment of %s survives a pull, an unplugged reader and a stopped pcscd',
  async (type) => {
    const ceremony = MATRIX.find(
      ({ name, driver = 'programmable' }) => driver === type && /^enroll/.test(name),
    );
    if (ceremony === undefined) {
      throw new Error(`no enrollment of ${type}`);
    }
    const cells = (await cellsOf(ceremony)).filter(({ kind }) => kind === 'card');
    const faults = ['pulled-before', 'pulled-after', 'unplugged', 'service-stopped'];
    // The write of the seed, and those before it.
    expect(new Set(cells.map(({ call }) => call)).size).toBeGreaterThan(3);
    const byFault = faults.map((fault) => cells.filter((cell: Cell) => cell.fault === fault));
    for (const [i, list] of byFault.entries()) {
      const sample = list.filter((_, at) => at % faults.length === i);
      expect(sample.length).toBeGreaterThan(0);
      for (const cell of sample.filter((_, at) => at % CARD_STRIDE === 0)) {
        expect({ cell, violations: (await playCell(cell)).violations }).toEqual({ cell, violations: [] });
      }
    }
  },
);

test('random schedules violate nothing', async () => {
  const met = new Set<string>();
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const { violations, trace } = await playSchedule(seed);
    expect({ seed, violations }).toEqual({ seed, violations: [] });
    for (const { fault } of trace) {
      if (fault !== undefined) {
        met.add(fault);
      }
    }
  }
  // They are no healthy runs.
  expect(met.size).toBeGreaterThan(10);
});

test('a schedule is its seed: played again it makes the same calls', async () => {
  async function calls(seed: number) {
    return (await playSchedule(seed)).trace.map(({ process, name, fault, atMs }) => [
      process,
      name,
      fault,
      atMs,
    ]);
  }
  expect(await calls(5)).toEqual(await calls(5));
  expect(await calls(5)).not.toEqual(await calls(6));
});

test('a sample of wrong burns is refused before Enable, and right ones are not', async () => {
  const sample = WRONG_BURNS.filter(
    ({ name, isRight }, i) => isRight || i % BURN_STRIDE === 0 || /SHA|steps/.test(name),
  );
  expect(sample.filter(({ isRight }) => isRight).length).toBeGreaterThan(1);
  for (const [i, burn] of sample.entries()) {
    const violations = await playWrongBurn(burn, i % 2 === 0 ? '1' : '2', i);
    expect({ burn: burn.name, violations }).toEqual({ burn: burn.name, violations: [] });
  }
});
