import * as fc from 'fast-check';
import type { FleetRecord, Token } from '../../../lib/record/record';
import { DEFAULT_SUPPLY, type Supply } from '../../../lib/record/supply';
import { planFleet } from '../../../runbook/review/fleet-plan';
import { addMonths } from '../../../runbook/review/service-life';
import { forAll } from '../../lib/record/random-record';
import { day, device, FLEET, RECORD, stateOf, token } from './fleets';

function spare(serial: string, type: Token['type'] = 'programmable'): Token {
  return { serial, type };
}

function orderOf(
  record: FleetRecord,
  supply: Partial<Supply> = {},
  about: Parameters<typeof stateOf>[0] = {},
) {
  return planFleet(stateOf({ record, supply: { ...DEFAULT_SUPPLY, ...supply }, ...about })).order;
}

const BOB: FleetRecord['holders'][number] = { name: 'bob', tokens: [token('primary', 'B1')] };
const SHORT: FleetRecord = { ...RECORD, holders: [...RECORD.holders, BOB] };

test('nothing is ordered for a fleet that has what it wants', () => {
  expect(orderOf(RECORD)).toMatchObject({ count: 0, shortHolders: [], endingSerials: [], sparesWanted: 0 });
});

test('a holder with fewer tokens than wanted gets the rest', () => {
  expect(orderOf(SHORT)).toMatchObject({ count: 1, shortHolders: [{ holder: 'bob', has: 1, lacks: 1 }] });
  expect(orderOf(SHORT, { tokensPerHolder: 3 })).toMatchObject({ count: 3 });
  expect(orderOf(SHORT, { tokensPerHolder: 1 })).toMatchObject({ count: 0 });
});

test('tokens whose service ends within the lead time are ordered for, the ended ones too', () => {
  const devices = [
    device('alice', 'primary', 'A1', { enabledAt: day('2020-01-01') }),
    device('alice', 'backup', 'A2', { enabledAt: day('2022-05-22') }),
  ];
  expect(orderOf(RECORD, {}, { devices })).toMatchObject({ count: 2, endingSerials: ['A1', 'A2'] });
  expect(orderOf(RECORD, { orderAheadMonths: 6 }, { devices })).toMatchObject({ count: 2 });
  expect(orderOf(RECORD, { orderAheadMonths: 5 }, { devices })).toMatchObject({ endingSerials: ['A1'] });
  expect(orderOf(RECORD, { serviceYears: 10 }, { devices })).toMatchObject({ endingSerials: [] });
});

test('a token that the record declares already is not ordered, and one token of many profiles is ordered once', () => {
  const replaced = [
    device('alice', 'primary', 'OLD', { enabledAt: day('2015-01-01') }),
    device('alice', 'backup', 'A2'),
  ];
  expect(orderOf(RECORD, {}, { devices: replaced }).count).toBe(0);
  function molto(slot: string, profile: number) {
    return token(slot, 'M1', { type: 'molto2', profile });
  }
  const record = { ...RECORD, holders: [{ name: 'alice', tokens: [molto('a', 1), molto('b', 2)] }] };
  const old = { enabledAt: day('2015-01-01') };
  const devices = [device('alice', 'a', 'M1+01', old), device('alice', 'b', 'M1+02', old)];
  expect(orderOf(record, {}, { devices })).toMatchObject({ count: 1, endingSerials: ['M1'] });
});

describe('a multi-profile token', () => {
  function molto(serial: string, profile: number): Token {
    return { serial, type: 'molto2', profile };
  }
  const enabledAt = day('2015-01-01');
  const record: FleetRecord = {
    ...RECORD,
    holders: [
      {
        name: 'alice',
        tokens: [
          { slot: 'a', ...molto('M1', 1) },
          { slot: 'b', ...molto('M1', 2) },
        ],
      },
    ],
  };
  const ended = [device('alice', 'a', 'M1+01', { enabledAt }), device('alice', 'b', 'M1+02', { enabledAt })];

  test.each<[string, readonly Token[], object]>([
    ['nothing', [], { count: 1, multiProfile: 1 }],
    ['a token of another kind', [spare('S1')], { count: 1, multiProfile: 1, sparesInStock: 1 }],
    ['another one', [molto('M2', 1)], { count: 0, multiProfile: 0 }],
    ['several profiles of another one', [molto('M2', 1), molto('M2', 2)], { count: 0, sparesInStock: 1 }],
  ])('at the end of its service is ordered with %s in stock', (_, spares, order) => {
    expect(orderOf({ ...record, spares }, {}, { devices: ended })).toMatchObject(order);
  });

  test('is not paid at the price of the others', () => {
    const priced = { order: 'T', currency: 'EUR', prices: [{ model: 'T', cents: 100 }], spares: 1 };
    const order = orderOf(record, priced, { devices: ended });
    expect(order).toMatchObject({ count: 2, multiProfile: 1, cost: { totalCents: 100 } });
  });

  test('is in stock while one of its spare profiles is free, and then serves for any token that is wanted', () => {
    const devices = [device('alice', 'primary', 'M2+01'), device('alice', 'backup', 'A2')];
    const spares = [molto('M2', 1), molto('M2', 2)];
    expect(orderOf({ ...RECORD, spares }, { spares: 1 }, { devices })).toMatchObject({
      count: 0,
      sparesInStock: 1,
    });
    const [first] = spares;
    const taken = first === undefined ? [] : [first];
    expect(orderOf({ ...RECORD, spares: taken }, { spares: 1 }, { devices })).toMatchObject({ count: 1 });
  });
});

