import type { FleetRecord } from '../../../lib/record/record';
import { JournalError } from '../../../runbook/ceremony/journal';
import { type PlannedToken, planFleet } from '../../../runbook/review/fleet-plan';
import type { Proofs } from '../../../runbook/review/proof';
import { workforce } from '../../lib/record/random-record';
import {
  ACCOUNT,
  arnOf,
  day,
  device,
  deviceNumber,
  FLEET,
  type FleetState,
  proof,
  proofOf,
  RECORD,
  stateOf,
  token,
} from './fleets';

/** Judges alice's primary token, while her backup is fine. */
function primary(about: Partial<FleetState>): PlannedToken {
  const plan = planFleet(stateOf(about));
  expect(plan.tokens.find(({ slot }) => slot === 'backup')?.verdict).toBe('fine');
  const found = plan.tokens.find(({ slot }) => slot === 'primary');
  if (found === undefined) {
    throw new Error('the plan has no primary token');
  }
  return found;
}

const BACKUP = device('alice', 'backup', 'A2');
function with2(...devices: FleetState['devices']) {
  return { devices: [BACKUP, ...devices] };
}
function proven(...proofs: readonly ReturnType<typeof proof>[]) {
  return {
    proofs: new Map([proof('alice', 'backup', 'A2'), ...proofs]) as Proofs,
  };
}
const [EVIDENCE] = proof('alice', 'primary', 'A1');

test('a fleet whose tokens are enrolled and proven needs nothing', () => {
  const { tokens, strays, unfinished, order } = planFleet(stateOf());
  expect(tokens.map(({ slot, verdict, why }) => [slot, verdict, why])).toEqual([
    ['backup', 'fine', ''],
    ['primary', 'fine', ''],
  ]);
  expect({ strays, unfinished, count: order.count }).toEqual({ strays: [], unfinished: [], count: 0 });
  expect(tokens[1]).toMatchObject({
    custody: 'HQ safe',
    deviceArn: arnOf('alice', 'primary', 'A1'),
    endsAtMs: day('2031-09-01').getTime(),
  });
});

test.each<[string, Partial<FleetState>, string, string]>([
  ['without a device', with2(), 'enroll', 'no device in IAM'],
  [
    'whose device is assigned to nobody',
    with2(device('alice', 'primary', 'A1', { user: null })),
    'enroll',
    'no device in IAM',
  ],
  [
    'whose device is assigned to somebody else',
    with2(device('alice', 'primary', 'A1', { user: 'mallory' })),
    'enroll',
    'no device in IAM',
  ],
  [
    'whose slot has a device of another token',
    with2(device('alice', 'primary', 'OLD')),
    'replace',
    "the slot's device belongs to token OLD, enabled 2026-09-01",
  ],
  [
    'at the very end of its service',
    with2(device('alice', 'primary', 'A1', { enabledAt: day('2021-11-22') })),
    'replace',
    'its 5 years of service ended 2026-11-22',
  ],
  [
    'a second before the end of its service',
    with2(device('alice', 'primary', 'A1', { enabledAt: new Date(day('2021-11-22').getTime() + 1000) })),
    'fine',
    '',
  ],
  ['without evidence', proven(), 'prove', 'never proven: it has no evidence'],
  [
    'whose evidence cannot be read',
    proven([EVIDENCE, { evidence: undefined, fault: 'is not JSON' }]),
    'prove',
    'its evidence cannot be read: is not JSON',
  ],
  [
    'whose evidence is of another token',
    proven([EVIDENCE, proof('alice', 'primary', 'OLD')[1]]),
    'prove',
    'its evidence of 2026-11-01 is about the token OLD',
  ],
  [
    'whose evidence is of its retirement',
    proven(proof('alice', 'primary', 'A1', day('2026-11-01'), 'retire')),
    'prove',
    'its evidence says that it was retired on 2026-11-01',
  ],
  [
    'whose device is younger than its evidence',
    proven(proof('alice', 'primary', 'A1', day('2026-08-31'))),
    'prove',
    'its evidence of 2026-08-31 is older than its device of 2026-09-01',
  ],
  [
    'whose evidence was dated by a clock a little behind',
    proven(proof('alice', 'primary', 'A1', new Date(day('2026-09-01').getTime() - 59_000))),
    'fine',
    '',
  ],
  [
    'whose evidence is of the future',
    proven(proof('alice', 'primary', 'A1', day('2026-11-23'))),
    'prove',
    'its evidence is dated 2026-11-23, in the future',
  ],
  [
    'proven 91 days ago',
    {
      ...with2(device('alice', 'primary', 'A1', { enabledAt: day('2026-01-01') })),
      ...proven(proof('alice', 'primary', 'A1', day('2026-08-23'))),
    },
    'prove',
    'last proven 2026-08-23, 91 days ago',
  ],
  [
    'proven 90 days ago',
    {
      ...with2(device('alice', 'primary', 'A1', { enabledAt: day('2026-01-01') })),
      ...proven(proof('alice', 'primary', 'A1', day('2026-08-24'))),
    },
    'fine',
    '',
  ],
])('a token %s', (_, about, verdict, why) => {
  expect(primary(about)).toMatchObject({ verdict, why });
});

