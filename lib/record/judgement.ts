/**
 * The mistakes of an inventory by its schema, each with its path. Makes up for three habits of valibot, of which each
 * would let a mistake, or a holder, pass unseen: it takes a list for a mapping, it names only the first unknown key of
 * a mapping, and its records pass over the keys `__proto__`, `prototype` and `constructor`, all of which IAM takes as
 * user names.
 */
import * as v from 'valibot';
import { nearestWord } from './nearest-word';
import { TOKEN_TYPES } from './record';
import { countProblem, quote, type RecordPath, type Violation } from './rules';
import {
  HoldersSchema,
  HolderTokensSchema,
  InventorySchema,
  PriceSchema,
  SlotTokenSchema,
  SpareSchema,
  SupplySchema,
} from './schema';

/** A mistake and what it is about: a value of the wrong type, a wrong value, or a key (missing or unknown). */
export interface Mistake extends Violation {
  readonly about: 'type' | 'value' | 'key';
}

const PASSED_OVER = ['__proto__', 'prototype', 'constructor'];

type Issue = v.BaseIssue<unknown>;

function pathOf(issue: Issue): RecordPath {
  return (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));
}

/** The schema of the mapping at a path. */
function mappingAt(path: RecordPath) {
  if (path.length === 0) {
    return InventorySchema;
  }
  if (path[0] === 'supply') {
    return path.length === 1 ? SupplySchema : PriceSchema;
  }
  if (path.length === 1) {
    return HoldersSchema;
  }
  return path[0] === 'holders' ? SlotTokenSchema : SpareSchema;
}

function asMistake(about: Mistake['about'], path: RecordPath, twoLines: string): Mistake {
  const [message = '', fix = ''] = twoLines.split('\n');
  return { about, path, message, fix };
}

/** A list where a mapping belongs, which valibot reports as keys that are missing, unknown or no user names. */
function listForMapping(issue: Issue): Mistake | undefined {
  const depth = issue.path?.findIndex((item) => item.type === 'object' && Array.isArray(item.input)) ?? -1;
  if (depth < 0) {
    return undefined;
  }
  const path = pathOf(issue).slice(0, depth);
  const [wrongType] = v.safeParse(mappingAt(path), null).issues ?? [];
  return wrongType === undefined ? undefined : asMistake('type', path, wrongType.message);
}

function unknownKeys(issue: Issue): readonly Mistake[] {
  const path = pathOf(issue).slice(0, -1);
  const schema = mappingAt(path);
  const known = 'entries' in schema ? Object.keys(schema.entries) : [];
  return Object.keys(issue.path?.at(-1)?.input ?? {})
    .filter((key) => !known.includes(key))
    .map((key) => ({
      about: 'key',
      path: [...path, key],
      message: `unknown key ${quote(key)}`,
      fix: fixOfKey(key, known),
    }));
}

function fixOfKey(key: string, known: readonly string[]): string {
  // Without the blank YAML takes both sides of the colon for one key.
  if (known.some((word) => key.startsWith(`${word}:`))) {
    return 'put a blank after the colon';
  }
  const meant = nearestWord(key, known);
  return meant === undefined ? `the keys here are ${known.join(', ')}` : `did you mean ${meant}?`;
}

function unknownType(issue: Issue, typed: string): Mistake {
  const { fix, ...mistake } = asMistake('value', pathOf(issue), issue.message);
  const meant = nearestWord(typed, TOKEN_TYPES);
  return {
    ...mistake,
    message: `type ${quote(typed)} is not a type of token`,
    fix: meant === undefined ? fix : `${fix}; did you mean ${meant}?`,
  };
}

function mistakesOf(issue: Issue): readonly Mistake[] {
  const list = listForMapping(issue);
  if (list) {
    return [list];
  }
  const path = pathOf(issue);
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    return unknownKeys(issue);
  }
  if (issue.kind === 'schema' && issue.type === 'strict_object' && issue.expected?.startsWith('"')) {
    return [asMistake('key', path, issue.message)];
  }
  if (issue.type === 'picklist' && typeof issue.input === 'string') {
    return [unknownType(issue, issue.input)];
  }
  if (Array.isArray(issue.input) && issue.kind === 'validation') {
    const count = countProblem(String(path[1]), issue.input.length);
    return count ? [{ about: 'value', path, ...count }] : [];
  }
  return [asMistake(issue.kind === 'schema' ? 'type' : 'value', path, issue.message)];
}

function passedOver(holders: unknown): readonly (readonly [string, unknown])[] {
  if (typeof holders !== 'object' || holders === null) {
    return [];
  }
  return Object.entries(holders).filter(([name]) => PASSED_OVER.includes(name));
}

function passedOverMistakes(holders: unknown): readonly Mistake[] {
  return passedOver(holders).flatMap(([name, tokens]) => {
    const item: v.IssuePathItem = {
      type: 'unknown',
      origin: 'value',
      input: holders,
      key: name,
      value: tokens,
    };
    const root: v.IssuePathItem = { ...item, key: 'holders' };
    return (v.safeParse(HolderTokensSchema, tokens).issues ?? []).flatMap((issue) =>
      mistakesOf({ ...issue, path: [root, item, ...(issue.path ?? [])] }),
    );
  });
}

/** A supply that is a list without items lacks no key, because it needs none. */
function emptyListForSupply(supply: unknown): readonly Mistake[] {
  if (!Array.isArray(supply) || supply.length > 0) {
    return [];
  }
  return (v.safeParse(SupplySchema, null).issues ?? []).map(({ message }) =>
    asMistake('type', ['supply'], message),
  );
}

/** Every mistake of an inventory's values by the schema; not what the values mean to each other. */
export function judge(inventory: unknown): readonly Mistake[] {
  const { holders, supply }: { holders?: unknown; supply?: unknown } = Object(inventory);
  const issues: readonly Issue[] = v.safeParse(InventorySchema, inventory).issues ?? [];
  // A fleet whose only holders were passed over is not without holders.
  const counted =
    passedOver(holders).length > 0 ? issues.filter(({ type }) => type !== 'min_entries') : issues;
  return [...counted.flatMap(mistakesOf), ...passedOverMistakes(holders), ...emptyListForSupply(supply)];
}
