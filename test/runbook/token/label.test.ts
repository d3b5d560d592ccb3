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

test('the title of a profile says holder and slot, as far as twelve characters do', () => {
  expect(labelFor('molto2', { ...ALICE, holder: 'bob' })).toBe('bob.primary');
  expect(labelFor('molto2', { ...ALICE, holder: 'bob', slot: 'b' })).toBe('bob.b');
  expect(labelFor('molto2', ALICE)).toMatch(/^alice~[0-9a-z]{2}\.pry$/);
  expect(labelFor('molto2', { ...ALICE, holder: 'root@123456789012' })).toBe('r6789012.pry');
});

test('no two titles are alike: of slots of one holder, of holders who begin alike, of accounts', () => {
  const subjects = ['123456789012', '123456789013'].flatMap((account) =>
    ['alice.breakglass', 'alice.breakwater', 'alice', `root@${account}`].flatMap((holder) =>
      ['primary', 'backup', 'backup1', 'backup2', 'safe-a', 'safe-b', 'a'].map((slot) => ({
        account,
        holder,
        slot,
      })),
    ),
  );
  const titles = subjects.map((subject) => labelFor('molto2', subject));
  for (const title of titles) {
    expect(title).toMatch(/^[ -~]{1,12}$/);
  }
  // A name that fits stands there whole, and says no account.
  const whole = subjects.filter(({ holder, slot }) => `${holder}.${slot}`.length <= 12);
  expect(new Set(titles).size).toBe(subjects.length - whole.length / 2);
});
