import { evidenceName } from '../../../lib/record/names';
import type { Evidence } from '../../../runbook/evidence/evidence';
import { formatEvidence } from '../../../runbook/evidence/evidence-text';
import { parseProofs } from '../../../runbook/review/proof';
import { arnOf, day, FLEET } from './fleets';

const EVIDENCE: Evidence = {
  schema: 1,
  id: '6f0d2c51-7b9e-4f0e-9a43-0d6b1c2e8f77',
  ceremony: 'prove',
  fleet: FLEET,
  holder: 'alice',
  slot: 'primary',
  tokenSerial: 'A1',
  deviceArn: arnOf('alice', 'primary', 'A1'),
  generation: '0'.repeat(64),
  by: 'arn:aws:iam::123456789012:user/olga',
  at: day('2026-11-01').toISOString(),
  checks: ['codes'],
  tool: 'mfa-runbook 0.1.0',
};
const NAME = evidenceName(FLEET, 'alice', 'primary');

function proofOf(value: string) {
  return parseProofs(FLEET, [{ name: NAME, value }]).get(NAME);
}

test('what the runbook wrote is read back as a proof', () => {
  expect(proofOf(formatEvidence(EVIDENCE))).toEqual({ evidence: EVIDENCE });
});

test.each<[string, string, string]>([
  ['no JSON', '{', 'is not a JSON object'],
  ['a newer schema', formatEvidence({ ...EVIDENCE, schema: 2 }), 'has schema 2'],
  ['a time that is none', formatEvidence({ ...EVIDENCE, at: 'yesterday' }), 'at "yesterday"'],
  ['an ARN that steers a terminal', formatEvidence({ ...EVIDENCE, deviceArn: '\u001b[31m' }), 'x1b[31m'],
])('evidence with %s proves nothing, and says why', (_, value, fault) => {
  expect(proofOf(value)).toEqual({ fault: expect.stringContaining(fault) });
});

test('what is not below the path of the evidence is passed over', () => {
  const value = formatEvidence(EVIDENCE);
  const names = [`/mfa-guardrails/${FLEET}/evidence-of-old/alice/primary`, NAME];
  expect([
    ...parseProofs(
      FLEET,
      names.map((name) => ({ name, value })),
    ).keys(),
  ]).toEqual([NAME]);
});
