import { labelFor } from '../../../runbook/token/label';

const ALICE = { account: '123456789012', holder: 'alice.breakglass', slot: 'primary' };

test.each(['programmable', 'oath'] as const)(
  'the label of a %s token names account, holder and slot',
  (type) => {
    expect(labelFor(type, ALICE)).toBe('AWS 123456789012:alice.breakglass.primary');
  },
);

test('a name of 64 bytes stays, and of two longer ones with the same beginning each gets its own', () => {
  const room = 64 - 'AWS 123456789012:.primary'.length;
  const fits = labelFor('oath', { ...ALICE, holder: 'a'.repeat(room) });
  expect(fits).toBe(`AWS 123456789012:${'a'.repeat(room)}.primary`);
  const [one = '', other = ''] = ['b', 'c'].map((last) =>
    labelFor('oath', { ...ALICE, holder: `${'a'.repeat(60)}${last}` }),
  );
  expect(one).toMatch(/^AWS 123456789012:a{38}~[0-9a-f]{8}$/);
  expect(one).toHaveLength(64);
  expect(other.slice(0, 55)).toBe(one.slice(0, 55));
  expect(other).not.toBe(one);
});

test('the title of a profile has twelve characters, and names the account of a root user', () => {
  expect(labelFor('molto2', ALICE)).toBe('alice.breakg');
  expect(labelFor('molto2', { ...ALICE, holder: 'bob' })).toBe('bob');
  expect(labelFor('molto2', { ...ALICE, holder: 'root@123456789012' })).toBe('root 6789012');
});
