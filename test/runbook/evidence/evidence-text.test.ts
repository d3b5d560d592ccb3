import fc from 'fast-check';
import { formatEvidence, parseEvidence } from '../../../runbook/evidence/evidence-text';
import { edited, longest, sample } from './evidence-samples';

test('reads back what it writes', () => {
  const { witness: _witness, tokenModel: _model, clockOffsetSeconds: _offset, ...least } = sample();
  for (const evidence of [
    sample(),
    sample({ reason: 'stolen', replaces: '86596220000009' }),
    least,
    longest(),
  ]) {
    expect(parseEvidence(formatEvidence(evidence))).toEqual({ evidence, fault: undefined });
  }
});

test('the longest evidence there can be fits into one standard SSM parameter', () => {
  const text = formatEvidence(longest());
  expect(parseEvidence(text).fault).toBeUndefined();
  expect(Buffer.byteLength(text)).toBeGreaterThan(2_500);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096);
});

test('what is written is ASCII, and holds nothing that SSM takes for a reference', () => {
  const text = formatEvidence(sample({ witness: 'Zoë {{ssm:x}} Ω' }));
  expect(text).toMatch(/^[ -~]+$/);
  expect(text).not.toContain('{{');
  expect(parseEvidence(text).evidence?.witness).toBe('Zoë {{ssm:x}} Ω');
});

test.each([
  'schema',
  'id',
  'ceremony',
  'fleet',
  'holder',
  'slot',
  'tokenSerial',
  'deviceArn',
  'generation',
  'by',
  'at',
  'checks',
  'tool',
])('names %s where it is missing', (key) => {
  const { evidence, fault } = parseEvidence(edited(formatEvidence(sample()), { [key]: undefined }));
  expect(fault).toContain(`has no ${key}`);
  expect(evidence).toBeUndefined();
});

test.each([
  ['a newer schema', { schema: 2 }, 'has schema 2, but this version reads 1: update mfa-runbook'],
  ['an older schema', { schema: 0 }, 'schema 0 is unknown'],
  ['an id that is no UUID', { id: 'x' }, 'id "x" is not a UUID in lower case'],
  ['another ceremony', { ceremony: 'burn' }, 'ceremony "burn" is not one of enroll, prove'],
  ['another reason', { reason: 'bored' }, 'reason "bored" is not one of lost, stolen'],
  ['a holder IAM would not take', { holder: 'a/b' }, 'holder "a/b" is not an IAM user name'],
  ['a number for text', { slot: 7 }, 'slot 7 is not text'],
  ['a witness that steers the terminal', { witness: '\u001b[2J' }, 'witness "\\x1b[2J"'],
  ['a witness that turns the text', { witness: 'a\u202eb' }, 'witness "aU+202Eb"'],
  ['no time', { at: 'yesterday' }, 'at "yesterday" is not a time in UTC'],
  ['a time that never was', { at: '2026-13-45T10:00:00Z' }, 'at "2026-13-45T10:00:00Z" is not a time'],
  ['a short generation', { generation: 'ff' }, 'generation "ff" is not 64'],
  ['checks that are no list', { checks: 'record' }, 'checks "record" is not a list'],
  ['too many checks', { checks: Array(17).fill('x') }, 'has 17 checks, the limit is 16'],
  ['a check that is no word', { checks: ['record', 'a\nb'] }, 'check "a\\nb" is not the name of a check'],
  ['half a profile', { profile: 0.5 }, 'profile 0.5 is not a number from 0 to 99'],
  ['a profile that no token has', { profile: 100 }, 'profile 100 is not a number from 0 to 99'],
  ['a profile in letters', { profile: '7' }, 'profile "7" is not a number'],
  ['half a second', { clockOffsetSeconds: 0.5 }, 'clockOffsetSeconds 0.5 is not a whole number'],
  ['a line number from 0', { log: { id: sample().id, line: 0, hash: 'f'.repeat(64) } }, 'log line 0'],
  ['a hash that is none', { log: { id: sample().id, line: 1, hash: 'x' } }, 'hash "x" is not 64'],
])('refuses %s, and shows it', (_name, changes, fault) => {
  expect(parseEvidence(edited(formatEvidence(sample()), changes)).fault).toContain(fault);
});

test.each(['', 'x', '[]', 'null', '7', '{"schema":1'])('says that %j is no evidence', (text) => {
  expect(parseEvidence(text).fault).toBe('is not a JSON object');
});

test('passes over what does not belong to evidence', () => {
  const line = edited(formatEvidence(sample()), { previous: 'x', torn: 3, note: 'hello' });
  expect(parseEvidence(line).evidence).toEqual(sample());
});

test('answers to any JSON whatever, and its faults never steer a terminal', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...Object.keys(longest())), fc.jsonValue()), (values) => {
      const { evidence, fault } = parseEvidence(JSON.stringify({ ...sample(), ...values }));
      if (evidence === undefined) {
        expect(fault).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
      } else {
        expect(parseEvidence(formatEvidence(evidence)).evidence).toEqual(evidence);
      }
    }),
  );
});
