/**
 * Decides whose turn it is. Every external call of every process parks here; when all of them stand still, chance
 * picks the one that goes on. Time is virtual: it moves with each call, and leaps to the next sleeper when nobody else
 * can go on. A process that is killed never gets another turn: none of its code runs any more.
 */
import { cancelled } from '../../runbook/runbook-error';
import type { MovableClock } from '../support/clock';
import type { CallKind } from './fault';
import type { Random } from './random';

/** A process of the program: one command line on one machine. */
export class Process {
  public alive = true;
  public exitCode: number | undefined;
  /** External calls so far. */
  public calls = 0;
  readonly #stop = new AbortController();

  public constructor(
    public readonly name: string,
    /** Drops what the kernel drops with a process: its locks. */
    public readonly onDeath: () => void,
  ) {}

  public get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Ctrl-C. */
  public interrupt(): void {
    this.#stop.abort(cancelled());
  }
}

/** A call that stands still until it is picked. */
interface Parked {
  readonly process: Process;
  go(): void;
}

interface Sleeper extends Parked {
  readonly wakeAtMs: number;
}

/** The duration of a call, milliseconds; a prompt and a token laid on take a person's time. */
const DURATION_MS: Readonly<Record<CallKind, readonly [number, number]>> = {
  aws: [20, 400],
  card: [20, 80],
  lay: [1_000, 6_000],
  prompt: [2_000, 9_000],
  journal: [1, 20],
  evidence: [1, 20],
  file: [1, 20],
  sleep: [0, 0],
};

/** A sleeper no further away than this may overtake a call that waits: longer waits are for a person who is gone. */
const OVERTAKEN_MS = 40_000;

/** A run that needs more turns than this goes in circles. */
const TURNS_AT_MOST = 20_000;

/** A run is stuck if nothing happens for this long, in real time: longer than the SDK's own retries. */
const STUCK_MS = 30_000;

/** A promise of a process that is dead: nobody hears of it again. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** One world's order of events. */
export class Scheduler {
  #parked: Parked[] = [];
  #sleepers: Sleeper[] = [];
  #turns = 0;

  public constructor(
    private readonly clock: MovableClock,
    private readonly random: Random,
  ) {}

  /** Resolves when it is this call's turn; never for a process that is dead. */
  public turn(process: Process, kind: CallKind): Promise<void> {
    if (!process.alive) {
      return never();
    }
    return new Promise((resolve) => {
      const go = (): void => {
        const [least, most] = DURATION_MS[kind];
        this.clock.advance(this.random.between(least, most));
        resolve();
      };
      this.#parked.push({ process, go });
    });
  }

  /** Sleeps in virtual time; rejects with the signal's reason when it is aborted. */
  public sleep(process: Process, ms: number, signal: AbortSignal): Promise<void> {
    if (!process.alive) {
      return never();
    }
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const aborted = (): void => {
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
        if (process.alive) {
          reject(signal.reason);
        }
      };
      function go(): void {
        signal.removeEventListener('abort', aborted);
        resolve();
      }
      const sleeper: Sleeper = { process, go, wakeAtMs: this.clock.now() + Math.max(0, ms) };
      this.#sleepers.push(sleeper);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  /** kill −9. */
  public kill(process: Process): void {
    process.alive = false;
    this.#parked = this.#parked.filter((parked) => parked.process !== process);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.process !== process);
    process.onDeath();
  }

  /** Gives turns until every process has ended or is dead. @throws Error when none of them can go on */
  public async play(processes: readonly Process[]): Promise<void> {
    let stuckSince: number | undefined;
    for (;;) {
      await settled();
      if (processes.every((process) => !process.alive || process.exitCode !== undefined)) {
        return;
      }
      const next = this.#next();
      if (next !== undefined) {
        stuckSince = undefined;
        if (++this.#turns > TURNS_AT_MOST) {
          throw new Error(`still going on after ${TURNS_AT_MOST} turns`);
        }
        next.go();
        continue;
      }
      stuckSince ??= Date.now();
      if (Date.now() - stuckSince > STUCK_MS) {
        throw new Error(`nothing goes on: ${waiting(processes)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  #next(): Parked | undefined {
    const now = this.clock.now();
    const sleeper = this.#sleepers.reduce<Sleeper | undefined>(
      (first, each) => (first === undefined || each.wakeAtMs < first.wakeAtMs ? each : first),
      undefined,
    );
    if (sleeper !== undefined && this.#wakes(sleeper, now)) {
      this.clock.advance(Math.max(0, sleeper.wakeAtMs - now));
      this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
      return sleeper;
    }
    if (this.#parked.length === 0) {
      return undefined;
    }
    return this.#parked.splice(this.random.below(this.#parked.length), 1)[0];
  }

  #wakes(sleeper: Sleeper, now: number): boolean {
    if (sleeper.wakeAtMs <= now || this.#parked.length === 0) {
      return true;
    }
    // While a process sleeps, the others may dawdle.
    const isOthers = this.#parked.every((parked) => parked.process !== sleeper.process);
    return isOthers && sleeper.wakeAtMs - now <= OVERTAKEN_MS && this.random.chance(0.05);
  }
}

function waiting(processes: readonly Process[]): string {
  return processes
    .filter((process) => process.alive && process.exitCode === undefined)
    .map((process) => process.name)
    .join(', ');
}
