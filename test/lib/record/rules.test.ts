import type { FleetRecord, SlotToken } from '../../../lib/record/record';
import {
  CUSTODY_RULE,
  FLEET_RULE,
  HOLDER_RULE,
  quote,
  SERIAL_RULE,
  SLOT_RULE,
  textProblem,
  valueViolations,
} from '../../../lib/record/rules';
import { forAll, randomRecord } from './random-record';

const RULES = {
  fleet: FLEET_RULE,
  holder: HOLDER_RULE,
  slot: SLOT_RULE,
  serial: SERIAL_RULE,
  custody: CUSTODY_RULE,
};
type Noun = keyof typeof RULES;

test.each<[Noun, string]>([
  ['fleet', 'break-glass'],
  ['fleet', 'a'],
  ['fleet', '9'],
  ['fleet', 'f'.repeat(32)],
  ['fleet', 'prod-aws'],
  ['holder', 'alice.breakglass'],
  ['holder', 'Alice_B+c=d,e.f@example-1.com'],
  ['holder', '__proto__'],
  ['holder', 'h'.repeat(64)],
  ['slot', 'primary'],
  ['slot', 'backup-2'],
  ['slot', 's'.repeat(32)],
  ['serial', '86596220000001'],
  ['serial', '826658719844499'],
  ['serial', 'GALT12345678'],
  ['serial', 'ab-12'],
  ['serial', 'S'.repeat(32)],
  ['custody', 'HQ fireproof safe'],
  ['custody', 'Tresor Zürich, Fach 3 — «links»'],
  ['custody', '金庫 🔑 {{x}} "q" \\'],
  ['custody', 'c'.repeat(64)],
])('a %s may be %j', (noun, text) => {
  expect(textProblem(RULES[noun], text)).toBeUndefined();
});

test.each<[Noun, string]>([
  ['fleet', ''],
  ['fleet', 'Break-Glass'],
  ['fleet', 'break_glass'],
  ['fleet', 'break/glass'],
  ['fleet', '-a'],
  ['fleet', 'a-'],
  ['fleet', 'aws-admins'],
  ['fleet', 'ssm'],
  ['fleet', 'f'.repeat(33)],
  ['holder', ''],
  ['holder', 'alice smith'],
  ['holder', 'alice/bob'],
  ['holder', 'zoë'],
  ['holder', 'alice\n'],
  ['holder', 'h'.repeat(65)],
  ['slot', 'Primary'],
  ['slot', 'a.b'],
  ['slot', 'a_b'],
  ['slot', '-a'],
  ['slot', 's'.repeat(33)],
  ['serial', '8659 6220'],
  ['serial', '8659.6220'],
  ['serial', '-1'],
  ['serial', 'S'.repeat(33)],
  ['custody', ''],
  ['custody', ' safe'],
  ['custody', 'safe '],
  ['custody', 'two\nlines'],
  ['custody', 'tab\there'],
  ['custody', 'red \u001b[31m'],
  ['custody', 'c1 \u009b31m'],
  ['custody', 'del\u007f'],
  ['custody', 'right to left \u202e'],
  ['custody', 'isolate \u2066x'],
  ['custody', 'line\u2028separator'],
  ['custody', 'half \ud83d'],
  ['custody', 'c'.repeat(65)],
])('a %s may not be %j, and the message shows it', (noun, text) => {
  const problem = textProblem(RULES[noun], text);
  expect(problem?.message).toContain(noun);
  expect(problem?.message).toContain(text === '' ? 'is empty' : quote(text));
  expect(problem?.fix).not.toBe('');
});

test('a value in a message cannot steer a terminal, and is cut when it is long', () => {
  expect(quote('Zürich "HQ"')).toBe('"Zürich \\"HQ\\""');
  expect(quote('a\u001b[31m\u009b\u202e\n')).toBe('"a\\x1b[31m\\x9bU+202E\\n"');
  expect(quote('x'.repeat(500))).toHaveLength(75);
  expect([quote(undefined), quote(3), quote(['\u009b'])]).toEqual(['undefined', '3', '["\\x9b"]']);
});

test('a random valid record breaks no rule', () => {
  forAll(randomRecord, (record) => {
    expect([...valueViolations(record)]).toEqual([]);
  });
});

const good: SlotToken = { slot: 'primary', serial: 'A1', type: 'programmable' };

function withToken(token: object): FleetRecord {
  return { fleet: 'f', holders: [{ name: 'alice', tokens: [{ ...good, ...token }] }], roots: [], spares: [] };
}

test.each<[string, FleetRecord, string]>([
  ['a fleet name', { ...withToken({}), fleet: 'F' }, 'fleet "F" is not a fleet name'],
  ['no holders', { ...withToken({}), holders: [] }, 'the fleet has no holders'],
  ['a holder name', { ...withToken({}), holders: [{ name: 'a b', tokens: [good] }] }, 'holder "a b" is not'],
  ['no tokens', { ...withToken({}), holders: [{ name: 'a', tokens: [] }] }, 'holder "a" has no tokens'],
  [
    'nine tokens',
    { ...withToken({}), holders: [{ name: 'a', tokens: Array.from({ length: 9 }, () => good) }] },
    'holder "a" has 9 tokens, IAM allows a user 8',
  ],
  ['a slot', withToken({ slot: 'A' }), 'slot "A" is not a slot name'],
  ['a serial', withToken({ serial: 'a.b' }), 'serial "a.b" is not a serial'],
  ['a custody', withToken({ custody: '\u001b' }), 'custody "\\x1b" begins or ends'],
  ['a type', withToken({ type: 'usb' }), 'type "usb" is not a type of token'],
  ['molto2 without profile', withToken({ type: 'molto2' }), 'a molto2 token has no profile'],
  ['a profile without molto2', withToken({ profile: 1 }), 'profile 1 belongs to a programmable token'],
  ['profile 100', withToken({ type: 'molto2', profile: 100 }), 'profile 100 is not a profile'],
  ['profile -1', withToken({ type: 'molto2', profile: -1 }), 'profile -1 is not a profile'],
  ['profile 1.5', withToken({ type: 'molto2', profile: 1.5 }), 'profile 1.5 is not a profile'],
  ['a spare', { ...withToken({}), spares: [{ serial: '', type: 'oath' }] }, 'serial is empty'],
])('a record with a mistake in %s is found out', (_, record, message) => {
  const [violation, ...others] = [...valueViolations(record)];
  expect(violation?.message).toContain(message);
  expect(others).toEqual([]);
  expect([...valueViolations(withToken({}))]).toEqual([]);
});
