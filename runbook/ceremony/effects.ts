/**
 * Effects: the parts of a ceremony that change the world. The journal says "begun", durably, before an effect and
 * "done" after it, so that the next run knows what a crash interrupted.
 */
import { formatPlace, type Place } from '../../lib/record/place';
import { type Facts, type Journal, JournalError, type JournalStep, type OpenJournal } from './journal';

/** The fate of an effect that an earlier run began: as if done, or as if never begun. */
export type Fate = 'done' | 'undone';

/** The journal of one running ceremony. */
export class Effects {
  readonly #open: OpenJournal;
  readonly #now: () => number;
  #journal: Journal;

  /** @param now unix milliseconds */
  public constructor(open: OpenJournal, begun: Journal, now: () => number) {
    this.#open = open;
    this.#now = now;
    this.#journal = open.found ?? begun;
  }

  public get journal(): Journal {
    return this.#journal;
  }

  /** Makes the ceremony about another token, when nothing is left of the earlier one. */
  public retarget(place: Place): void {
    this.#journal = { ...this.#journal, serial: formatPlace(place) };
  }

  /** Finds an effect as the journal keeps it, from this run or an earlier one. */
  public find(name: string): JournalStep | undefined {
    return this.#journal.steps.find((step) => step.name === name);
  }

  public isDone(name: string): boolean {
    return this.find(name)?.state === 'done';
  }

  /** Returns the facts that an effect left for later runs; none if it was not done. */
  public facts(name: string): Facts {
    return this.find(name)?.facts ?? {};
  }

  /** Does an effect, unless an earlier run did. `work` returns the facts that a later run needs. */
  public async once(name: string, work: () => Promise<Facts | undefined>): Promise<void> {
    if (this.isDone(name)) {
      return;
    }
    const at = new Date(this.#now()).toISOString();
    await this.#set({ name, state: 'begun', facts: {}, at });
    await this.#set({ name, state: 'done', facts: (await work()) ?? {}, at });
  }

  /** Keeps a decision for later runs, in one write: a decision that was only "begun" would have to be asked for again. */
  public async keep(name: string, facts: Facts): Promise<void> {
    await this.#set({ name, state: 'done', facts });
  }

  /**
   * Finds out, in the given order, what became of each effect that an earlier run began. Each fate observes the world
   * and leaves it as its answer says; after `undone` every later effect is forgotten, too.
   */
  public async settle(fates: Readonly<Record<string, (found: JournalStep) => Promise<Fate>>>): Promise<void> {
    for (const [name, fate] of Object.entries(fates)) {
      const found = this.find(name);
      if (found === undefined) {
        continue;
      }
      if ((await fate(found)) === 'done') {
        await this.#set({ ...found, state: 'done' });
      } else {
        await this.forgetFrom(name);
      }
    }
  }

  /** Forgets an effect and all after it. */
  public async forgetFrom(name: string): Promise<void> {
    const index = this.#journal.steps.findIndex((step) => step.name === name);
    if (index >= 0) {
      await this.#write(this.#journal.steps.slice(0, index));
    }
  }

  async #set(step: JournalStep): Promise<void> {
    const { steps } = this.#journal;
    const isKnown = steps.some(({ name }) => name === step.name);
    await this.#write(
      isKnown ? steps.map((each) => (each.name === step.name ? step : each)) : [...steps, step],
    );
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
      throw new JournalError('not-written', 'its file', detail, { cause: error });
    }
    this.#journal = journal;
  }
}

/** Decides the fate of an effect that nobody can observe by what the journal says of it. */
export async function byItsWord({ state }: JournalStep): Promise<Fate> {
  return state === 'done' ? 'done' : 'undone';
}
