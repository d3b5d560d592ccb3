/**
 * The record as SSM parameters: one manifest and 2^n pages, each one line of ASCII JSON of at most 4 KB.
 *
 *     …/record/manifest  {"schema":1,"fleet":"break-glass","generation":"…","pages":1,"holders":2,"tokens":4,"spares":1}
 *     …/record/page/0    see page.ts
 *
 * A record has exactly one such form, so a reader writes the parsed record again and compares. That finds every edit by hand,
 * even of a blank.
 */
import { conflictsIn } from './conflicts';
import { isPageCount, layOut, pageOf } from './layout';
import { manifestName, pageName, recordPath, rootHolder } from './names';
import { asciiJson, type PageContent, PageShapeError, parsePage } from './page';
import { type FleetRecord, generationOf, RECORD_SCHEMA, schemaOf, sortRecord } from './record';
import { quote, type RecordPath, valueViolations } from './rules';
import { isJsonObject, type JsonObject, parseJson } from './text';

/** An SSM string parameter. */
export interface RecordParameter {
  readonly name: string;
  readonly value: string;
}

/** The content of the manifest, by which a reader can tell a complete record from a half-deployed or edited one. */
interface RecordManifest {
  readonly schema: number;
  readonly fleet: string;
  /** SHA-256 of the canonical record, 64 lower-case hexadecimal digits. */
  readonly generation: string;
  /** A power of two, at most 1,024. */
  readonly pages: number;
  readonly holders: number;
  /** Absent in schema 1, which has no roots. */
  readonly roots?: number;
  /** Tokens in the slots of holders and roots, without spares. */
  readonly tokens: number;
  readonly spares: number;
}

/** The reason why a deployed record was refused. */
export type RecordFault = 'missing' | 'newer-schema' | 'incomplete' | 'malformed' | 'digest';

/** A deployed record that must not be trusted. The message names the parameter, the value and the fix. */
export class RecordError extends Error {
  public override readonly name = 'RecordError';

  public constructor(
    public readonly fault: RecordFault,
    /** The parameter at fault. */
    public readonly parameter: string,
    message: string,
    /** The next thing to do. */
    public readonly hint: string,
  ) {
    super(message);
  }
}

/** A verified record and its manifest. */
export interface DeployedRecord {
  readonly manifest: RecordManifest;
  readonly record: FleetRecord;
}

const DEPLOY =
  'deploy the fleet with `cdk deploy`; if it is deployed, check the fleet, the account and the Region';
const UPGRADE = 'update it: a newer version deployed the fleet';
// A deployment of an unchanged template changes nothing, so it would not undo an edit by hand.
const RESTORE =
  'wait for a running deployment of the fleet to end; otherwise restore the record with `cdk deploy --revert-drift`';

function parametersOf(record: FleetRecord, generation: string): readonly RecordParameter[] {
  const { fleet, holders, roots, spares } = record;
  const texts = layOut(record);
  const manifest: RecordManifest = {
    schema: schemaOf(record),
    fleet,
    generation,
    pages: texts.length,
    holders: holders.length,
    ...(roots.length === 0 ? {} : { roots: roots.length }),
    tokens: [...holders, ...roots].reduce((sum, { tokens }) => sum + tokens.length, 0),
    spares: spares.length,
  };
  return [
    { name: manifestName(fleet), value: asciiJson(manifest) },
    ...texts.map((value, n) => ({ name: pageName(fleet, n), value })),
  ];
}

/**
 * Writes a record as parameters, the manifest first, in the smallest power of two of pages that fits.
 *
 * @throws Error when the record breaks a rule of the inventory, or does not fit into 1,024 pages
 */
export function formatRecord(record: FleetRecord): readonly RecordParameter[] {
  const [broken] = [...valueViolations(record), ...conflictsIn(record)];
  if (broken) {
    throw new Error(`${broken.message}; ${broken.fix}`);
  }
  return parametersOf(sortRecord(record), generationOf(record));
}

type Values = ReadonlyMap<string, string>;

function malformed(parameter: string, what: string): RecordError {
  return new RecordError('malformed', parameter, `${parameter} is not part of a record: ${what}`, RESTORE);
}

function valuesByName(parameters: readonly RecordParameter[]): Values {
  const values = new Map<string, string>();
  for (const { name, value } of parameters) {
    if (values.has(name)) {
      throw malformed(name, 'it was read twice');
    }
    values.set(name, value);
  }
  return values;
}

function parseManifestJson(name: string, value: string): JsonObject {
  const parsed = parseJson(value);
  if (parsed === undefined) {
    throw malformed(name, `${quote(value)} is not JSON`);
  }
  if (!isJsonObject(parsed)) {
    throw malformed(name, `${quote(value)} is not a JSON object`);
  }
  return Object.assign(Object.create(null), parsed);
}

function readManifest(fleet: string, values: Values): RecordManifest {
  const name = manifestName(fleet);
  const value = values.get(name);
  if (value === undefined) {
    const isEmpty = values.size === 0;
    const found = isEmpty
      ? `there is no parameter below ${recordPath(fleet)}`
      : `its pages exist, but ${name} does not`;
    const message = `fleet ${quote(fleet)} has no record: ${found}`;
    throw new RecordError('missing', name, message, isEmpty ? DEPLOY : RESTORE);
  }
  const { schema, generation, pages, ...rest } = parseManifestJson(name, value);
  const isSchema = typeof schema === 'number' && Number.isInteger(schema) && schema >= 1;
  if (!isSchema) {
    throw malformed(name, `its schema is ${quote(schema)}`);
  }
  if (schema > RECORD_SCHEMA) {
    const message = `${name} has schema ${schema}, but this version reads schemas up to ${RECORD_SCHEMA}`;
    throw new RecordError('newer-schema', name, message, UPGRADE);
  }
  if (rest.fleet !== fleet) {
    throw malformed(name, `its fleet is ${quote(rest.fleet)}`);
  }
  if (!isPageCount(pages)) {
    throw malformed(name, `its number of pages is ${quote(pages)}`);
  }
  if (typeof generation !== 'string' || !/^[0-9a-f]{64}$/.test(generation)) {
    throw malformed(name, `its generation is ${quote(generation)}`);
  }
  function count(value: unknown): number {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) {
      return value;
    }
    throw malformed(name, `one of its counts is ${quote(value)}`);
  }
  return {
    schema,
    fleet,
    generation,
    pages,
    holders: count(rest.holders),
    ...(rest.roots === undefined ? {} : { roots: count(rest.roots) }),
    tokens: count(rest.tokens),
    spares: count(rest.spares),
  };
}

