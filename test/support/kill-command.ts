/**
 * The process of a command dies at a write of the journal: nothing is heard of it any more, what it wrote stays, and
 * its locks are gone.
 */
import type { Bench } from './bench';
import type { DurableWrite } from './memory-journals';

/** Whether a command dies now: asked at every write of its journal, before it is durable and after, until it says so. */
export type DeathAt = (write: DurableWrite) => boolean;

/** At the nth write, from 0; where it is not said when, before and after count as one each. */
export function atWrite(nth: number, when?: DurableWrite['when']): DeathAt {
  let seen = 0;
  return (write) => (when === undefined || write.when === when) && seen++ === nth;
}

/** Once the journal says this of its last step, durably: that it was begun, or done, or either. */
export function atStep(name: string, state?: string): DeathAt {
  return ({ when, journal }) => {
    const last = journal?.steps.at(-1);
    return when === 'after' && last?.name === name && (state === undefined || last.state === state);
  };
}

/** Runs a command until its death, and not one instruction longer. @returns whether it came that far before it ended */
export async function killCommand(
  bench: Bench,
  isDeath: DeathAt,
  ...args: readonly string[]
): Promise<boolean> {
  const { journals } = bench;
  const died = new Promise<true>((resolve) => {
    journals.onDurableWrite = (write) => {
      if (!isDeath(write)) {
        return undefined;
      }
      resolve(true);
      return new Promise(() => undefined);
    };
  });
  const ended = bench.run(...args).then(() => false as const);
  const isDead = await Promise.race([died, ended]);
  journals.onDurableWrite = () => undefined;
  journals.forgetLocks();
  return isDead;
}