test.each<[Token['type'], number]>([
  ['programmable', 1],
  ['oath', 1],
  ['hardware-totp', 1],
  // It has no codes.
  ['fido2', 0],
])('a spare of type %s makes a stock of %i', (type, sparesInStock) => {
  const record = { ...SHORT, spares: [spare('S1', type)] };
  expect(orderOf(record)).toMatchObject({ count: 1 - sparesInStock, sparesInStock });
  expect(orderOf(SHORT)).toMatchObject({ count: 1, sparesInStock: 0 });
});

test('a printed spare is in stock until a holder or root has it', () => {
  const record = { ...SHORT, spares: [spare('GAHT12345678', 'hardware-totp')] };
  const arn = 'GAHT-12345678';
  expect(orderOf(record)).toMatchObject({ count: 0 });
  expect(orderOf(record, {}, { listed: [{ arn, user: 'bob' }] })).toMatchObject({ count: 1 });
  const devices = [{ arn, isRoot: true as const }];
  const rooted = { ...record, roots: [{ account: '222222222222', tokens: [token('primary', 'R1')] }] };
  const roots = new Map([['222222222222', { devices, hasAll: true, hasCredentials: true }]]);
  expect(orderOf(rooted, {}, { roots })).toMatchObject({ count: 1, sparesInStock: 0 });
});

test('spares in stock are taken first', () => {
  const stocked = { ...SHORT, spares: [spare('S1'), spare('S2', 'fido2')] };
  expect(orderOf(stocked)).toMatchObject({ count: 0, sparesInStock: 1 });
  expect(orderOf(stocked, { spares: 2 })).toMatchObject({ count: 2, sparesWanted: 2 });
});

test('a spare that somebody has a device of is not in stock, one of a device that is left over is', () => {
  const stocked = { ...RECORD, spares: [spare('S1'), spare('S2')] };
  function inSlot(about: Parameters<typeof device>[3]) {
    return {
      devices: [device('alice', 'primary', 'S1', about), device('alice', 'backup', 'A2')],
    };
  }
  expect(orderOf(stocked, { spares: 2 }, inSlot({}))).toMatchObject({ count: 1, sparesInStock: 1 });
  expect(orderOf(stocked, { spares: 2 }, inSlot({ user: null }))).toMatchObject({
    count: 0,
    sparesInStock: 2,
  });
});

test('where a spare is in use, it is its own service that ends', () => {
  const stocked = { ...RECORD, spares: [spare('S1')] };
  const backup = device('alice', 'backup', 'A2');
  function since(enabled: string) {
    return {
      devices: [device('alice', 'primary', 'S1', { enabledAt: day(enabled) }), backup],
    };
  }
  expect(orderOf(stocked, {}, since('2022-01-01'))).toMatchObject({ count: 1, endingSerials: ['S1'] });
  expect(orderOf(stocked, {}, since('2026-11-01'))).toMatchObject({ count: 0, endingSerials: [] });
});

test('an order never takes from a stock that is larger than wanted', () => {
  expect(orderOf({ ...RECORD, spares: [spare('S1'), spare('S2')] }, { spares: 1 }).count).toBe(0);
});

test('an order costs its count times the price of the model that is ordered', () => {
  const prices = [
    { model: 'dear', cents: 9_999 },
    { model: 'cheap', cents: 1_010 },
  ];
  expect(orderOf(SHORT, { spares: 2, order: 'cheap', currency: 'EUR', prices })).toMatchObject({
    count: 3,
    model: 'cheap',
    cost: { eachCents: 1_010, totalCents: 3_030, currency: 'EUR' },
  });
  expect(orderOf(SHORT, { order: 'unpriced' })).toEqual(
    expect.not.objectContaining({ cost: expect.anything() }),
  );
  expect(orderOf(SHORT, { order: 'unpriced' }).model).toBe('unpriced');
});

test('whatever the fleet: once the order has arrived and is in stock, nothing more is ordered', () => {
  const holder = fc.integer({ min: 1, max: 8 });
  const numbers = fc.record({
    tokensPerHolder: fc.integer({ min: 1, max: 8 }),
    spares: fc.integer({ min: 0, max: 20 }),
  });
  forAll(
    fc.tuple(fc.array(holder, { minLength: 1, maxLength: 6 }), fc.nat(10), numbers),
    ([sizes, stock, supply]) => {
      const record: FleetRecord = {
        fleet: FLEET,
        holders: sizes.map((size, h) => ({
          name: `h${h}`,
          tokens: Array.from({ length: size }, (_, t) => token(`s${t}`, `${h}x${t}`)),
        })),
        roots: [],
        spares: Array.from({ length: stock }, (_, i) => spare(`S${i}`)),
      };
      const { count } = orderOf(record, supply);
      const lacks = sizes.reduce((sum, size) => sum + Math.max(0, supply.tokensPerHolder - size), 0);
      expect(count).toBe(Math.max(0, lacks + supply.spares - stock));
      const arrived = Array.from({ length: count }, (_, i) => spare(`N${i}`));
      expect(orderOf({ ...record, spares: [...record.spares, ...arrived] }, supply).count).toBe(0);
    },
  );
});

test.each([
  ['2026-11-22', 12, '2027-11-22'],
  ['2024-02-29', 12, '2025-02-28'],
  ['2024-02-29', 48, '2028-02-29'],
  ['2026-08-31', 6, '2027-02-28'],
  ['2026-12-31', 0, '2026-12-31'],
])('%s plus %p months is %s', (from, months, to) => {
  expect(addMonths(day(from).getTime(), months)).toBe(day(to).getTime());
});
