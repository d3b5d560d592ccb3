/** Reads evidence back for a review: lists it, compares it with a log, collects the facts of a certificate. */
import { evidenceName, evidencePath, isSameUser, parseRootHolder, rootHolder } from '../../lib/record/names';
import { RecordError } from '../../lib/record/pages';
import { placeOf } from '../../lib/record/place';
import { OWN_ACCOUNT, slotToken } from '../../lib/record/record';
import type { Ports } from '../ceremony/ports';
import type { CertificateFacts } from '../evidence/certificate';
import { type Comparison, compareEvidence } from '../evidence/compare-evidence';
import type { Evidence } from '../evidence/evidence';
import { parseEvidence } from '../evidence/evidence-text';
import type { LogReport } from '../evidence/verify-log';
import { readRecord } from '../record/declared-token';
import { RunbookError } from '../runbook-error';

type Slot = Pick<Evidence, 'fleet' | 'holder' | 'slot'>;

/** Lists the newest evidence of every slot, sorted by holder and slot. Throws AwsFault. */
export async function listEvidence({ aws, terminal }: Pick<Ports, 'aws' | 'terminal'>, fleet: string) {
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

/** Compares a verified log with the evidence in Parameter Store. Throws AwsFault. */
export async function compareWithSsm(
  { aws, terminal }: Pick<Ports, 'aws' | 'terminal'>,
  report: LogReport,
  fleet: string,
): Promise<Comparison> {
  // Not in parallel: the first call may ask for the operator's own code.
  const { account } = await terminal.during('signing in', aws.identity());
  const reading = aws.parametersBelow(evidencePath(fleet));
  return compareEvidence(report, await terminal.during('reading the evidence', reading), account);
}

/**
 * Collects the facts for the certificate of a slot's newest ceremony. Throws AwsFault.
 *
 * @throws RunbookError `evidence/none`, `evidence/unreadable`
 */
export async function certificateFacts(
  ports: Pick<Ports, 'aws' | 'terminal' | 'clock' | 'tool' | 'line'>,
  request: Slot,
): Promise<CertificateFacts> {
  const { terminal, clock, tool } = ports;
  const { subject: typed, account } = await resolveRoot(ports, request);
  const { subject, text } = await terminal.during('reading the evidence', findEvidence(ports, typed));
  const parameter = evidenceName(subject.fleet, subject.holder, subject.slot);
  return {
    evidence: judgedEvidence(ports, subject, text),
    parameter,
    record: await readSlot(ports, subject, account),
    printedAt: new Date(clock.now()).toISOString(),
    printedBy: tool,
  };
}

/** Reads the evidence of a slot, whatever the case of the holder's name: it matters to Parameter Store, and not to IAM. */
async function findEvidence(
  { aws }: Pick<Ports, 'aws'>,
  subject: Slot,
): Promise<{ readonly subject: Slot; readonly text: string | undefined }> {
  const { fleet, holder, slot } = subject;
  const text = await aws.parameter(evidenceName(fleet, holder, slot));
  if (text !== undefined) {
    return { subject, text };
  }
  for (const { name, value } of await aws.parametersBelow(evidencePath(fleet))) {
    const { evidence } = parseEvidence(value);
    // Evidence that is kept in the place of another slot proves nothing.
    const isInPlace = evidence !== undefined && name === evidenceName(fleet, evidence.holder, slot);
    if (isInPlace && evidence.slot === slot && isSameUser(evidence.holder, holder)) {
      return { subject: { ...subject, holder: evidence.holder }, text: value };
    }
  }
  return { subject, text };
}

/** Puts the account of the caller in the place of `root` alone. */
async function resolveRoot(
  { aws, terminal }: Pick<Ports, 'aws' | 'terminal'>,
  subject: Slot,
): Promise<{ readonly subject: Slot; readonly account?: string }> {
  const root = parseRootHolder(subject.holder);
  if (root === undefined) {
    return { subject };
  }
  const { account } = await terminal.during('signing in', aws.identity());
  const holder = rootHolder(root === OWN_ACCOUNT ? account : root);
  return { subject: { ...subject, holder }, account };
}

function judgedEvidence(
  { line }: Pick<Ports, 'line'>,
  { fleet, holder, slot }: Slot,
  text: string | undefined,
): Evidence {
  const parameter = evidenceName(fleet, holder, slot);
  if (text === undefined) {
    throw new RunbookError('evidence/none', `there is no evidence at ${parameter}`, {
      hints: [
        'run `mfa-runbook evidence list{options}` to see which slots have evidence',
        `run \`${line.other('plan')}\` to see the slots of the record, and which of them has a token without evidence`,
      ],
    });
  }
  const { evidence, fault } = parseEvidence(text);
  if (evidence !== undefined && evidenceName(evidence.fleet, evidence.holder, evidence.slot) === parameter) {
    return evidence;
  }
  throw new RunbookError('evidence/unreadable', `${parameter} ${fault ?? 'holds evidence of another slot'}`, {
    hints: [
      'look in CloudTrail (PutParameter) to see who wrote it',
      `run \`${line.other('prove', holder, '--slot', slot)}\`: it writes new evidence`,
    ],
    exitCode: 3,
  });
}

/** Reads what the record says about a slot today; `undefined` if the record cannot be trusted. */
async function readSlot(
  { aws, terminal }: Pick<Ports, 'aws' | 'terminal'>,
  { fleet, holder, slot }: Slot,
  account: string | undefined,
): Promise<CertificateFacts['record']> {
  try {
    const { manifest, record } = await terminal.during('reading the record', readRecord(aws, fleet));
    const token = slotToken(record, holder, slot, account);
    return { generation: manifest.generation, token: token && placeOf(token), custody: token?.custody };
  } catch (error) {
    if (!(error instanceof RecordError)) {
      throw error;
    }
    terminal.note(`the record cannot be used, which the certificate will say: ${error.message}`);
    return undefined;
  }
}
