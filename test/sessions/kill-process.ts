/** The process dies: nothing is heard of it any more, what it wrote stays, and its locks are gone. */
import type { Stage } from './stage';

/** How far a ceremony gets: the journal's word for it, made durable. */
export interface LastWord {
  readonly step: string;
  readonly state: string;
}

/** Runs a command until the journal says something, and not one instruction longer. */
export async function killAt({ bench }: Stage, words: readonly string[], last: LastWord): Promise<void> {
  const { journals } = bench;
  await new Promise<void>((resolve) => {
    journals.onDurableWrite = ({ when, journal }) => {
      const step = journal?.steps.at(-1);
      if (when !== 'after' || step?.name !== last.step || step.state !== last.state) return undefined;
      resolve();
      return new Promise(() => undefined);
    };
    void bench.run(...words);
  });
  journals.onDurableWrite = () => undefined;
  journals.forgetLocks();
}
