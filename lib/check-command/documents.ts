/** The documents that the command reads: templates, or policies made into one. */
import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { CheckedTemplate } from '../checks/check-templates';
import { lineFinder, parseTemplate } from '../checks/parse-template';
import { nearestWord } from '../record/nearest-word';
import { isJsonObject, type JsonObject } from '../record/text';
import { isAuthorizationDetails, templateOfDetails } from './authorization-details';
import { isPolicyDocument, isStackPolicy, templateOfPolicy } from './policy-document';

/** The files that were read. */
export interface Documents {
  readonly templates: readonly CheckedTemplate[];
  /** Files, and the reason why each is not judged. */
  readonly notJudged: readonly { readonly file: string; readonly reason: string }[];
  /** Returns the path in the file, and the line, of a place in a template, and of whom it is if only a number says so. */
  placeOf(
    path: string,
    logicalId: string,
    location: string,
  ): { readonly path: string; readonly line: number; readonly owner: string | undefined };
}

/** A file that the command was given and cannot read. */
export class UnreadableError extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

const EXTENSION = /\.(json|ya?ml|template)$/i;
/** Finds what looks like a template or a policy although it is broken: such a file is not passed over in silence. */
const LOOKS_JUDGEABLE = /AWSTemplateFormatVersion|"?Type"?\s*:\s*"?AWS::|"?Effect"?\s*:\s*"?(?:Allow|Deny)\b/;
const SKIPPED = new Set(['node_modules', '.git']);

/** Files larger than this are not read. The authorization details of any account are smaller. */
const MAX_MEBIBYTES = 64;

/** Reads files, and the files of folders that may be templates or policies. @throws UnreadableError */
export function readDocuments(paths: readonly string[]): Documents {
  const texts = new Map<string, string>();
  const reads = new Map<string, Read>();
  const templates: CheckedTemplate[] = [];
  const notJudged: { file: string; reason: string }[] = [];
  for (const { file, isNamed } of paths.flatMap((path) => filesAt(path))) {
    if (texts.has(file)) {
      continue;
    }
    const text = readText(file);
    texts.set(file, text ?? '');
    if (text === undefined) {
      notJudged.push({ file, reason: `it is larger than ${MAX_MEBIBYTES} MiB` });
      continue;
    }
    const read = documentIn(text);
    if (typeof read !== 'string') {
      reads.set(file, read);
      templates.push({ path: file, account: read.account ?? accountOf(file), template: read.template });
    } else if (isNamed || LOOKS_JUDGEABLE.test(text)) {
      notJudged.push({ file, reason: read });
    }
  }
  const finders = new Map<string, ReturnType<typeof lineFinder>>();
  return {
    templates,
    notJudged,
    placeOf(file, logicalId, location) {
      const read = reads.get(file);
      const path = pathIn(read?.kind ?? 'template', logicalId, location);
      const find = finders.get(file) ?? lineFinder(texts.get(file) ?? '');
      finders.set(file, find);
      return { path: path.join('.'), line: find(path), owner: read?.owners?.get(logicalId) };
    },
  };
}

function filesAt(path: string): readonly { readonly file: string; readonly isNamed: boolean }[] {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (error) {
    throw unreadable(path, error);
  }
  return isFolder
    ? filesBelow(path).map((file) => ({ file, isNamed: false }))
    : [{ file: path, isNamed: true }];
}

function filesBelow(folder: string): readonly string[] {
  const entries = entriesOf(folder);
  // The assets of an app are no templates of it, except those whose names end in `.template.json`.
  const isOfCdk =
    entries.some(({ name }) => name === 'manifest.json') && entries.some(({ name }) => name === 'cdk.out');
  return entries
    .sort((a, b) => a.name.localeCompare(b.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        return SKIPPED.has(entry.name) || (isOfCdk && entry.name.startsWith('asset.'))
          ? []
          : filesBelow(path);
      }
      const isWanted = isOfCdk ? entry.name.endsWith('.template.json') : EXTENSION.test(entry.name);
      return isWanted && (entry.isFile() || isLinkToFile(entry, path)) ? [path] : [];
    });
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw unreadable(folder, error);
  }
}

/** Tells whether a link leads to a file. Links to folders are not followed: they may lead in a circle. */
function isLinkToFile(entry: Dirent, path: string): boolean {
  try {
    return entry.isSymbolicLink() && statSync(path).isFile();
  } catch {
    // The link leads nowhere, in a circle, or to a folder without permission.
    return false;
  }
}

