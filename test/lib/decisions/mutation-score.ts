/** Runs the mutants of subjects against the table, and says which of them nobody noticed. */
import { decide } from '../../support/policy-simulation';
import type { Aim } from './actions';
import { EQUIVALENCES, type Equivalence } from './equivalent-mutants';
import { Detector } from './focus';
import { mutantsOf, statementsOf } from './mutations';
import type { Subject } from './subjects';
import { requestOf } from './table';

export interface MutationScore {
  readonly mutants: number;
  /** Mistakes that no row gives away, and that are not known to change nothing. */
  readonly survivors: readonly string[];
  /** The known equivalences that a mutant bore out. */
  readonly needed: ReadonlySet<Equivalence>;
}

/** Of the rows, what is asked of a mistake that is known to change nothing: each n-th. */
const SAMPLE = 5;

/** A statement that several subjects of a kind share is mutated with the first of them. */
export async function mutationScore(
  subjects: readonly Subject[],
  aims: readonly Aim[],
): Promise<MutationScore> {
  const done = new Map<Subject['kind'], Set<string>>();
  const needed = new Set<Equivalence>();
  const survivors: string[] = [];
  let count = 0;
  for (const subject of subjects) {
    const spared = done.get(subject.kind) ?? new Set<string>();
    const policy = subject.policy('aws');
    const mutants = mutantsOf(policy, spared);
    const detector = new Detector(subject, aims);
    for (const mutant of mutants) {
      // Throws if IAM would not take the mutant: that would prove nothing.
      await decide(requestOf('an administrator', detector.anyRow(), subject.kind, mutant.policy));
      const known = EQUIVALENCES.find(
        ({ kinds, mistake }) => kinds.includes(subject.kind) && mistake.test(mutant.mistake),
      );
      const caught = await detector.caught(mutant, known === undefined ? 1 : SAMPLE);
      if (caught === undefined && known === undefined) {
        survivors.push(`${subject.name}: ${mutant.mistake}`);
      } else if (caught === undefined && known !== undefined) {
        needed.add(known);
      }
    }
    count += mutants.length;
    done.set(subject.kind, new Set([...spared, ...statementsOf(policy)]));
  }
  return { mutants: count, survivors, needed };
}