test('an unproven token at the end of its service is replaced, not proven first', () => {
  const old = device('alice', 'primary', 'A1', { enabledAt: day('2020-01-01') });
  expect(primary({ ...with2(old), ...proven() })).toMatchObject({
    verdict: 'replace',
    cause: 'end-of-service',
  });
});

const SPARE = { serial: 'S1', type: 'programmable' as const };
const WITH_SPARE: FleetRecord = { ...RECORD, spares: [SPARE] };
/** The evidence that a replacement by the spare leaves. */
const SPARE_PROVEN = proven(proof('alice', 'primary', 'S1'));

test.each<[string, Partial<FleetState>, string, string]>([
  ['and proven', SPARE_PROVEN, '2026-09-01', ''],
  ['and never proven since', proven(), '2026-09-01', ', and never proven: it has no evidence'],
  [
    'whose evidence is of the token before it',
    proven(proof('alice', 'primary', 'A1')),
    '2026-09-01',
    ', and its evidence of 2026-11-01 is about the token A1',
  ],
  ['at the end of its service', SPARE_PROVEN, '2021-11-22', ', and its 5 years of service ended 2026-11-22'],
])('a slot whose device is of a spare %s waits for the record', (_, about, enabled, more) => {
  const inSlot = device('alice', 'primary', 'S1', { enabledAt: day(enabled) });
  const judged = primary({ record: WITH_SPARE, ...with2(inSlot), ...about });
  expect(judged).toMatchObject({
    serial: 'A1',
    verdict: 'deploy',
    spareInUse: { serial: 'S1' },
    why: `the slot's device belongs to the spare S1, enabled ${enabled}${more}`,
    deviceArn: inSlot.arn,
    endsAtMs: day(enabled).setUTCFullYear(Number(enabled.slice(0, 4)) + 5),
  });
  // Of a token that is no spare, it is to be replaced as ever.
  expect(primary({ ...with2(inSlot), ...about })).toMatchObject({
    verdict: 'replace',
  });
});

test('a spare that is enabled in addition to the declared token is looked into, and the slot stays as it is', () => {
  const devices = [...stateOf().devices, device('alice', 'primary', 'S1')];
  const { tokens, strays, order } = planFleet(stateOf({ record: WITH_SPARE, devices }));
  expect(tokens.map(({ verdict }) => verdict)).toEqual(['fine', 'fine']);
  expect(strays).toMatchObject([{ kind: 'inspect', serial: 'S1' }]);
  expect(order.sparesInStock).toBe(0);
});

test('of two devices in a slot, neither of the declared token, the spare is the one that is there to stay', () => {
  const devices = [BACKUP, device('alice', 'primary', 'OLD'), device('alice', 'primary', 'S1')];
  const { tokens, strays } = planFleet(stateOf({ record: WITH_SPARE, devices }));
  expect(tokens[1]).toMatchObject({ verdict: 'deploy', spareInUse: { serial: 'S1' } });
  expect(strays).toMatchObject([{ kind: 'inspect', serial: 'OLD' }]);
});

