/**
 * The supply: how many tokens a fleet wants, how long they last, and what they cost. People write it in `tokens.yaml`
 * next to the inventory; it is not part of the record, so a new price creates no new generation.
 *
 * Money is whole cents: a price is read from its two decimals and never calculated with as a fraction.
 */

import {
  CUSTODY_RULE,
  MAX_TOKENS_PER_HOLDER,
  type Problem,
  quote,
  type RecordPath,
  type TextRule,
  type Violation,
} from './rules';
import { isJsonObject, type JsonObject } from './text';

/** The price of one token of a model. */
interface Price {
  /** The name of the model, as the buyer writes it. */
  readonly model: string;
  /** The price in hundredths of the currency. */
  readonly cents: number;
}

/** The supply of tokens that a fleet needs. */
export interface Supply {
  /** The number of tokens that each holder should have. */
  readonly tokensPerHolder: number;
  /** The number of spares to keep in stock. */
  readonly spares: number;
  /** The life of a token's battery, counted from the day its device was enabled. */
  readonly serviceYears: number;
  /** The greatest age of the last proof of a token. */
  readonly proveEveryDays: number;
  /** The time before the end of a token's life at which its successor is ordered. */
  readonly orderAheadMonths: number;
  /** The model to order; absent if none is named. */
  readonly order?: string;
  /** ISO 4217, such as EUR; absent if there are no prices. */
  readonly currency?: string;
  readonly prices: readonly Price[];
}

export const DEFAULT_SUPPLY: Supply = {
  tokensPerHolder: 2,
  spares: 0,
  serviceYears: 5,
  proveEveryDays: 90,
  orderAheadMonths: 12,
  prices: [],
};

/** The whole numbers of a supply. */
export type SupplyNumber =
  | 'tokensPerHolder'
  | 'spares'
  | 'serviceYears'
  | 'proveEveryDays'
  | 'orderAheadMonths';

/** The range of each value, both ends included. */
export const SUPPLY_RANGES: Readonly<Record<SupplyNumber, { readonly min: number; readonly max: number }>> = {
  tokensPerHolder: { min: 1, max: MAX_TOKENS_PER_HOLDER },
  spares: { min: 0, max: 10_000 },
  serviceYears: { min: 1, max: 20 },
  proveEveryDays: { min: 1, max: 3650 },
  orderAheadMonths: { min: 0, max: 60 },
};

/** The range of a price, both ends included. */
export const PRICE_RANGE = { min: 0.01, max: 99_999.99 } as const;

/** The rule of custody, because a model is shown on terminals too. */
export const MODEL_RULE: TextRule = {
  ...CUSTODY_RULE,
  noun: 'model',
  fix: 'write the name of the model on one line, such as "Token2 OTPC-P2-i"',
};

/** A currency of ISO 4217. */
export const CURRENCY_RULE: TextRule = {
  noun: 'currency',
  pattern: /^[A-Z]{3}$/,
  maxLength: 3,
  refusal: 'is not a currency',
  fix: 'use its three capital letters, such as EUR',
};

/** A supply as it is written. */
interface WrittenSupply extends Partial<Readonly<Record<SupplyNumber, number>>> {
  readonly order?: string;
  readonly currency?: string;
  readonly prices?: readonly { readonly model: string; readonly price: number }[];
}

/** Converts a price to whole cents; `undefined` if it has more than two decimals. */
export function centsOf(price: number): number | undefined {
  const cents = Math.round(price * 100);
  // The division gives the double that is nearest to the decimal, as reading the text did.
  return cents / 100 === price ? cents : undefined;
}

/** Formats cents as people write them, such as `49.50 EUR`. */
export function formatMoney(cents: number, currency: string): string {
  return `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')} ${currency}`;
}

/** Fills in the defaults of a supply that follows every rule. With one price, that model is ordered. */
export function toSupply(written: WrittenSupply): Supply {
  const { prices = [], order = prices[0]?.model, currency, ...numbers } = written;
  return {
    ...DEFAULT_SUPPLY,
    ...numbers,
    ...(order === undefined ? {} : { order }),
    ...(currency === undefined ? {} : { currency }),
    prices: prices.map(({ model, price }) => ({ model, cents: centsOf(price) ?? 0 })),
  };
}

function entriesOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function* priceProblems(
  prices: readonly unknown[],
  where: (path: RecordPath) => string,
): Iterable<Violation> {
  const seen = new Map<string, number>();
  for (const [index, entry] of prices.entries()) {
    const { model, price } = entriesOf(entry);
    if (typeof price === 'number' && price >= PRICE_RANGE.min && centsOf(price) === undefined) {
      const message = `price ${price} has more than two decimals`;
      yield {
        message,
        fix: 'write it in whole cents, such as 16.50',
        path: ['supply', 'prices', index, 'price'],
      };
    }
    if (typeof model !== 'string') {
      continue;
    }
    const earlier = seen.get(model);
    if (earlier === undefined) {
      seen.set(model, index);
      continue;
    }
    const message = `model ${quote(model)} already has a price${where(['supply', 'prices', earlier, 'model'])}`;
    yield { message, fix: 'keep one of the two', path: ['supply', 'prices', index, 'model'] };
  }
}

function orderProblem(order: unknown, models: readonly string[]): Problem | undefined {
  const known = models.map((model) => quote(model)).join(', ');
  if (order === undefined && new Set(models).size > 1) {
    const message = `supply has the prices of ${models.length} models and does not say which to order`;
    return { message, fix: `add order: and one of ${known}` };
  }
  if (typeof order !== 'string' || models.length === 0 || models.includes(order)) {
    return undefined;
  }
  return { message: `order ${quote(order)} has no price`, fix: `use one of ${known}, or add its price` };
}

/**
 * Finds conflicts between the values of a supply; ignores values of wrong types, which the schema reports.
 *
 * @param where returns the position of a path, with a leading blank, such as ` (line 4)`
 */
export function* supplyProblems(supply: unknown, where: (path: RecordPath) => string): Iterable<Violation> {
  const { order, currency, prices } = entriesOf(supply);
  const list: readonly unknown[] = Array.isArray(prices) ? prices : [];
  yield* priceProblems(list, where);
  if (list.length > 0 && currency === undefined) {
    const message = 'supply has prices and no currency';
    yield { message, fix: 'add currency: and its three letters, such as EUR', path: ['supply', 'prices'] };
  }
  const models = list.flatMap((entry) => {
    const { model } = entriesOf(entry);
    return typeof model === 'string' ? [model] : [];
  });
  const wrongOrder = orderProblem(order, models);
  if (wrongOrder) {
    yield { ...wrongOrder, path: order === undefined ? ['supply'] : ['supply', 'order'] };
  }
}
