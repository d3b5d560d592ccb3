/** Reads the records for the alarms' functions: a record that cannot be trusted is a finding, not an error. */
import { recordPath } from '../record/names';
import { parseIntact, RecordError, type RecordFault, type RecordParameter } from '../record/pages';
import type { FleetRecord } from '../record/record';
import { printable } from '../record/rules';

/** Reads every parameter below a path of SSM. */
export type ReadParameters = (path: string) => Promise<readonly RecordParameter[]>;

/** A record that was verified, or the reason why it was not. */
export type Reading =
  | { readonly fleet: string; readonly record: FleetRecord }
  | { readonly fleet: string; readonly problem: string };

/** The faults of a record during a deployment, which writes the parameters one after the other. */
const TORN: readonly RecordFault[] = ['missing', 'incomplete', 'digest'];

/**
 * Reads the record of a fleet.
 *
 * @param isRetry true to report a record that is incomplete, instead of waiting for the end of its deployment
 * @throws an error that may not occur again, such as a throttle
 */
export async function readFleet(fleet: string, read: ReadParameters, isRetry: boolean): Promise<Reading> {
  try {
    return { fleet, record: parseIntact(fleet, await read(recordPath(fleet))).record };
  } catch (error) {
    if (error instanceof RecordError && (isRetry || !TORN.includes(error.fault))) {
      return { fleet, problem: printable(`${error.message}; ${error.hint}`) };
    }
    if (isRefusal(error)) {
      const fix = 'find out who denies it, or deploy the alarms again';
      return { fleet, problem: printable(`${error.name}: ${error.message}; ${fix}`) };
    }
    throw error;
  }
}

/**
 * Tells whether SSM would answer the same tomorrow: the fault is the caller's, and not a throttle or a timeout. Any other
 * error, such as a broken connection or a defect in this code, may not repeat.
 */
function isRefusal(error: unknown): error is Error {
  return (
    error instanceof Error &&
    (error as { readonly $fault?: unknown }).$fault === 'client' &&
    !/throttl|toomany|limitexceeded|timeout/i.test(error.name)
  );
}

/** Lists the problems of records, each as a line of a message. */
export function problemsOf(readings: readonly Reading[]): readonly string[] {
  return readings.flatMap((reading) =>
    'problem' in reading ? [`Record of fleet ${reading.fleet}: ${reading.problem}`] : [],
  );
}
