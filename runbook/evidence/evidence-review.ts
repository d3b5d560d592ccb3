/** Evidence read back, for those who review it: listed, compared with a log, certified. Changes nothing. */
import { evidenceName, evidencePath } from '../../lib/record/names';
import { RecordError } from '../../lib/record/pages';
import type { EvidenceSubject } from '../ceremony/evidence-step';
import type { Ports } from '../ceremony/ports';
import { readRecord } from '../record/declared-token';
import { RunbookError } from '../runbook-error';
import type { CertificateFacts } from './certificate';
import { type Comparison, compareEvidence } from './compare-evidence';
import type { Evidence } from './evidence';
import { parseEvidence } from './evidence-text';
import type { LogReport } from './verify-log';

/** The evidence of a fleet in SSM. */
export interface ListedEvidence {
  /** Where it was looked for. */
  readonly path: string;
  /** By holder and slot. */
  readonly evidence: readonly Evidence[];
  readonly unreadable: readonly { readonly parameter: string; readonly problem: string }[];
}

/** The newest evidence of every slot. Throws AwsFault. */
export async function listEvidence(
  { aws, terminal }: Pick<Ports, 'aws' | 'terminal'>,
  fleet: string,
): Promise<ListedEvidence> {
  const path = evidencePath(fleet);
  const parameters = await terminal.during('reading the evidence', aws.parametersBelow(path));
  const evidence: Evidence[] = [];
  const unreadable: { parameter: string; problem: string }[] = [];
  for (const { name, value } of [...parameters].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const parsed = parseEvidence(value);
    if (parsed.evidence === undefined) {
      unreadable.push({ parameter: name, problem: parsed.fault });
    } else {
      evidence.push(parsed.evidence);
    }
  }
  return { path, evidence, unreadable };
}

/** Compares a log that was judged with what SSM holds. Throws AwsFault. */
export async function compareWithSsm(
  { aws, terminal }: Pick<Ports, 'aws' | 'terminal'>,
  report: LogReport,
  fleet: string,
): Promise<Comparison> {
  // One after the other: the first may ask for the operator's own code.
  const { account } = await terminal.during('signing in', aws.identity());
  const reading = aws.parametersBelow(evidencePath(fleet));
  return compareEvidence(report, await terminal.during('reading the evidence', reading), account);
}

/**
 * What the certificate of a slot's newest ceremony is made from. Throws AwsFault.
 *
 * @param subject as shells take it, for hints: `alice --slot primary`
 * @throws RunbookError `evidence/none`, `evidence/unreadable`
 */
export async function certificateFacts(
  ports: Pick<Ports, 'aws' | 'terminal' | 'clock' | 'tool'>,
  { fleet, holder, slot }: EvidenceSubject,
  subject: string,
): Promise<CertificateFacts> {
  const { aws, terminal, clock, tool } = ports;
  const parameter = evidenceName(fleet, holder, slot);
  const text = await terminal.during('reading the evidence', aws.parameter(parameter));
  return {
    evidence: judgedEvidence(text, parameter, subject),
    parameter,
    record: await readSlot(ports, { fleet, holder, slot }),
    printedAt: new Date(clock.now()).toISOString(),
    printedBy: tool,
  };
}

function judgedEvidence(text: string | undefined, parameter: string, subject: string): Evidence {
  if (text === undefined) {
    throw new RunbookError('evidence/none', `there is no evidence at ${parameter}`, {
      hints: [
        'run `mfa-runbook evidence list{options}` for the slots that have some',
        `run \`mfa-runbook enroll ${subject}\`: of a token that is enrolled it completes the evidence`,
      ],
    });
  }
  const { evidence, fault } = parseEvidence(text);
  if (evidence !== undefined && evidenceName(evidence.fleet, evidence.holder, evidence.slot) === parameter) {
    return evidence;
  }
  throw new RunbookError('evidence/unreadable', `${parameter} ${fault ?? 'is of another slot'}`, {
    hints: [
      'look in CloudTrail (PutParameter) for who wrote it',
      `run \`mfa-runbook prove ${subject}\`: it writes new evidence`,
    ],
    exitCode: 3,
  });
}

/** What the record says of a slot today; a record that must not be trusted says nothing. */
async function readSlot(
  { aws, terminal }: Pick<Ports, 'aws' | 'terminal'>,
  { fleet, holder, slot }: EvidenceSubject,
): Promise<CertificateFacts['record']> {
  try {
    const { manifest, record } = await terminal.during('reading the record', readRecord(aws, fleet));
    const token = record.holders
      .find(({ name }) => name === holder)
      ?.tokens.find((each) => each.slot === slot);
    return { generation: manifest.generation, tokenSerial: token?.serial, custody: token?.custody };
  } catch (error) {
    if (!(error instanceof RecordError)) {
      throw error;
    }
    terminal.note(`the record cannot be used, and the certificate says so: ${error.message}`);
    return undefined;
  }
}
