/**
 * Runs a ceremony: steps as data, with the intent of each effect in the journal before the effect.
 *
 * A step without `settle` only looks or asks, and is done anew by every run. A step with `settle` changes the world:
 * the journal says "begun" before and "done" after it, and a run that finds either asks `settle` what came of it.
 */
import { type Facts, type Journal, JournalError, type JournalStep, type OpenJournal } from './journal';

/** What a step that a dead run had begun came to: as if it were done, or as if it had never begun. */
export type Settled = 'done' | 'undone';

/** One step of a ceremony; `C` is what its steps share. */
export interface Step<C> {
  /** Stable: journals name it. */
  readonly name: string;
  /** Whether the step is needed; without it always. */
  isNeeded?(context: C): boolean;
  /** Does it. An effect returns what a later run needs to know. */
  run(context: C): Promise<Facts | undefined>;
  /**
   * Finds out, from the world, what became of the step in a run that died after journalling it, and leaves the world as
   * the result says. `undone` takes every later step with it.
   */
  settle?(context: C, found: JournalStep): Promise<Settled>;
}

/** The journal of one running ceremony. */
export class Progress {
  readonly #open: OpenJournal;
  readonly #now: (() => number) | undefined;
  #journal: Journal;

  /** @param now unix milliseconds, for the times of steps */
  public constructor(open: OpenJournal, begun: Journal, now?: () => number) {
    this.#open = open;
    this.#now = now;
    this.#journal = open.found ?? begun;
  }

  public get journal(): Journal {
    return this.#journal;
  }

  /** The record declares another token by now, and nothing of the earlier one is left: the ceremony is about it. */
  public retarget(serial: string): void {
    this.#journal = { ...this.#journal, serial };
  }

  /** How far a step got, in this run or in one before. */
  public find(name: string): JournalStep | undefined {
    return this.#journal.steps.find((step) => step.name === name);
  }

  public async begin(name: string): Promise<void> {
    const at = this.#now === undefined ? {} : { at: new Date(this.#now()).toISOString() };
    await this.#set({ name, state: 'begun', facts: {}, ...at });
  }

  public async finish(name: string, facts: Facts): Promise<void> {
    const at = this.find(name)?.at;
    await this.#set({ name, state: 'done', facts, ...(at === undefined ? {} : { at }) });
  }

  /** Forgets a step and all after it. */
  public async forgetFrom(name: string): Promise<void> {
    const index = this.#journal.steps.findIndex((step) => step.name === name);
    if (index < 0) {
      return;
    }
    await this.#write(this.#journal.steps.slice(0, index));
  }

  async #set(step: JournalStep): Promise<void> {
    const index = this.#journal.steps.findIndex(({ name }) => name === step.name);
    const before = index < 0 ? this.#journal.steps : this.#journal.steps.slice(0, index);
    const after = index < 0 ? [] : this.#journal.steps.slice(index + 1);
    await this.#write([...before, step, ...after]);
  }

  async #write(steps: readonly JournalStep[]): Promise<void> {
    const journal = { ...this.#journal, steps };
    try {
      await this.#open.write(journal);
    } catch (error) {
      if (error instanceof JournalError) {
        throw error;
      }
      const detail = error instanceof Error ? error.message : String(error);
      throw new JournalError('not-written', 'the journal', detail, { cause: error });
    }
    this.#journal = journal;
  }
}

/** Settles what an earlier run left, then does what is still to do, in order. */
export async function runSteps<C>(steps: readonly Step<C>[], context: C, progress: Progress): Promise<void> {
  await settleFound(steps, context, progress);
  await performSteps(steps, context, progress);
}

/** Does what is still to do, in order; for a ceremony that runs in parts, after `settleFound`. */
export async function performSteps<C>(
  steps: readonly Step<C>[],
  context: C,
  progress: Progress,
): Promise<void> {
  for (const step of steps) {
    if (step.isNeeded?.(context) === false) {
      continue;
    }
    if (step.settle === undefined) {
      await step.run(context);
      continue;
    }
    if (progress.find(step.name)?.state === 'done') {
      continue;
    }
    await progress.begin(step.name);
    await progress.finish(step.name, (await step.run(context)) ?? {});
  }
}

/** Finds out what came of every step that an earlier run had begun. */
export async function settleFound<C>(
  steps: readonly Step<C>[],
  context: C,
  progress: Progress,
): Promise<void> {
  for (const step of steps) {
    const found = progress.find(step.name);
    if (found === undefined || step.settle === undefined) {
      continue;
    }
    if ((await step.settle(context, found)) === 'done') {
      await progress.finish(step.name, found.facts);
    } else {
      await progress.forgetFrom(step.name);
    }
  }
}
