/** One process's way out: each external call takes its turn, meets its fault, and has its effect, or not. */
import type { MovableClock } from '../support/clock';
import type { CallKind, Fault, FaultPlan, PlannedCall } from './fault';
import { never, type Process, type Scheduler } from './scheduler';

/** One external call that was made. */
export interface TracedCall extends PlannedCall {
  readonly fault: Fault | undefined;
  /** Unix milliseconds of the world. */
  readonly atMs: number;
}

/** The parts that all processes of a world share. */
export interface Course {
  readonly scheduler: Scheduler;
  readonly clock: MovableClock;
  /** Replaced by none when the world heals. */
  plan: FaultPlan;
  readonly trace: TracedCall[];
}

/** Gives a process its access to the outside. */
export interface WayOut {
  readonly process: Process;
  /**
   * One external call.
   *
   * @param effect does it; told of the faults that are not the process's own
   */
  call<T>(kind: CallKind, name: string, effect: (fault: Fault | undefined) => T | Promise<T>): Promise<T>;
  /** Another attempt of the same call. */
  again<T>(kind: CallKind, effect: () => T | Promise<T>): Promise<T>;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The way out of one process, by turns and through faults. */
export class Outside implements WayOut {
  public constructor(
    public readonly process: Process,
    private readonly course: Course,
  ) {}

  public async call<T>(
    kind: CallKind,
    name: string,
    effect: (fault: Fault | undefined) => T | Promise<T>,
  ): Promise<T> {
    const { process, course } = this;
    await course.scheduler.turn(process, kind);
    const fault = this.#meet(kind, name);
    if (fault === 'kill-before') {
      return this.#die();
    }
    if (fault === 'cancel') {
      process.interrupt();
    }
    if (fault !== 'kill-after') {
      return this.#heard(effect(fault));
    }
    await Promise.resolve(effect(undefined)).catch(() => undefined);
    return this.#die();
  }

  /** In a turn of its own. */
  public async again<T>(kind: CallKind, effect: () => T | Promise<T>): Promise<T> {
    await this.course.scheduler.turn(this.process, kind);
    return this.#heard(effect());
  }

  /** Sleeps in virtual time; the process can die, or be interrupted, as it falls asleep. */
  public async sleep(ms: number, signal: AbortSignal): Promise<void> {
    const { process, course } = this;
    if (!process.alive) {
      return never();
    }
    const fault = this.#meet('sleep', 'sleep');
    if (fault === 'kill-before' || fault === 'kill-after') {
      return this.#die();
    }
    if (fault === 'cancel') {
      process.interrupt();
    }
    await this.#heard(course.scheduler.sleep(process, ms, signal));
  }

  #meet(kind: CallKind, name: string): Fault | undefined {
    const { process, course } = this;
    const index = process.calls++;
    const fault = course.plan({ process: process.name, kind, name, index });
    course.trace.push({ process: process.name, kind, name, index, fault, atMs: course.clock.now() });
    return fault;
  }

  /** A dead process gets no more answers. */
  async #heard<T>(effect: T | Promise<T>): Promise<T> {
    try {
      const result = await effect;
      return this.process.alive ? result : await never<T>();
    } catch (error) {
      if (!this.process.alive) {
        return never<T>();
      }
      throw error;
    }
  }

  #die<T>(): Promise<T> {
    this.course.scheduler.kill(this.process);
    return never<T>();
  }
}
