/** Step 9: evidence is written to SSM and to the local log, and found again by a later run. */
import { evidenceName } from '../../lib/record/names';
import { type Evidence, enrolmentEvidence } from '../report/evidence';
import { RunbookError } from '../runbook-error';
import { explain } from './explain';
import type { Plan, Session } from './session';

/** What an enrolment observed beside its plan. */
export interface Observed {
  readonly generation: string;
  readonly model?: string;
  readonly checks: readonly string[];
}

/** Evidence is dated by this machine, the device by AWS: they may differ by this much. */
const DATE_TOLERANCE_MS = 10_000;

/** Whether SSM holds evidence of this very enrolment: the same token may have been enrolled before. */
export async function hasEvidence(
  { request, ports }: Session,
  deviceArn: string,
  enabledAt: Date | undefined,
): Promise<boolean> {
  const text = await ports.aws.parameter(evidenceName(request.fleet, request.holder, request.slot));
  const evidence = text === undefined ? undefined : parse(text);
  if (evidence?.deviceArn !== deviceArn || typeof evidence.at !== 'string') return false;
  return enabledAt === undefined || Date.parse(evidence.at) + DATE_TOLERANCE_MS >= enabledAt.getTime();
}

function parse(text: string): { readonly deviceArn?: unknown; readonly at?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Writes evidence to both places, and refuses only after both were tried. */
export async function writeEvidence(session: Session, plan: Plan, observed: Observed): Promise<Evidence> {
  const { request, ports, world } = session;
  const evidence = enrolmentEvidence({
    fleet: request.fleet,
    holder: request.holder,
    token: plan.token,
    deviceArn: world.deviceArn,
    callerArn: plan.identity.arn,
    atMs: ports.clock.now(),
    tool: ports.tool,
    ...observed,
  });
  const parameter = evidenceName(request.fleet, request.holder, request.slot);
  const outcomes = await Promise.allSettled([
    ports.aws.putParameter(parameter, JSON.stringify(evidence)),
    ports.evidenceLog.append(evidence),
  ]);
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  if (failures.length > 0) {
    const reasons = failures.map((failure) => explain(failure, request).message);
    throw new RunbookError('evidence/not-written', `the evidence was not written: ${reasons.join('; ')}`, {
      hints: [`run \`${request.command}\` again: it completes the evidence and changes nothing else`],
      cause: failures[0],
    });
  }
  ports.terminal.say(`evidence is in ${parameter}`);
  ports.terminal.event('step', { step: 'evidence', parameter });
  return evidence;
}
