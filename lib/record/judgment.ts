/**
 * Finds the mistakes of an inventory by its schema, each with its path. Works around three habits of valibot, each of which
 * would hide a mistake or a holder: it accepts a list as a mapping, it names only the first unknown key of a mapping, and
 * its records skip the keys `__proto__`, `prototype` and `constructor`, all of which IAM accepts as user names.
 */
import * as v from 'valibot';
import { nearestWord } from './nearest-word';
import { TOKEN_TYPES } from './record';
import { ACCOUNT_RULE, countProblem, quote, type RecordPath, textProblem, type Violation } from './rules';
import {
  HoldersSchema,
  HolderTokensSchema,
  InventorySchema,
  PriceSchema,
  RootsSchema,
  SlotTokenSchema,
  SpareSchema,
  SupplySchema,
} from './schema';
import { isJsonObject } from './text';

/** A mistake and what it is about: a value of the wrong type, a wrong value, or a key (missing or unknown). */
export interface Mistake extends Violation {
  readonly about: 'type' | 'value' | 'key';
}

const NO_HOLDERS_KEY = {
  message: 'the inventory has no holders',
  fix: 'add holders: and the tokens of each IAM user, or root: and the tokens of root',
};

const SKIPPED_KEYS = ['__proto__', 'prototype', 'constructor'];

type Issue = v.BaseIssue<unknown>;

function pathOf(issue: Issue): RecordPath {
  return (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));
}

/** Returns the schema of the mapping at a path. */
function mappingAt(path: RecordPath) {
  if (path.length === 0) {
    return InventorySchema;
  }
  if (path[0] === 'supply') {
    return path.length === 1 ? SupplySchema : PriceSchema;
  }
  if (path.length === 1) {
    return path[0] === 'roots' ? RootsSchema : HoldersSchema;
  }
  return path[0] === 'spares' ? SpareSchema : SlotTokenSchema;
}

function asMistake(about: Mistake['about'], path: RecordPath, twoLines: string): Mistake {
  const [message = '', fix = ''] = twoLines.split('\n');
  return { about, path, message, fix };
}

/** Finds a list where a mapping belongs; valibot reports keys that are missing, unknown or not user names. */
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
  // Without the blank, YAML reads both sides of the colon as one key.
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
    const count = countProblem(path, issue.input.length);
    return count ? [{ about: 'value', path, ...count }] : [];
  }
  return [asMistake(issue.kind === 'schema' ? 'type' : 'value', path, issue.message)];
}

function skipped(owners: unknown): readonly (readonly [string, unknown])[] {
  if (typeof owners !== 'object' || owners === null) {
    return [];
  }
  return Object.entries(owners).filter(([name]) => SKIPPED_KEYS.includes(name));
}

function skippedMistakes(holders: unknown): readonly Mistake[] {
  return skipped(holders).flatMap(([name, tokens]) => {
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

/** Finds keys that valibot skips among the accounts: none is one. */
function skippedAccounts(roots: unknown): readonly Mistake[] {
  return skipped(roots).flatMap(([account]) => {
    const problem = textProblem(ACCOUNT_RULE, account);
    return problem === undefined ? [] : [{ ...problem, about: 'key', path: ['roots', account] }];
  });
}

/** Finds an inventory that declares neither holders nor roots; each is optional next to the other. */
function nobody(inventory: object): readonly Mistake[] {
  return 'holders' in inventory || 'root' in inventory || 'roots' in inventory
    ? []
    : [{ about: 'key', path: ['holders'], ...NO_HOLDERS_KEY }];
}

/** Finds a supply that is an empty list: valibot finds no missing key in it, because every key is optional. */
function emptyListForSupply(supply: unknown): readonly Mistake[] {
  if (!Array.isArray(supply) || supply.length > 0) {
    return [];
  }
  return (v.safeParse(SupplySchema, null).issues ?? []).map(({ message }) =>
    asMistake('type', ['supply'], message),
  );
}

/** Finds every mistake of an inventory by the schema; conflicts between its values are found elsewhere. */
export function judge(inventory: unknown): readonly Mistake[] {
  const { holders, roots, supply } = isJsonObject(inventory) ? inventory : {};
  const issues: readonly Issue[] = v.safeParse(InventorySchema, inventory).issues ?? [];
  // A mapping that has only skipped keys is not empty.
  const counted = issues.filter((issue) => {
    const written = pathOf(issue)[0] === 'roots' ? roots : holders;
    return issue.type !== 'min_entries' || skipped(written).length === 0;
  });
  return [
    ...counted.flatMap(mistakesOf),
    ...skippedMistakes(holders),
    ...skippedAccounts(roots),
    ...emptyListForSupply(supply),
    ...(isJsonObject(inventory) ? nobody(inventory) : []),
  ];
}
