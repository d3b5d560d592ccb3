import * as fc from 'fast-check';
import { type FleetRecord, generationOf, slotToken, sortRecord, tokensOf } from '../../../lib/record/record';
import { forAll, randomRecord, randomRecordWithRoots } from './random-record';

const record: FleetRecord = {
  fleet: 'break-glass',
  holders: [
    {
      name: 'bob',
      tokens: [
        { slot: 'primary', serial: '86596220000003', type: 'programmable', custody: 'safe' },
        { slot: 'backup', serial: '86596100000004', type: 'programmable' },
      ],
    },
    { name: 'alice', tokens: [{ slot: 'primary', serial: 'M1', type: 'molto2', profile: 7 }] },
  ],
  roots: [],
  spares: [
    { serial: 'M2', type: 'molto2', profile: 9 },
    { serial: 'M2', type: 'molto2', profile: 1 },
    { serial: 'A9', type: 'oath' },
  ],
};

test('a sorted record has its holders by name, tokens by slot, spares by serial and profile', () => {
  const sorted = sortRecord(record);
  expect(sorted.holders.map(({ name, tokens }) => [name, tokens.map(({ slot }) => slot)])).toEqual([
    ['alice', ['primary']],
    ['bob', ['backup', 'primary']],
  ]);
  expect(sorted.spares.map(({ serial, profile }) => [serial, profile])).toEqual([
    ['A9', undefined],
    ['M2', 1],
    ['M2', 9],
  ]);
});

test('sorting leaves the record it is given as it was', () => {
  const before = structuredClone(record);
  sortRecord(record);
  expect(record).toEqual(before);
});

test('a token is found by its holder and its slot', () => {
  expect(slotToken(record, 'bob', 'backup')?.serial).toBe('86596100000004');
  expect(slotToken(record, 'alice', 'backup')).toBeUndefined();
  expect(slotToken(record, 'carol', 'primary')).toBeUndefined();
});

const ROOT_TOKEN = { slot: 'primary', serial: 'R1', type: 'molto2' as const, profile: 0 };
const OWN: FleetRecord = { ...record, roots: [{ account: 'self', tokens: [ROOT_TOKEN] }] };
const OTHERS: FleetRecord = {
  ...record,
  roots: [
    { account: '111122223333', tokens: [ROOT_TOKEN] },
    { account: '444455556666', tokens: [] },
  ],
};

test.each<[string, FleetRecord, string, string | undefined, boolean]>([
  ['an account by its entry', OTHERS, 'root@111122223333', undefined, true],
  ['an account by its entry, from another', OTHERS, 'root@111122223333', '444455556666', true],
  ['the own account by its entry', OTHERS, 'root', '111122223333', true],
  ['the own account, not known', OTHERS, 'root', undefined, false],
  ['an account that is not declared', OTHERS, 'root@777788889999', '777788889999', false],
  ['the own account by root:', OWN, 'root@111122223333', '111122223333', true],
  ['the own account by root:, unnamed', OWN, 'root', undefined, true],
  ['another account than that of root:', OWN, 'root@444455556666', '111122223333', false],
  ['an account, with the own not known', OWN, 'root@111122223333', undefined, false],
  ['no account', OWN, 'root@undefined', undefined, false],
])('the token of root is found for %s: %#', (_, roots, holder, own, isFound) => {
  expect(slotToken(roots, holder, 'primary', own)).toEqual(isFound ? ROOT_TOKEN : undefined);
  expect(slotToken(roots, holder, 'backup', own)).toBeUndefined();
  expect(tokensOf(roots, holder, own)?.length ?? 0).toBe(isFound ? 1 : 0);
});

test('roots are sorted by account with self first, their tokens by slot', () => {
  const roots = [
    { account: '444455556666', tokens: [ROOT_TOKEN, { ...ROOT_TOKEN, slot: 'backup', profile: 1 }] },
    { account: '111122223333', tokens: [ROOT_TOKEN] },
    { account: 'self', tokens: [ROOT_TOKEN] },
  ];
  const sorted = sortRecord({ ...record, roots }).roots;
  expect(sorted.map(({ account }) => account)).toEqual(['self', '111122223333', '444455556666']);
  expect(sorted[2]?.tokens.map(({ slot }) => slot)).toEqual(['backup', 'primary']);
});

test('a generation is the SHA-256 of the canonical JSON', () => {
  // printf %s '{"schema":1,"fleet":"f","holders":[{"name":"a","tokens":[{"slot":"p","serial":"1","type":"fido2"}]}],"spares":[]}' | sha256sum
  const small: FleetRecord = {
    fleet: 'f',
    holders: [{ name: 'a', tokens: [{ slot: 'p', serial: '1', type: 'fido2' }] }],
    roots: [],
    spares: [],
  };
  expect(generationOf(small)).toBe('35eb0387caef46c6d298faa0a698028fb813df19e05e8a977c93f5fdc03d7108');
});

test('the order of an inventory does not change its generation', () => {
  forAll(fc.oneof(randomRecord, randomRecordWithRoots), (random) => {
    const reversed = {
      fleet: random.fleet,
      holders: random.holders.map(({ name, tokens }) => ({ name, tokens: [...tokens].reverse() })).reverse(),
      roots: random.roots.map((root) => ({ ...root, tokens: [...root.tokens].reverse() })).reverse(),
      spares: [...random.spares].reverse(),
    };
    expect(generationOf(reversed)).toBe(generationOf(random));
    expect(sortRecord(reversed)).toEqual(sortRecord(random));
  });
  expect(generationOf({ ...record, spares: [...record.spares].reverse() })).toBe(generationOf(record));
});

const [bob, alice] = record.holders;
const [bobPrimary, ...bobOthers] = bob?.tokens ?? [];
const changes: readonly [string, FleetRecord][] = [
  ['roots', OWN],
  ['roots to those of accounts', OTHERS],
  ['fleet', { ...record, fleet: 'other' }],
  ['holder', { ...record, holders: record.holders.map((h) => (h === bob ? { ...h, name: 'rob' } : h)) }],
  ['holder removed', { ...record, holders: record.holders.filter((h) => h !== alice) }],
  ['spare removed', { ...record, spares: record.spares.slice(1) }],
  ...(['slot', 'serial', 'custody'] as const).map((key): [string, FleetRecord] => [
    key,
    {
      ...record,
      holders: record.holders.map((h) =>
        h === bob && bobPrimary ? { ...h, tokens: [{ ...bobPrimary, [key]: 'x' }, ...bobOthers] } : h,
      ),
    },
  ]),
  [
    'type',
    {
      ...record,
      spares: record.spares.map((s) => (s.type === 'oath' ? { ...s, type: 'fido2' as const } : s)),
    },
  ],
  ['profile', { ...record, spares: record.spares.map((s) => (s.profile === 9 ? { ...s, profile: 8 } : s)) }],
];

test.each(changes)('a change of %s changes the generation', (_, changed) => {
  expect(generationOf(changed)).not.toBe(generationOf(record));
});
