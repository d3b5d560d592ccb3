/** Evidence and logs for tests. */
import { asciiJson } from '../../../lib/record/page';
import type { Evidence } from '../../../runbook/evidence/evidence';
import { continueLog, hashOf, linesOf } from '../../../runbook/evidence/evidence-log';

export const LOG_ID = '11111111-2222-4333-8444-555555555555';
export const OTHER_LOG_ID = '99999999-2222-4333-8444-555555555555';
export const ACCOUNT = '123456789012';

/** UUID of the n-th ceremony. */
export function ceremonyId(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

/** An enrollment of alice's primary token. */
export function sample(changes: Partial<Evidence> = {}): Evidence {
  const { holder = 'alice.breakglass', slot = 'primary', tokenSerial = '86596220000001' } = changes;
  return {
    schema: 1,
    id: ceremonyId(1),
    ceremony: 'enroll',
    fleet: 'break-glass',
    holder,
    slot,
    tokenSerial,
    tokenModel: 'OTPC-P2-i',
    deviceArn: `arn:aws:iam::${ACCOUNT}:mfa/mfa-guardrails/break-glass/${holder}.${slot}.${tokenSerial}`,
    generation: 'f'.repeat(64),
    by: `arn:aws:sts::${ACCOUNT}:assumed-role/operator/olga`,
    witness: 'Wanda Witt',
    at: '2026-11-22T10:00:00.000Z',
    checks: ['record', 'clock', 'serial', 'burn', 'codes:2', 'listed'],
    clockOffsetSeconds: 1,
    tool: 'mfa-runbook 0.1.0',
    ...changes,
  };
}

/** The n-th of several ceremonies: on alice, bob and carol in turn, an hour apart. */
export function nth(n: number): Evidence {
  return sample({
    id: ceremonyId(n),
    holder: ['alice.breakglass', 'bob.breakglass', 'carol.breakglass'][(n - 1) % 3] ?? '',
    at: new Date(Date.parse('2026-11-22T10:00:00.000Z') + n * 3_600_000).toISOString(),
  });
}

/** A log of these ceremonies. */
export function logOf(ceremonies: readonly Evidence[], id = LOG_ID): string {
  return ceremonies.reduce((text, evidence) => text + (continueLog(text, evidence, () => id) ?? ''), '');
}

/** Evidence as it is written to SSM, with the line of the log that holds it. */
export function anchored(evidence: Evidence, log: string, id = LOG_ID): Evidence {
  const lines = linesOf(log);
  const index = lines.findIndex((line) => line.includes(evidence.id));
  return { ...evidence, log: { id, line: index + 1, hash: hashOf(lines[index] ?? '') } };
}

/** The longest evidence that every rule allows, in characters that take the most room. */
export function longest(): Evidence {
  const holder = '@'.repeat(64);
  const slot = 's'.repeat(32);
  const tokenSerial = '9'.repeat(32);
  const deviceArn = `arn:aws-us-gov:iam::${ACCOUNT}:mfa/mfa-guardrails/${'f'.repeat(32)}/${holder}.${slot}.${tokenSerial}`;
  return sample({
    ceremony: 'replace',
    fleet: 'f'.repeat(32),
    holder,
    slot,
    tokenSerial,
    profile: 99,
    tokenModel: '"'.repeat(64),
    deviceArn: deviceArn.padEnd(256, '+'),
    by: 'arn:aws-us-gov:iam::123456789012:user/'.padEnd(700, '/'),
    witness: '\u{1F511}'.repeat(32),
    checks: Array.from({ length: 16 }, () => '"'.repeat(48)),
    reason: 'expired',
    replaces: '8'.repeat(32),
    clockOffsetSeconds: Number.MIN_SAFE_INTEGER,
    tool: '\\'.repeat(64),
    log: { id: LOG_ID, line: Number.MAX_SAFE_INTEGER, hash: 'e'.repeat(64) },
  });
}

/** A line with some of its values changed. */
export function edited(line: string, changes: Readonly<Record<string, unknown>>): string {
  return asciiJson({ ...JSON.parse(line), ...changes });
}
