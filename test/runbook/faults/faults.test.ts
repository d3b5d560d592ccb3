/** The short form of `npm run faults`: a fixed sample of every part that runs in this process. */
import { type Cell, cellsOf, MATRIX, playCell } from '../../faults/matrix';
import { playSchedule } from '../../faults/schedules';
import { playWrongBurn, WRONG_BURNS } from '../../faults/wrong-burns';
import { isFullExtent } from '../../support/extent';

/** Every so many cells of the matrix. */
const CELL_STRIDE = isFullExtent ? 31 : 97;
const SCHEDULES = 40;
/** Every so many wrong burns, so that some 40 seed bits are among them. */
const BURN_STRIDE = 8;

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
      for (const cell of sample) {
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