function unreadable(path: string, error: unknown): UnreadableError {
  const { code, message } = Object(error);
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new UnreadableError(`there is no file or folder ${path === '' ? "''" : path}`, hintNear(path));
    case 'EACCES':
    case 'EPERM':
      return new UnreadableError(
        `cannot read ${path}: permission denied`,
        `\`ls -ld ${path}\` shows who may read it`,
      );
    default:
      return new UnreadableError(`cannot read ${path}: ${message}`, ANY_FILE);
  }
}

/** The hint where no file is nearly the one that was named. */
export const ANY_FILE = '`cdk-mfa-guardrails check .` reads every template and policy below this folder';

/** Names what is next to a missing file and has nearly its name. */
function hintNear(path: string): string {
  try {
    const meant = nearestWord(basename(path), readdirSync(dirname(path)));
    return meant === undefined ? ANY_FILE : `did you mean ${join(dirname(path), meant)}?`;
  } catch {
    // The folder is missing as well.
    return ANY_FILE;
  }
}

/** Returns the text of a file; `undefined` if it is too large. @throws UnreadableError */
function readText(file: string): string | undefined {
  try {
    const bytes = readBytes(file);
    return bytes && new TextDecoder(encodingOf(bytes), { ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** Returns the encoding by the mark that a file begins with: Windows PowerShell writes the output of a command in UTF-16. */
function encodingOf([first, second]: Uint8Array): string {
  const isBigEndian = first === 0xfe && second === 0xff;
  return isBigEndian ? 'utf-16be' : first === 0xff && second === 0xfe ? 'utf-16le' : 'utf-8';
}

/** Reads a regular file. Pipes and devices, which may have no end, are refused without waiting. */
function readBytes(file: string): Buffer | undefined {
  const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) {
      throw new Error('it is neither a file nor a folder; write its content to a file first');
    }
    return stat.size > MAX_MEBIBYTES * 1024 * 1024 ? undefined : readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

type Kind = 'template' | 'policy' | 'details';

interface Read {
  readonly kind: Kind;
  readonly template: CheckedTemplate['template'];
  readonly account?: string | undefined;
  /** The ARNs of resources whose logical ids are places in the file. */
  readonly owners?: ReadonlyMap<string, string>;
}

/** Returns the document in a text, or the reason why there is none. */
function documentIn(text: string): Read | string {
  if (text.includes('\0')) {
    return 'it is not text';
  }
  let value: unknown;
  try {
    value = parseTemplate(text);
  } catch (error) {
    return `it is neither JSON nor YAML: ${error instanceof Error ? error.message : error}`;
  }
  if (!isJsonObject(value)) {
    return 'it is not a template, a policy document or authorization details';
  }
  if (isAuthorizationDetails(value)) {
    return { kind: 'details', ...templateOfDetails(value) };
  }
  if (isPolicyDocument(value)) {
    return isStackPolicy(value)
      ? 'it is a stack policy of CloudFormation, which is not about IAM'
      : { kind: 'policy', template: templateOfPolicy(value) };
  }
  return isTemplate(value)
    ? { kind: 'template', template: value }
    : 'it is not a template, a policy document or authorization details';
}

/** CDK writes a stack without resources as its parameters alone. */
function isTemplate({ AWSTemplateFormatVersion, Parameters, Resources }: JsonObject): boolean {
  return (
    (Resources === undefined && (AWSTemplateFormatVersion !== undefined || isJsonObject(Parameters))) ||
    (isJsonObject(Resources) &&
      Object.entries(Resources).some(
        ([name, resource]) => name.startsWith('Fn::ForEach::') || typeof Object(resource).Type === 'string',
      ))
  );
}

/** Returns the account of a stack from the manifest that CDK wrote next to its template. */
function accountOf(file: string): string | undefined {
  let manifest: unknown;
  try {
    manifest = JSON.parse(readText(join(dirname(file), 'manifest.json')) ?? '');
  } catch {
    return undefined;
  }
  const artifacts = Object.values(Object(Object(manifest).artifacts)).map((artifact) => Object(artifact));
  const stacks = artifacts.filter(({ type }) => type === 'aws:cloudformation:stack');
  const own = stacks.filter(({ properties }) => Object(properties).templateFile === basename(file));
  // A nested stack is deployed where the stacks are, if that is one account.
  const accounts = new Set(
    (own.length > 0 ? own : stacks).map(({ environment }) => /^aws:\/\/(\d{12})\//.exec(environment)?.[1]),
  );
  const [account] = accounts;
  return accounts.size === 1 ? account : undefined;
}

/** Returns the path of a place in its file. */
function pathIn(kind: Kind, logicalId: string, location: string): readonly string[] {
  const below = location.split('.');
  switch (kind) {
    case 'template':
      return ['Resources', logicalId, ...below];
    case 'policy':
      return below.slice(2);
    case 'details':
      return [...logicalId.split('/'), ...below.slice(1)];
  }
}