test.each([null, 'mallory'])('a device of a spare that is assigned to %p is not the slot’s', (user) => {
  const devices = with2(device('alice', 'primary', 'S1', { user }));
  expect(primary({ record: WITH_SPARE, ...devices })).toMatchObject({ verdict: 'enroll' });
});

test('an old security key is not replaced: it has no battery', () => {
  const record = recordOf(token('primary', 'K1', { type: 'oath' }));
  const devices = [device('alice', 'primary', 'K1', { enabledAt: day('2015-01-01') })];
  const [judged] = planFleet(
    stateOf({ record, devices, proofs: new Map([proof('alice', 'primary', 'K1')]) }),
  ).tokens;
  expect(judged?.verdict).toBe('fine');
  expect(judged?.endsAtMs).toBeUndefined();
});

describe('a FIDO2 security key', () => {
  const key = token('primary', 'K1', { type: 'fido2' });
  const record = recordOf(key);
  const enabled = { arn: deviceNumber('alice', 'primary', key), user: 'alice', enabledAt: day('2015-01-01') };
  const other = { ...enabled, arn: deviceNumber('alice', 'primary', { ...key, serial: 'K2' }) };
  const proofs: Proofs = new Map([proofOf('alice', key)]);

  test.each<[string, Partial<FleetState>, object]>([
    ['without a device is enrolled', {}, { verdict: 'enroll' }],
    ['whose name is in its slot is fine, however old', { listed: [enabled], proofs }, { verdict: 'fine' }],
    ['without evidence is proven', { listed: [enabled] }, { verdict: 'prove' }],
    ['whose slot has another key is replaced', { listed: [other] }, { verdict: 'replace' }],
    [
      'of somebody else is none',
      { listed: [{ ...enabled, arn: enabled.arn.replace('alice', 'bob') }] },
      { verdict: 'enroll' },
    ],
    [
      'is not a virtual device of its serial',
      { devices: [device('alice', 'primary', 'K1')], proofs },
      {
        verdict: 'replace',
        why: "the slot's device is no device of a FIDO2 security key, enabled 2026-09-01",
      },
    ],
    [
      'that is a spare in use waits for the record',
      { listed: [other], record: { ...record, spares: [{ serial: 'K2', type: 'fido2' }] } },
      { verdict: 'deploy', spareInUse: { serial: 'K2' } },
    ],
  ])('%s', (_, about, judged) => {
    const { tokens, strays } = planFleet(stateOf({ record, devices: [], proofs: new Map(), ...about }));
    expect(tokens).toMatchObject([judged]);
    expect(strays).toEqual([]);
  });

  test('in a slot that nobody declares may be of another fleet', () => {
    const elsewhere = { ...enabled, arn: deviceNumber('alice', 'third', key) };
    expect(planFleet(stateOf({ record, devices: [], listed: [elsewhere] })).strays).toEqual([]);
  });
});

describe('two profiles of one token', () => {
  const profiles = [7, 8].map((profile) => token(`p${profile}`, 'M1', { type: 'molto2', profile }));
  const record = recordOf(...profiles);
  const spares = [{ serial: 'M1', type: 'molto2' as const, profile: 9 }];
  function placed(slot: string, profile: number) {
    return device('alice', slot, `M1+0${profile}`);
  }

  test.each<[string, FleetState['devices'], string[]]>([
    ['each in its slot are fine', [placed('p7', 7), placed('p8', 8)], ['fine', 'fine']],
    ['that are swapped are replaced', [placed('p7', 8), placed('p8', 7)], ['replace', 'replace']],
    ['are two tokens to enroll', [placed('p7', 7)], ['fine', 'enroll']],
    ['are not the whole token', [device('alice', 'p7', 'M1'), placed('p8', 8)], ['replace', 'fine']],
    ['may have a spare profile', [placed('p7', 9), placed('p8', 8)], ['deploy', 'fine']],
  ])('%s', (_, devices, verdicts) => {
    const proofs: Proofs = new Map(profiles.map((each) => proofOf('alice', each)));
    const { tokens, order } = planFleet(stateOf({ record: { ...record, spares }, devices, proofs }));
    expect(tokens.map(({ verdict }) => verdict)).toEqual(verdicts);
    const inUse = verdicts.includes('deploy');
    expect(order.sparesInStock).toBe(inUse ? 0 : 1);
  });
});

