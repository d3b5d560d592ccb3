import * as fc from 'fast-check';
import { TokenInventory } from '../../../lib/fleet/token-inventory';
import { InventoryError, parseInventory, parseInventoryFile } from '../../../lib/record/inventory';
import { generationOf } from '../../../lib/record/record';
import { centsOf, DEFAULT_SUPPLY, formatMoney } from '../../../lib/record/supply';
import { forAll } from './random-record';

/** Two lines, so that `supply:` is line 3. */
const DECLARED = 'fleet: f\nholders: { a: [ { slot: s, serial: "1" } ] }';

function supplyOf(...lines: readonly string[]) {
  return parseInventoryFile([DECLARED, 'supply:', ...lines].join('\n'), 'tokens.yaml').supply;
}

function refused(...lines: readonly string[]): readonly string[] {
  try {
    parseInventory([DECLARED, ...lines].join('\n'), 'tokens.yaml');
  } catch (error) {
    if (error instanceof InventoryError) {
      return error.message.split('\n');
    }
    throw error;
  }
  throw new Error(`accepted: ${lines.join('\n')}`);
}

test('a file without a supply has the default one', () => {
  expect(parseInventoryFile(DECLARED, 'x').supply).toEqual(DEFAULT_SUPPLY);
  expect(DEFAULT_SUPPLY).toMatchObject({
    tokensPerHolder: 2,
    serviceYears: 5,
    proveEveryDays: 90,
    prices: [],
  });
});

test('what is left out of a supply has its default', () => {
  expect(supplyOf('  spares: 3')).toEqual({ ...DEFAULT_SUPPLY, spares: 3 });
  expect(parseInventoryFile(`${DECLARED}\nsupply: {}`, 'x').supply).toEqual(DEFAULT_SUPPLY);
});

test('a whole supply is read, its prices in cents', () => {
  expect(
    supplyOf(
      '  tokensPerHolder: 3',
      '  spares: 0',
      '  serviceYears: 4',
      '  proveEveryDays: 30',
      '  orderAheadMonths: 6',
      '  order: "Token2 OTPC-P2-i"',
      '  currency: EUR',
      '  prices:',
      '    - { model: "Token2 OTPC-P1-i", price: 21 }',
      '    - { model: "Token2 OTPC-P2-i", price: 16.50 }',
    ),
  ).toEqual({
    tokensPerHolder: 3,
    spares: 0,
    serviceYears: 4,
    proveEveryDays: 30,
    orderAheadMonths: 6,
    order: 'Token2 OTPC-P2-i',
    currency: 'EUR',
    prices: [
      { model: 'Token2 OTPC-P1-i', cents: 2100 },
      { model: 'Token2 OTPC-P2-i', cents: 1650 },
    ],
  });
});

test('with one price, its model is ordered', () => {
  expect(supplyOf('  currency: EUR', '  prices: [ { model: OTPC-P2-i, price: 0.07 } ]')).toMatchObject({
    order: 'OTPC-P2-i',
    prices: [{ cents: 7 }],
  });
});

test('a model may be ordered whose price nobody knows', () => {
  expect(supplyOf('  order: OTPC-P2-i')).toMatchObject({ order: 'OTPC-P2-i', prices: [] });
});

test('a new price makes no new generation, and constructs take a file with a supply', () => {
  const priced = `${DECLARED}\nsupply: { currency: EUR, prices: [ { model: m, price: 5 } ] }`;
  expect(generationOf(parseInventory(priced, 'x'))).toBe(generationOf(parseInventory(DECLARED, 'x')));
  const other = priced.replace('"1"', '"2"');
  expect(generationOf(parseInventory(other, 'x'))).not.toBe(generationOf(parseInventory(DECLARED, 'x')));
  expect(TokenInventory.fromYaml(priced, 'x')._record).toEqual(
    TokenInventory.fromYaml(DECLARED, 'x')._record,
  );
});

const EUR = 'currency: EUR';