/** Returns every page's text in order. @throws when their number is not that of the manifest */
function readPages(manifest: RecordManifest, values: Values): readonly string[] {
  const { fleet, pages } = manifest;
  const names = Array.from({ length: pages }, (_, n) => pageName(fleet, n));
  const texts = names.map((name) => {
    const text = values.get(name);
    if (text !== undefined) {
      return text;
    }
    const message = `${name} is missing; by the manifest, the number of pages is ${pages}`;
    throw new RecordError('incomplete', name, message, RESTORE);
  });
  const expected = new Set([manifestName(fleet), ...names]);
  const extra = [...values.keys()].find((name) => !expected.has(name));
  if (extra !== undefined) {
    const message = `${extra} is one too many; by the manifest, the number of pages is ${pages}`;
    throw new RecordError('incomplete', extra, message, RESTORE);
  }
  return texts;
}

function readPage(parameter: string, value: string): PageContent {
  try {
    return parsePage(value);
  } catch (error) {
    if (error instanceof PageShapeError) {
      throw malformed(parameter, error.message);
    }
    throw error;
  }
}

function readContent(manifest: RecordManifest, values: Values): FleetRecord {
  const { fleet, pages } = manifest;
  const contents = readPages(manifest, values).map((text, n) => {
    const parameter = pageName(fleet, n);
    const content = readPage(parameter, text);
    const names = [
      ...content.holders.map(({ name }) => name),
      ...content.roots.map(({ account }) => rootHolder(account)),
      ...content.spares.map(({ serial }) => serial),
    ];
    const stray = names.find((name) => pageOf(name, pages) !== n);
    if (stray === undefined) {
      return content;
    }
    const message = `${parameter} holds ${quote(stray)}, which belongs on ${pageName(fleet, pageOf(stray, pages))}`;
    throw new RecordError('digest', parameter, message, RESTORE);
  });
  return {
    fleet,
    holders: contents.flatMap(({ holders }) => holders),
    roots: contents.flatMap(({ roots }) => roots),
    spares: contents.flatMap(({ spares }) => spares),
  };
}

/** Returns the name that decides the page of a value. */
function nameOf(record: FleetRecord, [part, key]: RecordPath): string | undefined {
  if (part === 'spares') {
    return record.spares[Number(key)]?.serial;
  }
  return key === undefined || part === 'holders' ? key?.toString() : rootHolder(String(key));
}

/** Refuses values that no inventory could have declared, because a terminal will show them. */
function refuseViolations(record: FleetRecord, pages: number): void {
  for (const { path, message } of valueViolations(record)) {
    const name = nameOf(record, path);
    const page = name === undefined ? undefined : pageName(record.fleet, pageOf(name, pages));
    throw malformed(page ?? manifestName(record.fleet), message);
  }
  for (const { message } of conflictsIn(record)) {
    throw new RecordError(
      'digest',
      recordPath(record.fleet),
      `the record contradicts itself: ${message}`,
      RESTORE,
    );
  }
}

/** Refuses a record whose text differs from the one that would be written for its content. */
function refuseDifferences(manifest: RecordManifest, record: FleetRecord, values: Values): void {
  const { fleet, generation } = manifest;
  const recomputed = generationOf(record);
  if (recomputed !== generation) {
    const message = `the pages of fleet ${quote(fleet)} are of generation ${recomputed}, the manifest is of ${generation}`;
    throw new RecordError('digest', manifestName(fleet), message, RESTORE);
  }
  for (const { name, value } of parametersOf(record, generation)) {
    if (values.get(name) === value) {
      continue;
    }
    const message = `${name} differs from what a deployment of this generation writes`;
    throw new RecordError('digest', name, message, RESTORE);
  }
}

/**
 * Reads a record back from every parameter below `recordPath(fleet)` and recomputes its generation. Refuses every
 * text that `formatRecord` would not have written, to the last character.
 *
 * @throws RecordError when the record is missing, half-deployed, edited by hand, or of a newer schema
 */
export function parseRecord(fleet: string, parameters: readonly RecordParameter[]): DeployedRecord {
  return parseIntact(fleet, parameters, refuseViolations);
}

/**
 * Reads a record back as parseRecord does, but leaves it to the caller to judge its values: for code that has to be
 * small, and that escapes what it shows. The generation still tells an edited record.
 *
 * @param judge throws for values that no inventory could have declared
 * @throws RecordError
 */
export function parseIntact(
  fleet: string,
  parameters: readonly RecordParameter[],
  judge?: (record: FleetRecord, pages: number) => void,
): DeployedRecord {
  const values = valuesByName(parameters);
  const manifest = readManifest(fleet, values);
  const record = readContent(manifest, values);
  judge?.(record, manifest.pages);
  const sorted = sortRecord(record);
  refuseDifferences(manifest, sorted, values);
  return { manifest, record: sorted };
}