describe('a root user', () => {
  const ROOT = `root@${ACCOUNT}`;
  const MEMBER = '210987654321';
  const burned = token('primary', 'R1');
  const key = token('backup', 'K1', { type: 'fido2' });
  const printed = token('third', 'GAHT12345678', { type: 'hardware-totp' });
  function withRoots(...accounts: readonly string[]): FleetRecord {
    const tokens = [key, burned, printed];
    return { ...RECORD, holders: [], roots: accounts.map((account) => ({ account, tokens })) };
  }
  function rootDevice(holder: string, of: ReturnType<typeof token>) {
    const arn = deviceNumber(holder, of.slot, of);
    return { arn, isRoot: true as const, enabledAt: day('2026-09-01') };
  }
  const all = [key, burned, printed].map((each) => rootDevice(ROOT, each));
  const proofs: Proofs = new Map([key, burned, printed].map((each) => proofOf(ROOT, each)));

  test.each<[string, FleetState['roots'], string[]]>([
    ['that nobody looked at is not checked', new Map(), ['not-checked', 'not-checked', 'not-checked']],
    [
      'out of reach is not checked',
      new Map([[ACCOUNT, { unseen: 'no way in' }]]),
      ['not-checked', 'not-checked', 'not-checked'],
    ],
    [
      'whose virtual devices alone are listed is not known to lack the others',
      new Map([[ACCOUNT, { devices: [], hasAll: false, hasCredentials: true }]]),
      ['not-checked', 'enroll', 'not-checked'],
    ],
    [
      'without a device is enrolled',
      new Map([[ACCOUNT, { devices: [], hasAll: true, hasCredentials: true }]]),
      ['enroll', 'enroll', 'enroll'],
    ],
    [
      'with every device is fine',
      new Map([[ACCOUNT, { devices: all, hasAll: true, hasCredentials: true }]]),
      ['fine', 'fine', 'fine'],
    ],
  ])('%s', (_, roots, verdicts) => {
    for (const record of [withRoots('self'), withRoots(ACCOUNT)]) {
      const { tokens, strays } = planFleet(stateOf({ record, devices: [], roots, proofs }));
      expect(tokens.map(({ verdict }) => verdict)).toEqual(verdicts);
      expect(tokens.every(({ holder }) => holder === ROOT)).toBe(true);
      expect(strays).toEqual([]);
    }
  });

  test('of another account has evidence and devices of its own', () => {
    const roots = new Map([
      [ACCOUNT, { devices: all, hasAll: true, hasCredentials: true }],
      [MEMBER, { devices: [rootDevice(`root@${MEMBER}`, burned)], hasAll: true, hasCredentials: true }],
    ]);
    const record = withRoots(ACCOUNT, MEMBER);
    const { tokens } = planFleet(stateOf({ record, devices: [], roots, proofs }));
    expect(tokens.map(({ holder, verdict }) => [holder === ROOT, verdict])).toEqual([
      ...[true, true, true].map((is) => [is, 'fine']),
      [false, 'enroll'],
      [false, 'prove'],
      [false, 'enroll'],
    ]);
  });

  test.each<[string, FleetState['devices'][number], object[]]>([
    [
      'of our form is retired',
      rootDevice(ROOT, token('fourth', 'R4')),
      [{ kind: 'retire', holder: ROOT, slot: 'fourth' }],
    ],
    [
      'in addition is looked into',
      rootDevice(ROOT, token('primary', 'R4')),
      [{ kind: 'inspect', serial: 'R4' }],
    ],
    ['of another form is not ours', { arn: arnAt('/phone'), isRoot: true }, []],
    [
      'assigned to nobody is left over',
      { arn: arnAt('/root.primary.R9') },
      [{ kind: 'leftover', isDeclared: false }],
    ],
    ['of a user with such a name is not root’s', { arn: arnAt('/root.primary.R9'), user: 'mallory' }, []],
  ])('an undeclared device %s', (_, stray, strays) => {
    const devices = [...all.filter(({ arn }) => arn.includes(':mfa/')), stray];
    const view = { devices: [...all, ...(stray.isRoot ? [stray] : [])], hasAll: true, hasCredentials: true };
    const about = { devices, roots: new Map([[ACCOUNT, view]]), proofs };
    expect(planFleet(stateOf({ record: withRoots('self'), ...about })).strays).toMatchObject(strays);
    // Another fleet of the account may declare it.
    expect(planFleet(stateOf({ record: { ...RECORD, holders: [] }, ...about })).strays).toEqual([]);
  });
});

