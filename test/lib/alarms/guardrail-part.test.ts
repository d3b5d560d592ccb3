/** A part of the guardrails is known by the name that CloudFormation generates, also where that was cut. */
import { formatParts, type GuardrailPart, parseParts, partNamed } from '../../../lib/alarms/guardrail-part';
import { generateName } from '../../sandbox/cloudformation/physical-name';

const PARTS: readonly GuardrailPart[] = [
  { stack: 'Guardrails', logicalId: 'OperatorRole1A2B3C4D', name: '' },
  {
    stack: 'mfa-guardrails-of-the-operations-team-in-europe',
    logicalId: 'BreakGlassOperatorRole5E6F7A8B',
    name: '',
  },
  { stack: 'Fleet-', logicalId: 'EnforcementABCDEF01', name: '' },
  { stack: 'Guardrails', logicalId: 'BreakGlassRole00112233', name: 'mfa-guardrails-ops-break-glass' },
];

test.each(PARTS.slice(0, 2))('a role and a policy of $stack are found by any name they may get', (part) => {
  for (const limit of [64, 128]) {
    for (let round = 0; round < 20; round += 1) {
      expect(partNamed(generateName(part.stack, part.logicalId, limit), PARTS)).toBe(part);
    }
  }
});

test.each([
  ['of a nested stack', 'Fleet-NestedStackNestedStackResource-1ABCDEFGHIJK-EnforcementABCDEF01-1XYZ', 2],
  ['in another case', 'GUARDRAILS-OPERATORROLE1A2B3C4D-ABCDEFGHIJKL', 0],
  ['that the template gives', 'mfa-guardrails-ops-break-glass', 3],
  ['that the template gives, in another case', 'MFA-Guardrails-Ops-Break-Glass', 3],
])('a name %s is found', (_, name, index) => {
  expect(partNamed(name, PARTS)).toBe(PARTS[index]);
});

test.each([
  '',
  'Guardrails',
  'Guardrails-OperatorRole',
  'Guardrails-OperatorRole9Z9Z9Z9Z-ABCDEFGHIJKL',
  'Guardrails2-OperatorRole1A2B3C4D-ABCDEFGHIJKL',
  'Guard-OperatorRole1A2B3C4D-ABCDEFGHIJKL',
  'Other-EnforcementABCDEF01-ABCDEFGHIJKL',
  'mfa-guardrails-ops-break-glass-2',
])('%j is none', (name) => {
  expect(partNamed(name, PARTS)).toBeUndefined();
});

test('parts are read as they were written', () => {
  expect(parseParts(formatParts(PARTS))).toEqual(PARTS);
  expect(parseParts(formatParts([]))).toEqual([]);
});
