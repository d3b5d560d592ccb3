/**
 * Gives the evaluator of policies, which is not ours. It compares operators without case, and makes a collator for each
 * comparison, which takes most of the time of a decision. Here it gets one collator, which compares alike by ECMA-402.
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
