/** Calculates how many tokens to order, and their cost. */
import { formatPlace, type Place } from '../../lib/record/place';
import type { FleetRecord, TokenType } from '../../lib/record/record';
import type { Supply } from '../../lib/record/supply';
import { TOKEN_KINDS } from '../record/token-kinds';
import { addMonths } from './service-life';

/**
 * An order: tokens for holders who have too few, tokens to replace those whose service ends, and spares, minus the stock.
 * A multi-profile token is one token, however many of its profiles are declared, and only another such token takes the place
 * of one; all others are of one model.
 */
export interface Order {
  /** Number of tokens; 0 if the stock suffices. */
  readonly count: number;
  /** The number of them that must be multi-profile tokens. */
  readonly multiProfile: number;
  /** Holders with fewer tokens than the supply section asks for. */
  readonly shortHolders: readonly { readonly holder: string; readonly has: number; readonly lacks: number }[];
  /** Serials of the tokens whose service ends by `dueBeforeMs`, sorted by that end. */
  readonly endingSerials: readonly string[];
  /** Unix milliseconds. */
  readonly dueBeforeMs: number;
  readonly sparesWanted: number;
  /** Number of the record's spare tokens that have codes and still have a free place. */
  readonly sparesInStock: number;
  /** Absent if the supply section names no model. */
  readonly model?: string;
  /** Without the multi-profile tokens, in hundredths of the currency; absent if the supply section has no price for the model. */
  readonly cost?: { readonly eachCents: number; readonly totalCents: number; readonly currency: string };
}

/** A token of the record, and the end of service of the token in its place, which may be a spare. */
interface AgingToken extends Place {
  readonly type: TokenType;
  readonly spareInUse?: Place;
  readonly endsAtMs?: number | undefined;
}

/**
 * Calculates what to order.
 *
 * @param holdings the record, its tokens as planned, and the places (formatPlace) that are devices of a user or root
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
  const ending = tokensEndingBefore(tokens, record, dueBeforeMs);
  const stock = tokensInStock(record, inUse);
  const endingMulti = countMulti(ending);
  const multiProfile = Math.max(0, endingMulti - countMulti(stock));
  // Stock that is left of multi-profile tokens serves for any other.
  const left = stock.size - Math.min(endingMulti, countMulti(stock));
  const lacking = shortHolders.reduce((sum, { lacks }) => sum + lacks, 0);
  const single = Math.max(0, lacking + ending.size - endingMulti + supply.spares - left);
  return {
    count: single + multiProfile,
    multiProfile,
    shortHolders,
    endingSerials: [...ending.keys()],
    dueBeforeMs,
    sparesWanted: supply.spares,
    sparesInStock: stock.size,
    ...(supply.order === undefined ? {} : { model: supply.order }),
    ...costOf(single, supply),
  };
}

/** The types of tokens, by serial. */
type TypesBySerial = ReadonlyMap<string, TokenType>;

function countMulti(types: TypesBySerial): number {
  return [...types.values()].filter((type) => type === 'molto2').length;
}

/** Lists each token with a free place once. A FIDO key has no codes, so it cannot replace another token. */
function tokensInStock({ spares }: FleetRecord, inUse: ReadonlySet<string>): TypesBySerial {
  const free = spares.filter(
    (spare) => TOKEN_KINDS[spare.type].codeSource !== 'none' && !inUse.has(formatPlace(spare)),
  );
  return new Map(free.map(({ serial, type }) => [serial, type]));
}

/** Lists each token in use once, even if several of its profiles are enrolled, sorted by the end of its service. */
function tokensEndingBefore(
  tokens: readonly AgingToken[],
  { spares }: FleetRecord,
  beforeMs: number,
): TypesBySerial {
  const ending = tokens
    .flatMap(({ serial, type, spareInUse, endsAtMs }) => {
      const spare = spareInUse && spares.find((each) => formatPlace(each) === formatPlace(spareInUse));
      return endsAtMs === undefined
        ? []
        : [{ serial: spareInUse?.serial ?? serial, type: spare?.type ?? type, endsAtMs }];
    })
    .filter(({ endsAtMs }) => endsAtMs <= beforeMs)
    .sort((a, b) => a.endsAtMs - b.endsAtMs);
  return new Map(ending.map(({ serial, type }) => [serial, type]));
}

function costOf(count: number, { order, currency, prices }: Supply): Pick<Order, 'cost'> {
  const eachCents = prices.find(({ model }) => model === order)?.cents;
  if (eachCents === undefined || currency === undefined) {
    return {};
  }
  return { cost: { eachCents, totalCents: eachCents * count, currency } };
}
