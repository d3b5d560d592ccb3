/** The inventory: the `tokens.yaml` that people edit and review, parsed with the line of every mistake. */
import type * as v from 'valibot';
import { type Claim, conflicts } from './conflicts';
import { judge, type Mistake } from './judgment';
import { LocatedYaml } from './located-yaml';
import { type FleetRecord, OWN_ACCOUNT, type SlotToken, sortRecord, type Token } from './record';
import {
  ACCOUNT_RULE,
  isTokenType,
  ownerOf,
  type Problem,
  printable,
  profileProblem,
  quote,
  type RecordPath,
  type Violation,
} from './rules';
import type { InventorySchema, OwnerTokens, SpareSchema } from './schema';
import { DEFAULT_SUPPLY, type Supply, supplyProblems, toSupply } from './supply';
import { isJsonObject, type JsonObject } from './text';
import { recordedSerial, serialProblem } from './written-serial';

/** One mistake in an inventory. */
interface InventoryProblem {
  /** 1-based line in the file. */
  readonly line: number;
  /** 1-based column. */
  readonly column: number;
  /** The place in the document, such as `holders.alice.breakglass[1].serial`. */
  readonly path: string;
  /** The problem, with the value. */
  readonly message: string;
  /** The fix. */
  readonly fix: string;
}

/** Carries every mistake in an inventory; the message is one `file:line:column: …` line for each, with its fix. */
export class InventoryError extends Error {
  public override readonly name = 'InventoryError';

  public constructor(
    public readonly file: string,
    public readonly problems: readonly InventoryProblem[],
  ) {
    super(
      problems
        .map((problem) => `${file}:${problem.line}:${problem.column}: ${problem.message}; ${problem.fix}`)
        .join('\n'),
    );
  }
}

const EMPTY = {
  message: 'the file declares nothing',
  fix: 'write fleet: and its name, then holders: and the tokens of each IAM user',
};

function formatPath(path: RecordPath): string {
  return path
    .map((segment, index) =>
      typeof segment === 'number' ? `[${segment}]` : `${index === 0 ? '' : '.'}${segment}`,
    )
    .join('');
}

/** Returns the name of a path in a sentence. */
function subjectOf(path: RecordPath): string {
  const [first, second, third] = path;
  if (first === 'supply' && path.length === 3) {
    return `price ${Number(third) + 1}`;
  }
  if (path.length === 0) {
    return 'the file';
  }
  if ((first === 'holders' || first === 'roots') && path.length === 2) {
    return ownerOf(path);
  }
  if (first === 'holders' && path.length === 3) {
    return `token ${Number(third) + 1} of ${quote(String(second))}`;
  }
  if ((first === 'roots' && path.length === 3) || (first === 'root' && path.length === 2)) {
    return `token ${Number(path.at(-1)) + 1} of ${ownerOf(path)}`;
  }
  if (first === 'spares' && path.length === 2) {
    return `spare ${Number(second) + 1}`;
  }
  return String(path.at(-1));
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) {
    return 'is empty';
  }
  if (typeof value === 'string') {
    return `is the text ${quote(value)}`;
  }
  if (typeof value === 'object') {
    return Array.isArray(value) ? 'is a list' : 'is a mapping';
  }
  return `is ${String(value)}`;
}

/** Explains a text that was written without quotes and that YAML read as a number or a truth value. */
function wordUnquoted(path: RecordPath, source: string, value: number | boolean): Problem {
  const subject = `${subjectOf(path)} ${source}`;
  const fix = `quote it, ${String(path.at(-1))}: ${JSON.stringify(source)}`;
  if (typeof value === 'boolean') {
    return { message: `${subject} is ${value}, not a text`, fix };
  }
  const read = String(value) === source ? '' : `, which YAML reads as ${value}`;
  return {
    message: `${subject} is a number${read}`,
    fix: `${fix}: numbers lose leading zeros and digits beyond the 16th`,
  };
}

