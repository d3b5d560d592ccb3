/**
 * Gives the evaluator of policies, which is not ours. It compares operators without case, and makes a collator for each
 * comparison: most of the time of a decision. It gets one collator here, which ECMA-402 defines to compare alike.
 */
import { dirname, join } from 'node:path';

const { compare } = new Intl.Collator(undefined, { sensitivity: 'accent' });

function isSame(first: string, second: string): boolean {
  return compare(first, second) === 0;
}

const comparisons = require(join(dirname(require.resolve('@cloud-copilot/iam-policy')), 'utils.js'));
comparisons.caseInsensitiveEquals = isSame;
comparisons.caseInsensitiveEndsWith = (value: string, suffix: string) =>
  isSame(value.slice(-suffix.length), suffix);

export {
  type RunSimulationResults,
  runSimulation,
  runUnsafeSimulation,
  type Simulation,
} from '@cloud-copilot/iam-simulate';
