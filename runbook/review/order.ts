/** Calculates how many tokens to order, and their cost. */
import type { FleetRecord } from '../../lib/record/record';
import type { Supply } from '../../lib/record/supply';
import { isBurned } from '../record/token-kinds';
import { addMonths } from './service-life';

/**
 * An order: tokens for holders who have too few, tokens to replace those whose service ends, and spares, minus the stock.
 * All are of one model.
 */
export interface Order {
  /** Number of tokens; 0 if the stock suffices. */
  readonly count: number;
  /** Holders with fewer tokens than the supply section asks for. */
  readonly shortHolders: readonly { readonly holder: string; readonly has: number; readonly lacks: number }[];
  /** Serials of the tokens whose service ends by `dueBeforeMs`, sorted by that end. */
  readonly endingSerials: readonly string[];
  /** Unix milliseconds. */
  readonly dueBeforeMs: number;
  readonly sparesWanted: number;
  /** Number of spares in the record that a seed can be burned onto and that are not enrolled. */
  readonly sparesInStock: number;
  /** Absent if the supply section names no model. */
  readonly model?: string;
  /** In hundredths of the currency; absent if the supply section has no price for the model. */
  readonly cost?: { readonly eachCents: number; readonly totalCents: number; readonly currency: string };
}

/** A token of the record, and the end of service of the token in its place, which may be a spare. */
interface AgingToken {
  readonly serial: string;
  readonly spareInUse?: string;
  readonly endsAtMs?: number | undefined;
}

/**
 * Calculates what to order.
 *
 * @param holdings the record, its tokens as planned, and the serials of the tokens that are devices of a user
 */
export function planOrder(
  holdings: {
    readonly record: FleetRecord;
    readonly tokens: readonly AgingToken[];
    readonly inUse: ReadonlySet<string>;
  },
  supply: Supply,
  nowMs: number,
): Order {
  const { record, tokens, inUse } = holdings;
  const shortHolders = record.holders
    .map(({ name, tokens: { length: has } }) => ({ holder: name, has, lacks: supply.tokensPerHolder - has }))
    .filter(({ lacks }) => lacks > 0);
  const dueBeforeMs = addMonths(nowMs, supply.orderAheadMonths);
  const endingSerials = serialsEndingBefore(tokens, dueBeforeMs);
  const sparesInStock = record.spares.filter(
    ({ type, serial }) => isBurned(type) && !inUse.has(serial),
  ).length;
  const wanted =
    shortHolders.reduce((sum, { lacks }) => sum + lacks, 0) + endingSerials.length + supply.spares;
  const count = Math.max(0, wanted - sparesInStock);
  return {
    count,
    shortHolders,
    endingSerials,
    dueBeforeMs,
    sparesWanted: supply.spares,
    sparesInStock,
    ...(supply.order === undefined ? {} : { model: supply.order }),
    ...costOf(count, supply),
  };
}

/** Lists each token in use once, even if several of its profiles are enrolled. */
function serialsEndingBefore(tokens: readonly AgingToken[], beforeMs: number): readonly string[] {
  const ending = tokens
    .flatMap(({ serial, spareInUse = serial, endsAtMs }) =>
      endsAtMs === undefined ? [] : [{ serial: spareInUse, endsAtMs }],
    )
    .filter(({ endsAtMs }) => endsAtMs <= beforeMs)
    .sort((a, b) => a.endsAtMs - b.endsAtMs);
  return [...new Set(ending.map(({ serial }) => serial))];
}

function costOf(count: number, { order, currency, prices }: Supply): Pick<Order, 'cost'> {
  const eachCents = prices.find(({ model }) => model === order)?.cents;
  if (eachCents === undefined || currency === undefined) {
    return {};
  }
  return { cost: { eachCents, totalCents: eachCents * count, currency } };
}