/** Puts what the value is before what it must be. */
function wordWrongType(mistake: Mistake, yaml: LocatedYaml): Violation {
  const { text, value } = yaml.source(mistake.path);
  const mustBeText = mistake.message === 'must be text';
  if (mustBeText && text !== undefined && (typeof value === 'number' || typeof value === 'boolean')) {
    return { ...mistake, ...wordUnquoted(mistake.path, text, value) };
  }
  return {
    ...mistake,
    message: `${subjectOf(mistake.path)} ${kindOf(value)} and ${mistake.message}`,
  };
}

function asMapping(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function claimOf(value: unknown, path: RecordPath, owner?: RecordPath): Claim {
  const { slot, serial, type = 'programmable', profile } = asMapping(value);
  return {
    path,
    type,
    ...(owner === undefined ? {} : { owner }),
    ...(typeof slot === 'string' ? { slot } : {}),
    ...(typeof serial === 'string' ? { serial: recordedSerial(type, serial) } : {}),
    ...(profile === undefined ? {} : { profile }),
  };
}

function claimsBelow(owner: RecordPath, tokens: unknown): readonly Claim[] {
  return asList(tokens).map((token, index) => claimOf(token, [...owner, index], owner));
}

/** Reads the tokens of an inventory that may still have mistakes, so that all kinds of mistakes are reported at once. */
function claimsIn(inventory: unknown): readonly Claim[] {
  const { holders, root, roots, spares } = asMapping(inventory);
  return [
    ...Object.entries(asMapping(holders)).flatMap(([name, tokens]) => claimsBelow(['holders', name], tokens)),
    ...claimsBelow(['root'], root),
    ...Object.entries(asMapping(roots)).flatMap(([account, tokens]) =>
      claimsBelow(['roots', account], tokens),
    ),
    ...asList(spares).map((spare, index) => claimOf(spare, ['spares', index])),
  ];
}

function* tokenMistakes({ type, serial, profile, path }: Claim): Iterable<Violation> {
  const wrongSerial = serial === undefined ? undefined : serialProblem(type, serial);
  if (wrongSerial) {
    yield { ...wrongSerial, path: [...path, 'serial'] };
  }
  const wrongProfile = isTokenType(type) ? profileProblem(type, profile) : undefined;
  if (wrongProfile) {
    yield { ...wrongProfile, path: [...path, 'profile'] };
  }
}

/** Finds account ids without quotes. They are read here as written, but other readers of YAML take them for numbers. */
function* unquotedAccounts(accounts: readonly string[], yaml: LocatedYaml): Iterable<Violation> {
  for (const account of accounts) {
    const path = ['roots', account];
    if (ACCOUNT_RULE.pattern.test(account) && yaml.isPlainKey(path)) {
      yield {
        path,
        message: `account ${account} is written without quotes, which YAML may read as a decimal or an octal number`,
        fix: `quote it, ${JSON.stringify(account)}:, to keep every digit`,
      };
    }
  }
}

function* crossMistakes(inventory: unknown, yaml: LocatedYaml): Iterable<Violation> {
  const claims = claimsIn(inventory);
  for (const claim of claims) {
    yield* tokenMistakes(claim);
  }
  const { holders, root, roots, supply } = asMapping(inventory);
  const accounts = Object.keys(asMapping(roots));
  const owners = {
    holders: Object.keys(asMapping(holders)),
    accounts: root === undefined ? accounts : [OWN_ACCOUNT, ...(roots === undefined ? [] : ['roots'])],
  };
  function where(path: RecordPath) {
    return ` (line ${yaml.locate(path).line})`;
  }
  yield* unquotedAccounts(accounts, yaml);
  yield* conflicts(owners, claims, where);
  yield* supplyProblems(supply, where);
}

function located(violation: Violation, about: Mistake['about'], yaml: LocatedYaml): InventoryProblem {
  const { path, message, fix } = violation;
  const place = about === 'key' ? yaml.locateKey(path) : yaml.locate(path);
  return { ...place, path: formatPath(path), message, fix };
}

/** Keeps the first mistake of each place, sorts by line and column, and makes the texts printable. */
function inOrder(problems: readonly InventoryProblem[]): readonly InventoryProblem[] {
  const seen = new Set<string>();
  return problems
    .filter(({ path, line, column }) => {
      const key = `${line}:${column}:${path}`;
      return !seen.has(key) && seen.add(key);
    })
    .map((problem) => ({ ...problem, path: printable(problem.path), message: printable(problem.message) }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

function problemsOf(yaml: LocatedYaml): readonly InventoryProblem[] {
  const fromYaml = yaml.problems.map(({ path, ...problem }) => ({ ...problem, path: formatPath(path) }));
  if (!yaml.wellFormed) {
    return fromYaml;
  }
  if (yaml.value === null) {
    return [...fromYaml, { line: 1, column: 1, path: '', ...EMPTY }];
  }
  const bySchema = judge(yaml.value)
    .filter(({ path }) => !yaml.isAlias(path))
    .map((mistake) =>
      located(mistake.about === 'type' ? wordWrongType(mistake, yaml) : mistake, mistake.about, yaml),
    );
  const acrossTokens = [...crossMistakes(yaml.value, yaml)].map((mistake) => located(mistake, 'value', yaml));
  return [...fromYaml, ...acrossTokens, ...bySchema];
}

function toToken(token: v.InferInput<typeof SpareSchema>): Token {
  const { serial, type = 'programmable', profile, custody } = token;
  return {
    serial: recordedSerial(type, serial),
    type,
    ...(profile === undefined ? {} : { profile }),
    ...(custody === undefined ? {} : { custody }),
  };
}

function toSlotTokens(tokens: OwnerTokens): readonly SlotToken[] {
  return tokens.map((token) => ({ slot: token.slot, ...toToken(token) }));
}

/** The content of `tokens.yaml`. */
export interface InventoryFile {
  /** The part that is deployed, sorted as a record is. */
  readonly record: FleetRecord;
  /** The supply of tokens that the fleet needs, with the defaults filled in; not deployed. */
  readonly supply: Supply;
}

/**
 * Parses the whole of `tokens.yaml`.
 *
 * @param text the file's content
 * @param file the file's name, for messages only
 * @throws InventoryError naming the file, the line, the value and the fix of every mistake, in the order of lines. In
 *   a text that is not YAML, only the mistakes of syntax: anything else would be a guess.
 */
export function parseInventoryFile(text: string, file: string): InventoryFile {
  const yaml = new LocatedYaml(text);
  const problems = inOrder(problemsOf(yaml));
  if (problems.length > 0) {
    throw new InventoryError(file, problems);
  }
  // The schema judged this value above. Its output is not used: valibot's objects have a prototype and lose some holders.
  const inventory = yaml.value as v.InferInput<typeof InventorySchema>;
  const { fleet, holders = {}, root, roots = {} } = inventory;
  const record = sortRecord({
    fleet,
    holders: Object.entries(holders).map(([name, tokens]) => ({ name, tokens: toSlotTokens(tokens) })),
    roots: [
      ...(root === undefined ? [] : [{ account: OWN_ACCOUNT, tokens: toSlotTokens(root) }]),
      ...Object.entries(roots).map(([account, tokens]) => ({ account, tokens: toSlotTokens(tokens) })),
    ],
    spares: (inventory.spares ?? []).map(toToken),
  });
  return { record, supply: inventory.supply === undefined ? DEFAULT_SUPPLY : toSupply(inventory.supply) };
}

/**
 * Parses `tokens.yaml` into the record it declares, sorted as a record is.
 *
 * @param text the file's content
 * @param file the file's name, for messages only
 * @throws InventoryError as parseInventoryFile does, for mistakes of the supply as well
 */
export function parseInventory(text: string, file: string): FleetRecord {
  return parseInventoryFile(text, file).record;
}