function recordOf(...tokens: readonly ReturnType<typeof token>[]): FleetRecord {
  return {
    ...RECORD,
    holders: [{ name: 'alice', tokens }],
  };
}

const FINE = stateOf().devices;
function arnAt(path: string) {
  return `arn:aws:iam::${ACCOUNT}:mfa${path}`;
}

test.each<[string, FleetState['devices'][number], object]>([
  [
    'of an undeclared holder is retired',
    device('zoe', 'primary', 'Z1'),
    { kind: 'retire', holder: 'zoe', slot: 'primary', serial: 'Z1', why: 'not declared in the record' },
  ],
  ['of an undeclared slot is retired', device('alice', 'third', 'A3'), { kind: 'retire', slot: 'third' }],
  [
    'that is assigned to nobody is left over',
    device('zoe', 'primary', 'Z1', { user: null }),
    { kind: 'leftover', isDeclared: false, why: 'assigned to nobody' },
  ],
  [
    'of another token in a good slot is looked into',
    device('alice', 'primary', 'OLD'),
    {
      kind: 'inspect',
      why: `enabled in addition to the slot's other device, ${arnOf('alice', 'primary', 'A1')}`,
    },
  ],
  [
    'that is assigned to somebody else is looked into',
    device('bob', 'primary', 'B1', { user: 'mallory' }),
    { kind: 'inspect', user: 'mallory', why: 'assigned to mallory, not to the holder in its name' },
  ],
  [
    'with a name that is not ours is looked into',
    { arn: arnAt(`/mfa-guardrails/${FLEET}/phone`), user: 'alice' },
    { kind: 'inspect', user: 'alice' },
  ],
])('a device at our path %s', (_, stray, expected) => {
  const { strays, tokens } = planFleet(stateOf({ devices: [...FINE, stray] }));
  expect(strays).toHaveLength(1);
  expect(strays[0]).toMatchObject({ deviceArn: stray.arn, ...expected });
  expect(tokens.every(({ verdict }) => verdict === 'fine')).toBe(true);
});

test.each([
  ['of another fleet', arnAt('/mfa-guardrails/g/alice.primary.A9')],
  ['of nobody’s fleet', arnAt('/alice')],
  ['below our path', arnAt(`/mfa-guardrails-${FLEET}/alice.primary.A9`)],
])('a device %s is nobody’s business', (_, arn) => {
  expect(planFleet(stateOf({ devices: [...FINE, { arn, user: 'alice' }] })).strays).toEqual([]);
  const ours = planFleet(stateOf({ devices: [...FINE, device('alice', 'third', 'A9')] })).strays;
  expect(ours).toHaveLength(1);
});

test('a leftover of a declared token is recognized', () => {
  const { strays, tokens } = planFleet(
    stateOf({ devices: [BACKUP, device('alice', 'primary', 'A1', { user: null })] }),
  );
  expect(strays).toMatchObject([{ kind: 'leftover', isDeclared: true }]);
  expect(tokens.map(({ verdict }) => verdict)).toEqual(['fine', 'enroll']);
});

