/** How many tokens to order, and what they cost. */
import type { FleetRecord } from '../../lib/record/record';
import type { Supply } from '../../lib/record/supply';
import type { PlannedToken } from './fleet-plan';
import { addMonths } from './service-life';

/** A holder with fewer tokens than the supply wants. */
export interface ShortHolder {
  readonly holder: string;
  readonly has: number;
  readonly lacks: number;
}

/**
 * What to order: for holders who lack tokens, for tokens whose service ends, and for the stock, less what is in stock.
 * One model for all.
 */
export interface Order {
  /** How many; 0 when the stock is enough. */
  readonly count: number;
  readonly shortHolders: readonly ShortHolder[];
  /** Serials of the tokens whose service has ended or ends before `dueBeforeMs`; in order of their end. */
  readonly endingSerials: readonly string[];
  /** Unix milliseconds. */
  readonly dueBeforeMs: number;
  readonly sparesWanted: number;
  /** Spares of the record that a burned token can be made of, and that are enrolled nowhere. */
  readonly sparesInStock: number;
  /** The model to order; absent where the supply names none. */
  readonly model?: string;
  /** Absent where the supply has no price of the model. */
  readonly cost?: Cost;
}

/** In hundredths of the currency. */
export interface Cost {
  readonly eachCents: number;
  readonly totalCents: number;
  readonly currency: string;
}

/** The tokens that a fleet has. */
export interface Holdings {
  readonly record: FleetRecord;
  /** The record's, judged. */
  readonly tokens: readonly PlannedToken[];
  /** Serials of the tokens that a user has a device of. */
  readonly inUse: ReadonlySet<string>;
}

/** Reckons what to order. */
export function planOrder({ record, tokens, inUse }: Holdings, supply: Supply, nowMs: number): Order {
  const shortHolders = record.holders
    .map(({ name, tokens: { length: has } }) => ({ holder: name, has, lacks: supply.tokensPerHolder - has }))
    .filter(({ lacks }) => lacks > 0);
  const dueBeforeMs = addMonths(nowMs, supply.orderAheadMonths);
  const endingSerials = serialsEndingBefore(tokens, dueBeforeMs);
  const sparesInStock = record.spares.filter(
    ({ type, serial }) => type === 'programmable' && !inUse.has(serial),
  ).length;
  const wanted =
    shortHolders.reduce((sum, { lacks }) => sum + lacks, 0) + endingSerials.length + supply.spares;
  const count = Math.max(0, wanted - sparesInStock);
  return {
    ...{ count, shortHolders, endingSerials, dueBeforeMs, sparesWanted: supply.spares, sparesInStock },
    ...(supply.order === undefined ? {} : { model: supply.order }),
    ...costOf(count, supply),
  };
}

/** Each token in use once, however many profiles of it are enrolled. */
function serialsEndingBefore(tokens: readonly PlannedToken[], beforeMs: number): readonly string[] {
  const ending = tokens
    .flatMap(({ serial, spareInUse = serial, endsAtMs }) =>
      endsAtMs === undefined ? [] : [{ serial: spareInUse, endsAtMs }],
    )
    .filter(({ endsAtMs }) => endsAtMs <= beforeMs)
    .sort((a, b) => a.endsAtMs - b.endsAtMs);
  return [...new Set(ending.map(({ serial }) => serial))];
}

function costOf(count: number, { order, currency, prices }: Supply): { readonly cost?: Cost } {
  const eachCents = prices.find(({ model }) => model === order)?.cents;
  if (eachCents === undefined || currency === undefined) {
    return {};
  }
  return { cost: { eachCents, totalCents: eachCents * count, currency } };
}
