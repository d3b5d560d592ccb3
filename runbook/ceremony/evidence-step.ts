/**
 * Step 9 of every ceremony: evidence is written to the local log and to Parameter Store, and found again by later runs.
 *
 * The log comes first, because the copy in Parameter Store names its line in the log: if somebody cuts lines off the
 * end of the log, the copy still names them.
 */
import { evidenceName } from '../../lib/record/names';
import type { Place } from '../../lib/record/place';
import type { AssignedDevice, Aws } from '../aws/aws';
import { EVIDENCE_SCHEMA, type Evidence } from '../evidence/evidence';
import { findEntry } from '../evidence/evidence-log';
import { evidenceFault, formatEvidence, parseEvidence } from '../evidence/evidence-text';
import { RunbookError } from '../runbook-error';
import type { Ceremony } from './ceremony';
import { messageOf } from './explain';
import type { Facts, Subject } from './journal';
import type { Ports } from './ports';

/** A ceremony's observations; the rest of its evidence is added when it is written. */
export type EvidenceFacts = Omit<Evidence, 'schema' | 'at' | 'tool' | 'log'>;

/** Evidence is dated by this machine, the device by AWS: they may differ by this much. */
const DATE_TOLERANCE_MS = 10_000;

/**
 * Collects the facts that the evidence of every ceremony has.
 *
 * @param observed what effects noted of the token: `model`, `clockOffsetSeconds`, `witness`
 */
export function evidenceFacts(
  { effects, request, identity }: Ceremony,
  observed: Facts,
  about: Pick<EvidenceFacts, 'deviceArn' | 'generation' | 'checks'> & { readonly place: Place },
): EvidenceFacts {
  const { id, ceremony } = effects.journal;
  const { fleet, holder, slot } = request;
  const { model, clockOffsetSeconds, witness } = observed;
  return {
    id,
    ceremony,
    fleet,
    holder,
    slot,
    tokenSerial: about.place.serial,
    ...(about.place.profile !== undefined && { profile: about.place.profile }),
    ...(model && { tokenModel: model }),
    ...(clockOffsetSeconds && { clockOffsetSeconds: Number(clockOffsetSeconds) }),
    ...(witness && { witness }),
    deviceArn: about.deviceArn,
    generation: about.generation,
    by: identity.arn,
    checks: about.checks,
  };
}

/** Reads the evidence of a slot in Parameter Store; `undefined` if there is none that can be read. */
export async function readEvidence(
  aws: Pick<Aws, 'parameter'>,
  { fleet, holder, slot }: Omit<Subject, 'account'>,
): Promise<Evidence | undefined> {
  const text = await aws.parameter(evidenceName(fleet, holder, slot));
  return text === undefined ? undefined : parseEvidence(text).evidence;
}

/**
 * Tells whether the evidence of this very device, as it is enabled now, is complete: the same token may have been enrolled
 * before, and evidence that names no line was written while the log could not be.
 */
export async function hasEvidence(
  { aws }: { readonly aws: Pick<Aws, 'parameter'> },
  subject: Omit<Subject, 'account'>,
  { arn, enabledAt }: AssignedDevice,
): Promise<boolean> {
  const evidence = await readEvidence(aws, subject);
  // Evidence of a retirement says that the device is gone.
  if (evidence?.deviceArn !== arn || evidence.log === undefined || evidence.ceremony === 'retire') {
    return false;
  }
  return enabledAt === undefined || Date.parse(evidence.at) + DATE_TOLERANCE_MS >= enabledAt.getTime();
}

/**
 * Writes evidence to both places, and fails only after both were tried. A ceremony that is in the log already keeps
 * the line it has, so that the log and Parameter Store say the same.
 *
 * @throws RunbookError `evidence/not-written`
 */
export async function writeEvidence(
  ports: Pick<Ports, 'aws' | 'evidenceLog' | 'clock' | 'terminal' | 'tool'>,
  facts: EvidenceFacts,
): Promise<Evidence> {
  const observed: Evidence = {
    schema: EVIDENCE_SCHEMA,
    ...facts,
    at: new Date(ports.clock.now()).toISOString(),
    tool: ports.tool,
  };
  const fault = evidenceFault({ ...observed });
  if (fault !== undefined) {
    throw notWritten([new Error(`evidence ${fault}`)]);
  }
  const failures: unknown[] = [];
  const evidence = await log(ports, observed, failures);
  const parameter = evidenceName(facts.fleet, facts.holder, facts.slot);
  try {
    await ports.aws.putParameter(parameter, formatEvidence(evidence));
  } catch (error) {
    failures.push(error);
  }
  if (failures.length > 0) {
    throw notWritten(failures);
  }
  ports.terminal.say(`evidence is in ${parameter}`);
  ports.terminal.event('step', { step: 'evidence', parameter });
  return evidence;
}

/** Logs the evidence, and returns it with its line in the log; without one if the log cannot be written. */
async function log(
  { evidenceLog }: Pick<Ports, 'evidenceLog'>,
  observed: Evidence,
  failures: unknown[],
): Promise<Evidence> {
  try {
    await evidenceLog.append(observed);
    const entry = findEntry(await evidenceLog.read(), observed);
    return entry === undefined ? observed : { ...entry.evidence, log: entry.anchor };
  } catch (error) {
    failures.push(error);
    return observed;
  }
}

function notWritten(failures: readonly unknown[]): RunbookError {
  const reasons = failures.map(messageOf);
  return new RunbookError('evidence/not-written', `the evidence was not written: ${reasons.join('; ')}`, {
    hints: ['run `{command}` again: it completes the evidence and changes nothing else'],
    cause: failures[0],
  });
}
