/**
 * Compares a local evidence log with the evidence in Parameter Store. A chain cannot reveal that its end was cut off, but the newest
 * evidence of each slot in Parameter Store names the log line it was written from, and that line must exist.
 */
import { evidenceName } from '../../lib/record/names';
import type { RecordParameter } from '../../lib/record/pages';
import type { Evidence } from './evidence';
import { formatEvidence, parseEvidence } from './evidence-text';
import type { LoggedEvidence, LogReport } from './verify-log';

/** A parameter that contradicts the log or itself. */
interface ParameterFault {
  readonly parameter: string;
  /** A clause about that parameter. */
  readonly problem: string;
}

export interface Comparison {
  /** Number of parameters with evidence in Parameter Store. */
  readonly parameters: number;
  /** Number of those that this log contains. */
  readonly matched: number;
  /** Number of those that name a line of another log, by the id of that log. */
  readonly elsewhere: ReadonlyMap<string, number>;
  /** Number of those that name no line, because no log could be written at that time. */
  readonly unanchored: number;
  readonly faults: readonly ParameterFault[];
}

/**
 * Compares a verified log with the evidence of its fleet in one account.
 *
 * @param account the account of the parameters (twelve digits); a log may hold ceremonies of several accounts
 */
export function compareEvidence(
  report: LogReport,
  parameters: readonly RecordParameter[],
  account: string,
): Comparison {
  const byHash = new Map(report.entries.map((entry) => [entry.hash, entry]));
  const elsewhere = new Map<string, number>();
  const faults: ParameterFault[] = [];
  const stored = new Map<string, Evidence>();
  let matched = 0;
  let unanchored = 0;
  for (const { name, value } of parameters) {
    const { evidence, fault } = parseEvidence(value);
    const problem = fault ?? misplaced(evidence, name);
    if (problem !== undefined || evidence === undefined) {
      faults.push({ parameter: name, problem: problem ?? 'is not evidence' });
      continue;
    }
    stored.set(name, evidence);
    const { log } = evidence;
    if (log === undefined) {
      unanchored++;
    } else if (log.id !== report.id) {
      elsewhere.set(log.id, (elsewhere.get(log.id) ?? 0) + 1);
    } else {
      const contradiction = contradicts(evidence, byHash.get(log.hash));
      if (contradiction === undefined) {
        matched++;
      } else {
        faults.push({ parameter: name, problem: contradiction });
      }
    }
  }
  const present = new Set(parameters.map(({ name }) => name));
  const newest = new Map<string, LoggedEvidence>();
  for (const entry of report.entries) {
    const { fleet, holder, slot, by } = entry.evidence;
    if (accountOf(by) === account) {
      newest.set(evidenceName(fleet, holder, slot), entry);
    }
  }
  faults.push(...stale(newest, present, stored));
  return { parameters: parameters.length, matched, elsewhere, unanchored, faults };
}

/** Returns the account of a caller, whose parameters the evidence is in: a device may be of another, or have no ARN. */
function accountOf(arn: string): string | undefined {
  return /^(?:[^:]*:){4}(\d{12}):/.exec(arn)?.[1];
}

/** Detects evidence that was copied to the parameter of another slot. */
function misplaced(evidence: Evidence | undefined, name: string): string | undefined {
  if (evidence === undefined || evidenceName(evidence.fleet, evidence.holder, evidence.slot) === name) {
    return undefined;
  }
  return `holds evidence of ${evidence.holder} ${evidence.slot}, which belongs in another parameter`;
}

function withoutLog({ log: _log, ...evidence }: Evidence): string {
  return formatEvidence(evidence);
}

function contradicts(evidence: Evidence, entry: LoggedEvidence | undefined): string | undefined {
  if (entry === undefined) {
    return `was written from line ${evidence.log?.line} of this log (${evidence.ceremony} at ${evidence.at}), and that line is missing: the log was cut off or changed`;
  }
  if (withoutLog(entry.evidence) === withoutLog(evidence)) {
    return undefined;
  }
  return `differs from line ${entry.line} of the log: it was changed after it was written`;
}

/** Finds slots whose newest ceremony in the log is missing in Parameter Store; a newer one of another machine may be there. */
function* stale(
  newest: ReadonlyMap<string, LoggedEvidence>,
  present: ReadonlySet<string>,
  stored: ReadonlyMap<string, Evidence>,
): Iterable<ParameterFault> {
  for (const [parameter, { line, evidence }] of newest) {
    const there = stored.get(parameter);
    const what = `${evidence.ceremony} at ${evidence.at} (line ${line} of the log)`;
    if (!present.has(parameter)) {
      yield { parameter, problem: `does not exist: ${what} was never written to it, or it was deleted` };
    } else if (there !== undefined && Date.parse(there.at) < Date.parse(evidence.at)) {
      yield {
        parameter,
        problem: `is older than ${what}: that was never written to it, or an old value was restored`,
      };
    }
  }
}
