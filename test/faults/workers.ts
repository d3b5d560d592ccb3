/** Plays runs in as many processes as there are cores: each run is alone in its world, so nothing is shared. */
import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { cellsOf, MATRIX, nameOfCell, playCell } from './matrix';
import { formatEpisode, type Result } from './report';
import { playSchedule } from './schedules';

/** The number of seeds that a process is given at once. */
const SEEDS = 250;

/** The parts that the cells of a ceremony are given out in. */
const SHARES = 4;

/** The number of cells played at once: those through the SDK wait for its pauses, in real time. */
const AT_ONCE = 8;

/** The argument by which the bundle knows that it is such a process. */
export const WORKER = 'worker';

/** Every so many cells of a ceremony. */
interface CellOrder {
  readonly part: 'matrix';
  readonly ceremony: string;
  /** Counted from 0. */
  readonly share: number;
  /** Text of the names of the cells. */
  readonly only: string;
  /** Every run that violates something is told in full. */
  readonly verbose: boolean;
}

interface SeedOrder {
  readonly part: 'schedules';
  readonly seed: number;
  readonly count: number;
  readonly verbose: boolean;
}

type Order = CellOrder | SeedOrder;

type Counts = Readonly<Record<string, number>>;

interface Delivery {
  readonly results: readonly Result[];
  /** Runs without a result of their own, which violated nothing. */
  readonly passed: number;
  readonly counts: Counts;
}

type OnResult = (result: Result | undefined) => void;

/** Plays the cells of the whole matrix, or those whose names have a text. */
export function playMatrix(
  { only, verbose }: Pick<CellOrder, 'only' | 'verbose'>,
  onResult: OnResult,
): Promise<Counts> {
  const orders = MATRIX.flatMap(({ name }) =>
    Array.from({ length: SHARES }, (_, share) => ({
      part: 'matrix' as const,
      ceremony: name,
      share,
      only,
      verbose,
    })),
  );
  return employAll(orders, onResult);
}

/** Plays `runs` schedules from a seed on. */
export function playSchedules(
  { seed, runs, verbose }: { readonly seed: number; readonly runs: number; readonly verbose: boolean },
  onResult: OnResult,
): Promise<Counts> {
  const orders = Array.from({ length: Math.ceil(runs / SEEDS) }, (_, i) => ({
    part: 'schedules' as const,
    seed: seed + i * SEEDS,
    count: Math.min(SEEDS, runs - i * SEEDS),
    verbose,
  }));
  return employAll(orders, onResult);
}

/** @returns the sums of what was counted */
async function employAll(orders: readonly Order[], onResult: OnResult): Promise<Counts> {
  const waiting = [...orders];
  const sums: Record<string, number> = {};
  function onDelivery({ results, passed, counts }: Delivery): void {
    for (const [name, count] of Object.entries(counts)) {
      sums[name] = (sums[name] ?? 0) + count;
    }
    for (const result of results) {
      onResult(result);
    }
    for (let i = 0; i < passed; i++) {
      onResult(undefined);
    }
  }
  const workers = Math.min(availableParallelism(), orders.length);
  await Promise.all(Array.from({ length: workers }, () => employ(() => waiting.shift(), onDelivery)));
  return sums;
}

function employ(take: () => Order | undefined, onDelivery: (delivery: Delivery) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(__filename, [WORKER], { execArgv: ['--max-semi-space-size=64'] });
    function order(): void {
      const next = take();
      if (next === undefined) {
        child.disconnect();
      } else {
        child.send(next);
      }
    }
    child.on('message', (delivery: Delivery) => {
      onDelivery(delivery);
      order();
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) {
        resolve();
      } else {
        reject(new Error(`a process that plays runs ended with ${code}`));
      }
    });
    order();
  });
}

/** Runs in such a process: plays each order and sends its results, until no order comes. */
export function serveOrders(): void {
  process.on('message', (order: Order) => {
    (order.part === 'matrix' ? deliverCells(order) : deliverSeeds(order)).then(
      (delivery) => process.send?.(delivery),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  });
  process.on('disconnect', () => process.exit(0));
}

async function deliverCells({ ceremony: name, share, only, verbose }: CellOrder): Promise<Delivery> {
  const ceremony = MATRIX.find((each) => each.name === name);
  if (ceremony === undefined) {
    throw new Error(`there is no ceremony ${name}`);
  }
  const all = await cellsOf(ceremony);
  const cells = all.filter((cell, i) => i % SHARES === share && nameOfCell(cell).includes(only));
  const results: Result[] = [];
  const counts: Record<string, number> = {};
  async function play(): Promise<void> {
    for (let cell = cells.shift(); cell !== undefined; cell = cells.shift()) {
      const episode = await playCell(cell);
      const { driver } = cell;
      for (const counted of cell.sdk ? ['through the SDK', driver] : [driver]) {
        counts[counted] = (counts[counted] ?? 0) + 1;
      }
      results.push({ part: 'matrix', run: nameOfCell(cell), driver, violations: episode.violations });
      if (verbose && episode.violations.length > 0) {
        process.stderr.write(formatEpisode(episode));
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, play));
  return { results, passed: 0, counts };
}

async function deliverSeeds({ seed, count, verbose }: SeedOrder): Promise<Delivery> {
  const results: Result[] = [];
  const counts = { calls: 0, faults: 0 };
  for (let i = 0; i < count; i++) {
    const episode = await playSchedule(seed + i);
    const { violations, trace } = episode;
    counts.calls += trace.length;
    counts.faults += trace.filter(({ fault }) => fault !== undefined).length;
    if (violations.length > 0) {
      results.push({ part: 'schedules', run: `seed ${seed + i}`, seed: seed + i, violations });
    }
    if (verbose) {
      process.stderr.write(formatEpisode(episode));
    }
  }
  return { results, passed: count - results.length, counts };
}
