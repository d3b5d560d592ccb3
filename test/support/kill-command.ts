/**
 * Simulates the death of a command's process at a write of the journal: nothing happens after it, what it wrote stays,
 * and its locks are free.
 */
import type { Bench } from './bench';
import type { DurableWrite } from './memory-journals';

/** Decides whether a command dies: called before and after every durable write of its journal, until it returns true. */
type DeathAt = (write: DurableWrite) => boolean;

/** Dies at the nth write, from 0; without `when`, before and after count separately. */
export function atWrite(nth: number, when?: DurableWrite['when']): DeathAt {
  let seen = 0;
  return (write) => (when === undefined || write.when === when) && seen++ === nth;
}

/** Dies when the journal's last step has this name and, if given, this state. */
export function atStep(name: string, state?: string): DeathAt {
  return ({ when, journal }) => {
    const last = journal?.steps.at(-1);
    return when === 'after' && last?.name === name && (state === undefined || last.state === state);
  };
}

/** Runs a command until it dies. @returns false when it ended before that */
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
