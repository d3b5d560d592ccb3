/** Plays schedules in as many processes as there are cores: each run is alone in its world, so nothing is shared. */
import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Result } from './report';
import { playSchedule } from './schedules';

/** The number of seeds that a process is given at once. */
const CHUNK = 250;

/** The argument by which the bundle knows that it is such a process. */
export const WORKER = 'schedule-worker';

interface Order {
  readonly seed: number;
  readonly count: number;
}

interface Delivery {
  readonly count: number;
  readonly failed: readonly Result[];
  /** External calls made. */
  readonly calls: number;
  readonly faults: number;
}

/** The totals of all schedules. */
interface Totals {
  readonly calls: number;
  readonly faults: number;
}

/** Plays `runs` schedules from a seed on. */
export async function playSchedules(
  { seed, runs }: { readonly seed: number; readonly runs: number },
  onResult: (result: Result | undefined) => void,
): Promise<Totals> {
  let next = 0;
  const totals = { calls: 0, faults: 0 };
  function take(): Order | undefined {
    if (next >= runs) {
      return undefined;
    }
    const order = { seed: seed + next, count: Math.min(CHUNK, runs - next) };
    next += order.count;
    return order;
  }
  function onDelivery({ count, failed, calls, faults }: Delivery): void {
    totals.calls += calls;
    totals.faults += faults;
    for (const result of failed) {
      onResult(result);
    }
    for (let passed = failed.length; passed < count; passed++) {
      onResult(undefined);
    }
  }
  const workers = Math.min(availableParallelism(), Math.ceil(runs / CHUNK));
  await Promise.all(Array.from({ length: workers }, () => employ(take, onDelivery)));
  return totals;
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
        reject(new Error(`a process that plays schedules ended with ${code}`));
      }
    });
    order();
  });
}

/** Runs in such a process: plays each order and sends its result, until no order comes. */
export function serveSchedules(): void {
  process.on('message', (order: Order) => {
    deliver(order).then(
      (delivery) => process.send?.(delivery),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  });
  process.on('disconnect', () => process.exit(0));
}

async function deliver({ seed, count }: Order): Promise<Delivery> {
  const failed: Result[] = [];
  let calls = 0;
  let faults = 0;
  for (let i = 0; i < count; i++) {
    const { violations, trace } = await playSchedule(seed + i);
    calls += trace.length;
    faults += trace.filter(({ fault }) => fault !== undefined).length;
    if (violations.length > 0) {
      failed.push({ part: 'schedules', run: `seed ${seed + i}`, seed: seed + i, violations });
    }
  }
  return { count, failed, calls, faults };
}