test('unfinished ceremonies of this machine are named, unreadable ones with what is wrong', () => {
  const journal = {
    id: 'x',
    ceremony: 'replace' as const,
    subject: { fleet: FLEET, account: ACCOUNT, holder: 'alice', slot: 'primary' },
    serial: 'A1',
    request: {},
    by: 'arn:aws:iam::123456789012:user/olga',
    startedAt: '2026-11-20T08:00:00.000Z',
    tool: 't',
    steps: [],
  };
  const elsewhere = { ...journal, subject: { ...journal.subject, account: '999999999999' } };
  const { unfinished } = planFleet(
    stateOf({
      journals: [
        { place: '/j/1', journal, error: undefined },
        { place: '/j/2', journal: elsewhere, error: undefined },
        {
          place: '/j/3',
          journal: undefined,
          error: new JournalError('unreadable', '/j/3', 'it is not whole'),
        },
      ],
    }),
  );
  expect(unfinished).toEqual([
    {
      place: '/j/1',
      ceremony: 'replace',
      holder: 'alice',
      slot: 'primary',
      serial: 'A1',
      isHere: true,
      why: 'replace started 2026-11-20 by arn:aws:iam::123456789012:user/olga',
    },
    expect.objectContaining({ isHere: false, why: expect.stringContaining('olga in account 999999999999') }),
    { place: '/j/3', isHere: false, why: 'its journal cannot be used: it is not whole' },
  ]);
});

test('a fleet of 5,000 users and 10,000 tokens is decided token by token', () => {
  const record = { ...workforce(5000), fleet: FLEET };
  const slots = record.holders.flatMap(({ name, tokens }) =>
    tokens.map((each) => ({ holder: name, ...each })),
  );
  const state = stateOf({
    record,
    devices: slots.map(({ holder, slot, serial }) => device(holder, slot, serial)),
    proofs: new Map(slots.map(({ holder, slot, serial }) => proof(holder, slot, serial))),
  });
  const { tokens } = planFleet(state);
  expect(tokens).toHaveLength(10_000);
  expect(tokens.every(({ verdict }) => verdict === 'fine')).toBe(true);
});

describe('a hardware TOTP token', () => {
  const serial = 'GAHT12345678';
  const record = recordOf(token('primary', serial, { type: 'hardware-totp' }));
  const enabled = { arn: serial, user: 'alice', enabledAt: day('2026-09-01') };
  const [name, { evidence }] = proof('alice', 'primary', serial);
  if (evidence === undefined) {
    throw new Error('the proof has evidence');
  }
  const proofs: Proofs = new Map([
    [name, { evidence: { ...evidence, deviceArn: serial }, fault: undefined }],
  ]);

  function verdictOf(about: Parameters<typeof stateOf>[0]) {
    const [planned] = planFleet(stateOf({ record, devices: [], ...about })).tokens;
    return planned?.verdict;
  }

  test('is looked for among the devices of its holder', () => {
    expect(verdictOf({})).toBe('enroll');
    expect(verdictOf({ listed: [{ ...enabled, user: 'bob' }] })).toBe('enroll');
    expect(verdictOf({ listed: [enabled] })).toBe('prove');
    expect(verdictOf({ listed: [enabled], proofs })).toBe('fine');
    expect(verdictOf({ devices: [device('alice', 'primary', 'A1')] })).toBe('replace');
  });

  test('that is a spare in use is told by the evidence of its slot', () => {
    const declared = recordOf(token('primary', 'GAKT12345678', { type: 'hardware-totp' }));
    const withSpare = { ...declared, spares: [{ serial, type: 'hardware-totp' as const }] };
    const state = stateOf({ record: withSpare, devices: [], listed: [enabled], proofs });
    expect(planFleet(state).tokens).toMatchObject([{ verdict: 'deploy', spareInUse: { serial } }]);
    expect(planFleet({ ...state, proofs: new Map() }).tokens).toMatchObject([{ verdict: 'enroll' }]);
  });
});