test.each<[string, string]>([
  ['', 'tokens.yaml:3:1: supply is empty and must be a mapping; write the keys below it'],
  ['[]', 'tokens.yaml:3:1: supply is a list and must be a mapping'],
  ['{ spare: 2 }', 'tokens.yaml:3:11: unknown key "spare"; did you mean spares?'],
  ['{ toString: 2 }', 'tokens.yaml:3:11: unknown key "toString"; the keys here are tokensPerHolder, spares,'],
  [
    '{ tokensPerHolder: 9 }',
    'tokens.yaml:3:28: tokensPerHolder 9 is not a whole number from 1 to 8; use a whole number from 1 to 8',
  ],
  ['{ tokensPerHolder: 0 }', 'tokensPerHolder 0 is not a whole number from 1 to 8'],
  ['{ spares: -1 }', 'spares -1 is not a whole number from 0 to 10000'],
  ['{ spares: 1.5 }', 'spares 1.5 is not a whole number'],
  [
    '{ serviceYears: "5" }',
    'serviceYears is the text "5" and must be a whole number from 1 to 20; write it without quotes, such as serviceYears: 5',
  ],
  ['{ proveEveryDays: }', 'proveEveryDays is empty and must be a whole number from 1 to 3650'],
  ['{ orderAheadMonths: 61 }', 'orderAheadMonths 61 is not a whole number from 0 to 60'],
  [
    '{ currency: euro }',
    'tokens.yaml:3:21: currency "euro" is 4 characters long, the limit is 3; use its three',
  ],
  ['{ currency: eur }', 'currency "eur" is not a currency; use its three capital letters, such as EUR'],
  ['{ order: "" }', 'model is empty; write the name of the model'],
  ['{ order: "a\\e[31m" }', 'model "a\\x1b[31m" begins or ends with a blank, or holds'],
  [`{ ${EUR}, prices: { m: 1 } }`, 'prices is a mapping and must be a list of prices; write one line'],
  [`{ ${EUR}, prices: [ 16.50 ] }`, 'price 1 is 16.5 and must be a mapping with model and price'],
  [`{ ${EUR}, prices: [ { model: m } ] }`, 'the price has no price; add price: and what one costs'],
  [`{ ${EUR}, prices: [ { price: 1 } ] }`, 'the price has no model; add model: and its name'],
  [
    `{ ${EUR}, prices: [ { model: m, price: 1, vat: 19 } ] }`,
    'unknown key "vat"; the keys here are model, price',
  ],
  [
    `{ ${EUR}, prices: [ { model: m, price: "16.50 EUR" } ] }`,
    'price is the text "16.50 EUR" and must be a number; write it without quotes and currency',
  ],
  [`{ ${EUR}, prices: [ { model: m, price: 0 } ] }`, 'price 0 is not a price; use 0.01 to 99999.99'],
  [`{ ${EUR}, prices: [ { model: m, price: -5 } ] }`, 'price -5 is not a price'],
  [`{ ${EUR}, prices: [ { model: m, price: .inf } ] }`, 'price Infinity is'],
  [`{ ${EUR}, prices: [ { model: m, price: .nan } ] }`, 'price is NaN and must be a number'],
  [
    `{ ${EUR}, prices: [ { model: m, price: 16.505 } ] }`,
    'price 16.505 has more than two decimals; write it in whole cents, such as 16.50',
  ],
  [
    '{ prices: [ { model: m, price: 1 } ] }',
    'tokens.yaml:3:11: supply has prices and no currency; add currency:',
  ],
  [
    `{ order: n, ${EUR}, prices: [ { model: m, price: 1 } ] }`,
    'tokens.yaml:3:18: order "n" has no price; use one of "m", or add its price',
  ],
  [
    `{ ${EUR}, prices: [ { model: m, price: 1 }, { model: n, price: 2 } ] }`,
    'tokens.yaml:3:1: supply has the prices of 2 models and does not say which to order; add order: and one of "m", "n"',
  ],
  [
    `{ order: m, ${EUR}, prices: [ { model: m, price: 1 }, { model: m, price: 2 } ] }`,
    'model "m" already has a price (line 3); keep one of the two',
  ],
  ['{ spares: 1, spares: 2 }', '"spares" is already in this mapping (line 3); keep one of the two'],
])('a supply of %s is refused', (text, message) => {
  const messages = refused(`supply: ${text}`);
  expect(messages[0]).toContain(message);
  expect(messages).toHaveLength(1);
  expect(supplyOf('  spares: 1').spares).toBe(1);
});

test('mistakes of the supply and of the inventory are reported together, in the order of lines', () => {
  const messages = refused(
    'supply:',
    '  spares: x',
    '  prices:',
    '    - { model: m, price: 1.234 }',
    'spares: {}',
  );
  expect(messages.map((message) => /:(\d+):/.exec(message)?.[1])).toEqual(['4', '5', '6', '7']);
});

test.each([
  [0.01, 1],
  [16.5, 1650],
  [1.1, 110],
  [0.29, 29],
  [99_999.99, 9_999_999],
  [16.505, undefined],
  [0.001, undefined],
])('a price of %p is %p cents', (price, cents) => {
  expect(centsOf(price)).toBe(cents);
});

test('every number of cents survives being written with two decimals and read as YAML', () => {
  forAll(fc.integer({ min: 1, max: 9_999_999 }), (cents) => {
    const written = formatMoney(cents, 'EUR').replace(' EUR', '');
    const { prices } = supplyOf('  currency: EUR', `  prices: [ { model: m, price: ${written} } ]`);
    expect(prices).toEqual([{ model: 'm', cents }]);
  });
});

test('money is written with two decimals', () => {
  expect([formatMoney(0, 'EUR'), formatMoney(7, 'EUR'), formatMoney(4950, 'CHF')]).toEqual([
    '0.00 EUR',
    '0.07 EUR',
    '49.50 CHF',
  ]);
});

test('whatever a supply holds, it is parsed or refused with places and whole sentences', () => {
  const key = fc.constantFrom(
    'tokensPerHolder',
    'spares',
    'prices',
    'model',
    'price',
    'order',
    'currency',
    'a',
  );
  const leaf = fc.constantFrom('m', '1', '1.5', '1.234', '-0', '"1"', '~', 'true', 'EUR', '.inf', '');
  const { tree } = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(tie('tree'), { maxLength: 3 }).map((items) => `[ ${items.join(', ')} ]`),
      fc
        .array(fc.tuple(key, tie('tree')), { maxLength: 4 })
        .map((pairs) => `{ ${pairs.map(([k, value]) => `${k}: ${value}`).join(', ')} }`),
    ),
  }));
  let accepted = 0;
  forAll(
    fc.oneof(
      tree,
      fc.tuple(leaf, tree).map(([n, prices]) => `{ spares: ${n}, order: m, prices: ${prices} }`),
    ),
    (yaml) => {
      try {
        const { prices, spares } = parseInventoryFile(`${DECLARED}\nsupply: ${yaml}`, 'x').supply;
        expect(Number.isInteger(spares)).toBe(true);
        for (const { cents } of prices) {
          expect(Number.isInteger(cents) && cents > 0).toBe(true);
        }
        accepted++;
      } catch (error) {
        if (!(error instanceof InventoryError)) {
          throw error;
        }
        for (const { line, column, message, fix } of error.problems) {
          expect(line * column).toBeGreaterThan(0);
          expect(`${message}${fix}`).not.toMatch(/undefined|\[object/);
        }
      }
    },
    1000,
  );
  expect(accepted).toBeGreaterThan(0);
});
