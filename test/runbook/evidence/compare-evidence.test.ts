import { evidenceName } from '../../../lib/record/names';
import { compareEvidence } from '../../../runbook/evidence/compare-evidence';
import type { Evidence } from '../../../runbook/evidence/evidence';
import { linesOf } from '../../../runbook/evidence/evidence-log';
import { formatEvidence } from '../../../runbook/evidence/evidence-text';
import { verifyLog } from '../../../runbook/evidence/verify-log';
import { ACCOUNT, anchored, ceremonyId, logOf, nth, OTHER_LOG_ID } from './evidence-samples';

const LOG = logOf([nth(1), nth(2), nth(4)]);
const report = verifyLog(LOG, 'break-glass');

function parameter(evidence: Evidence) {
  return {
    name: evidenceName(evidence.fleet, evidence.holder, evidence.slot),
    value: formatEvidence(evidence),
  };
}
/** Alice's newest ceremony is the fourth, bob's the second. */
const STORED = [parameter(anchored(nth(4), LOG)), parameter(anchored(nth(2), LOG))];
const alice = STORED[0]?.name ?? '';

test('a log and SSM that agree', () => {
  expect(compareEvidence(report, STORED, ACCOUNT)).toEqual({
    parameters: 2,
    matched: 2,
    elsewhere: new Map(),
    unanchored: 0,
    faults: [],
  });
});

test('a log whose end was cut off', () => {
  const cut = verifyLog(`${linesOf(LOG).slice(0, -1).join('\n')}\n`, 'break-glass');
  expect(cut.faults).toEqual([]);
  const { matched, faults } = compareEvidence(cut, STORED, ACCOUNT);
  expect(matched).toBe(1);
  expect(faults).toEqual([
    {
      parameter: alice,
      problem: expect.stringMatching(/line 4 of this log \(enroll at .*\), and that line is missing/),
    },
  ]);
});

test('a last line that was changed', () => {
  const changed = verifyLog(LOG.replace(/olga(?![\s\S]*olga)/, 'oleg'), 'break-glass');
  expect(changed.faults).toEqual([]);
  expect(compareEvidence(changed, STORED, ACCOUNT).faults).toEqual([
    { parameter: alice, problem: expect.stringContaining('that line is missing') },
  ]);
});

test.each<[string, readonly { name: string; value: string }[], RegExp]>([
  [
    'evidence changed in SSM',
    [parameter({ ...anchored(nth(4), LOG), by: 'arn:aws:iam::123456789012:user/oleg' }), ...STORED.slice(1)],
    /differs from line 4/,
  ],
  [
    'evidence put back to an older one',
    [parameter(anchored(nth(1), LOG)), ...STORED.slice(1)],
    /is older than enroll at .* \(line 4/,
  ],
  ['evidence that was deleted', STORED.slice(1), /does not exist: enroll at .* \(line 4/],
  ['what is no evidence', [{ name: alice, value: 'hello' }, ...STORED.slice(1)], /is not a JSON object/],
])('finds %s', (_name, stored, problem) => {
  expect(compareEvidence(report, stored, ACCOUNT).faults).toEqual([
    { parameter: alice, problem: expect.stringMatching(problem) },
  ]);
});

test('finds evidence that was copied into the parameter of another slot', () => {
  const copied = { name: evidenceName('break-glass', 'mallory', 'primary'), value: STORED[0]?.value ?? '' };
  expect(compareEvidence(report, [...STORED, copied], ACCOUNT).faults).toEqual([
    { parameter: copied.name, problem: expect.stringContaining('belongs in another parameter') },
  ]);
});

test('newer evidence of another machine is counted, and no fault', () => {
  const other = { ...nth(7), id: ceremonyId(70) };
  const stored = [parameter(anchored(other, logOf([other], OTHER_LOG_ID), OTHER_LOG_ID)), ...STORED.slice(1)];
  expect(compareEvidence(report, stored, ACCOUNT)).toMatchObject({
    matched: 1,
    elsewhere: new Map([[OTHER_LOG_ID, 1]]),
    faults: [],
  });
});

test('evidence without a line is counted, and no fault', () => {
  const stored = [parameter({ ...nth(7), id: ceremonyId(70) }), ...STORED.slice(1)];
  expect(compareEvidence(report, stored, ACCOUNT)).toMatchObject({ matched: 1, unanchored: 1, faults: [] });
});

test('ceremonies in another account are not looked for in this one', () => {
  expect(compareEvidence(report, [], '999999999999').faults).toEqual([]);
  expect(compareEvidence(report, [], ACCOUNT).faults).toHaveLength(2);
});
