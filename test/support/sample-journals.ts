/** Journals as the ceremonies write them. */
import type { Facts, Journal, JournalStep, Subject } from '../../runbook/ceremony/journal';
import type { CeremonyKind } from '../../runbook/evidence/evidence';

const ACCOUNT = '123456789012';
const FLEET = 'break-glass';

/** The primary slot of a holder. */
export function subjectOf(holder: string): Subject {
  return {
    fleet: FLEET,
    account: ACCOUNT,
    holder,
    slot: 'primary',
  };
}

/** A journal of an enrollment. */
export function journalOf(
  subject: Subject,
  steps: readonly JournalStep[],
  startedAt = '2026-11-22T10:00:00.000Z',
): Journal {
  return {
    id: '6f0d2c51-7b9e-4f0e-9a43-0d6b1c2e8f77',
    ceremony: 'enroll',
    subject,
    serial: '86596220000001',
    request: { codes: '2' },
    by: `arn:aws:iam::${ACCOUNT}:user/olga`,
    startedAt,
    tool: 'mfa-runbook 0.1.0',
    steps,
  };
}

function arnOf(holder: string, slot: string, serial: string): string {
  return `arn:aws:iam::${ACCOUNT}:mfa/mfa-guardrails/${FLEET}/${holder}.${slot}.${serial}`;
}

function done(name: string, facts: Facts = {}): JournalStep {
  return { name, state: 'done', facts };
}
function begun(name: string): JournalStep {
  return { name, state: 'begun', facts: {} };
}

function sample(ceremony: CeremonyKind, request: Facts, steps: readonly JournalStep[]): Journal {
  return { ...journalOf(subjectOf('alice.o+neil=x@example.com'), steps), ceremony, request };
}

const OLD = arnOf('alice.o+neil=x@example.com', 'primary', '86596220000009');
const NEW = arnOf('alice.o+neil=x@example.com', 'primary', '86596220000001');

/** One of every ceremony, in the middle of it. */
export const SAMPLE_JOURNALS: readonly Journal[] = [
  sample('enroll', { codes: '2', witness: 'required' }, [
    done('device', { arn: NEW, generation: 'f'.repeat(64) }),
    done('burn', { clockOffsetSeconds: '1' }),
    begun('enable'),
  ]),
  sample('prove', {}, [begun('resync')]),
  sample('resync', { reason: 'drift of 90 s — “far” off' }, [
    done('resync', { arn: NEW }),
    begun('evidence'),
  ]),
  sample('replace', { reason: 'broken', replaces: '86596220000009' }, [
    done('device', { arn: NEW }),
    done('burn'),
    done('enable', { at: '2026-11-22T10:01:30.000Z' }),
    done('cut-off', { arn: OLD }),
    begun('delete-old'),
  ]),
  sample('retire', { allDevices: 'true' }, [done('cut-off', { arn: OLD }), begun('delete-old')]),
];
