import { continueLog, findEntry, hashOf, linesOf } from '../../../runbook/evidence/evidence-log';
import { verifyLog } from '../../../runbook/evidence/verify-log';
import { cutsOf } from '../../support/extent';
import { anchored, LOG_ID, logOf, nth, OTHER_LOG_ID, sample } from './evidence-samples';

function newId(): string {
  return LOG_ID;
}

test('a log begins with its own id, and each line names the hash of the one before', () => {
  const [header = '', first = '', second = '', ...rest] = linesOf(logOf([nth(1), nth(2)]));
  expect(JSON.parse(header)).toEqual({ previous: '0'.repeat(64), log: LOG_ID, schema: 1 });
  expect(JSON.parse(first)).toEqual({ previous: hashOf(header), ...nth(1) });
  expect(JSON.parse(second)).toEqual({ previous: hashOf(first), ...nth(2) });
  expect(rest).toEqual([]);
});

test('two logs have two ids', () => {
  const ids = [1, 2].map(() => verifyLog(continueLog('', nth(1)) ?? '', 'f').id);
  expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(ids[0]).not.toBe(ids[1]);
});

test('a ceremony that is resumed is not noted twice, even where it is dated and checked differently', () => {
  const log = logOf([nth(1), nth(2)]);
  expect(
    continueLog(log, { ...nth(1), at: '2027-01-01T00:00:00.000Z', checks: ['record'] }, newId),
  ).toBeUndefined();
  expect(continueLog(log, nth(3), newId)).toContain(nth(3).id);
});

test('a ceremony that did two devices is noted for each', () => {
  const log = logOf([nth(1)]);
  const other = { ...nth(1), deviceArn: `${nth(1).deviceArn}2` };
  expect(continueLog(log, other, newId)).toContain(other.deviceArn);
  expect(continueLog(log, { ...nth(1), ceremony: 'retire' }, newId)).toContain('retire');
});

test('the line of a log is not part of what the line says', () => {
  const evidence = anchored(nth(1), logOf([nth(1)]));
  expect(evidence.log).toBeDefined();
  expect(logOf([evidence])).toBe(logOf([nth(1)]));
});

test('finds a ceremony as it stands there, and its line', () => {
  const log = logOf([nth(1), nth(2)]);
  expect(findEntry(log, { ...nth(2), at: '2027-01-01T00:00:00.000Z' })).toEqual({
    evidence: nth(2),
    anchor: { id: LOG_ID, line: 3, hash: hashOf(linesOf(log)[2] ?? '') },
  });
  expect(findEntry(log, nth(3))).toBeUndefined();
  expect(findEntry('', nth(1))).toBeUndefined();
});

test('wherever a crash tears a write, the next one continues a chain that holds', () => {
  const before = logOf([nth(1)]);
  const write = continueLog(before, nth(2), newId) ?? '';
  for (const length of cutsOf(write.length)) {
    const torn = before + write.slice(0, length);
    const resumed = torn + (continueLog(torn, nth(2), newId) ?? '');
    const report = verifyLog(resumed, 'break-glass');
    expect({ length, faults: report.faults }).toEqual({ length, faults: [] });
    expect(report.entries.map(({ evidence }) => evidence.id)).toEqual([nth(1).id, nth(2).id]);
    const isWhole = length === 0 || length >= write.length - 1;
    expect(report.torn.map(({ line, isMarked }) => ({ line, isMarked }))).toEqual(
      isWhole ? [] : [{ line: 3, isMarked: true }],
    );
  }
});

test('the same holds for the very first write, and the log keeps one id', () => {
  const write = continueLog('', nth(1), newId) ?? '';
  for (const length of cutsOf(write.length)) {
    const torn = write.slice(0, length);
    const resumed = torn + (continueLog(torn, nth(1), () => OTHER_LOG_ID) ?? '');
    const report = verifyLog(resumed, 'break-glass');
    expect({ length, faults: report.faults }).toEqual({ length, faults: [] });
    expect(report.entries.map(({ evidence }) => evidence.id)).toEqual([nth(1).id]);
    expect([LOG_ID, OTHER_LOG_ID]).toContain(report.id);
  }
});

test('a write torn twice in a row leaves both pieces, each marked', () => {
  const whole = logOf([nth(1)]);
  const once = whole + (continueLog(whole, nth(2), newId) ?? '').slice(0, 90);
  const twice = once + (continueLog(once, nth(2), newId) ?? '').slice(0, 180);
  expect(verifyLog(twice, 'break-glass')).toMatchObject({
    torn: [
      { line: 3, isMarked: false },
      { line: 4, isMarked: false },
    ],
    faults: [],
  });
  const report = verifyLog(twice + (continueLog(twice, nth(2), newId) ?? ''), 'break-glass');
  expect(report.torn).toEqual([
    { line: 3, isMarked: true, wholeOn: undefined },
    { line: 4, isMarked: true, wholeOn: 5 },
  ]);
  expect(report.faults).toEqual([]);
});

test('evidence of an older kind of log is still continued', () => {
  const old = `${JSON.stringify({ previous: '0'.repeat(64), ...sample() })}\n`;
  const log = old + (continueLog(old, nth(2), newId) ?? '');
  expect(findEntry(log, nth(2))?.anchor).toMatchObject({ id: LOG_ID, line: 3 });
});
