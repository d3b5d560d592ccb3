/**
 * One page of the record: its text, and the way back.
 *
 * A page is one line of JSON in printable ASCII, without blanks:
 *
 *     {"custody":["HQ fireproof safe","bank deposit box"],
 *      "holders":[["alice.breakglass",["backup","86596100000002",1],["primary","86596220000001",0]]],
 *      "roots":[["111122223333",["primary","826658719844499",0,"molto2",3]]],
 *      "spares":[["86596220000009",null,"molto2",7]]}
 *
 * | part    | shape                                           |
 * |---------|-------------------------------------------------|
 * | custody | each custody text of the page once, in the order of its first use |
 * | holders | [holder, slot token, slot token, …], by holder; the tokens by slot |
 * | roots   | [account, slot token, slot token, …], by account; left out if there are none |
 * | spares  | token, by serial, then by profile                |
 * | slot token | [slot, serial, custody, type, profile]        |
 * | token   | [serial, custody, type, profile]                 |
 *
 * In a token, custody is an index into the page's custody texts, or null. Default values at
 * the end are left out: no profile, the type `programmable`, no custody.
 *
 * Holders are list items, not keys: JSON objects put keys that look like numbers first, and keep one of two equal keys.
 * Everything outside printable ASCII is written \uXXXX (CloudFormation turns other characters into question marks in
 * places), and so is a brace after a brace: SSM and CloudFormation take two for the beginning of a reference.
 */
import type { Holder, Root, SlotToken, Token } from './record';
import { isTokenType } from './rules';
import { isJsonObject, parseJson } from './text';

/** The content of one page. */
export interface PageContent {
  readonly holders: readonly Holder[];
  readonly roots: readonly Root[];
  readonly spares: readonly Token[];
}

/** A page whose text is not of the shape above; the message says what is wrong. */
export class PageShapeError extends Error {
  public override readonly name = 'PageShapeError';
}

/** Writes JSON in printable ASCII, without two braces in a row. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^ -~]|(?<=\{)\{/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Writes one page. Holders, roots and spares keep their order. */
export function formatPage(content: PageContent): string {
  const custody = new Map<string, number>();
  function indexOf(text: string): number {
    const index = custody.get(text) ?? custody.size;
    custody.set(text, index);
    return index;
  }
  function tail(token: Token): readonly (string | number | null)[] {
    const place = token.custody === undefined ? null : indexOf(token.custody);
    if (token.profile !== undefined) {
      return [token.serial, place, token.type, token.profile];
    }
    if (token.type !== 'programmable') {
      return [token.serial, place, token.type];
    }
    return place === null ? [token.serial] : [token.serial, place];
  }
  function slots(tokens: readonly SlotToken[]) {
    return tokens.map((token) => [token.slot, ...tail(token)]);
  }
  const holders = content.holders.map(({ name, tokens }) => [name, ...slots(tokens)]);
  const roots = content.roots.map(({ account, tokens }) => [account, ...slots(tokens)]);
  const spares = content.spares.map(tail);
  return asciiJson({
    custody: [...custody.keys()],
    holders,
    ...(roots.length === 0 ? {} : { roots }),
    spares,
  });
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new PageShapeError(`${what} is not a list`);
  }
  return value;
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') {
    throw new PageShapeError(`${what} is not a text`);
  }
  return value;
}

function parseToken(tuple: readonly unknown[], custody: readonly string[], what: string): Token {
  const [serial, place = null, type = 'programmable', profile, ...rest] = tuple;
  if (rest.length > 0) {
    throw new PageShapeError(`${what} has more than its parts`);
  }
  const kept = typeof place === 'number' ? custody[place] : undefined;
  if (place !== null && kept === undefined) {
    throw new PageShapeError(`the custody of ${what} is not on the page`);
  }
  if (!isTokenType(type)) {
    throw new PageShapeError(`the type of ${what} is not known`);
  }
  if (profile !== undefined && typeof profile !== 'number') {
    throw new PageShapeError(`the profile of ${what} is not a number`);
  }
  return {
    serial: text(serial, `the serial of ${what}`),
    type,
    ...(profile === undefined ? {} : { profile }),
    ...(kept === undefined ? {} : { custody: kept }),
  };
}

function parseSlotToken(value: unknown, custody: readonly string[], what: string): SlotToken {
  const [slot, ...token] = list(value, what);
  return { slot: text(slot, `the slot of ${what}`), ...parseToken(token, custody, what) };
}

/** @param whose such as `holder 3` */
function parseOwner(value: unknown, custody: readonly string[], whose: string) {
  const [name, ...tokens] = list(value, whose);
  return {
    name: text(name, `the name of ${whose}`),
    tokens: tokens.map((token, i) => parseSlotToken(token, custody, `token ${i} of ${whose}`)),
  };
}

function parseRoot(value: unknown, custody: readonly string[], index: number): Root {
  const { name: account, tokens } = parseOwner(value, custody, `root ${index}`);
  return { account, tokens };
}

/**
 * Reads one page. Judges its shape, not its values.
 *
 * @throws PageShapeError
 */
export function parsePage(value: string): PageContent {
  const page = parseJson(value);
  if (page === undefined) {
    throw new PageShapeError('it is not JSON');
  }
  if (!isJsonObject(page)) {
    throw new PageShapeError('it is not a JSON object');
  }
  const parts = new Map<string, unknown>(Object.entries(page));
  const custody = list(parts.get('custody'), 'custody').map((item, index) => text(item, `custody ${index}`));
  return {
    holders: list(parts.get('holders'), 'holders').map((holder, index) =>
      parseOwner(holder, custody, `holder ${index}`),
    ),
    roots: list(parts.get('roots') ?? [], 'roots').map((root, index) => parseRoot(root, custody, index)),
    spares: list(parts.get('spares'), 'spares').map((spare, index) =>
      parseToken(list(spare, `spare ${index}`), custody, `spare ${index}`),
    ),
  };
}
