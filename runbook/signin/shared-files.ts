/**
 * Makes a session a profile of `~/.aws/credentials`. Pure: bytes in, bytes out.
 *
 * Rules: every byte that is not part of the session stays as it is. A long-term key of that name, in whatever form, is neither overwritten nor hidden. The SDK and `aws` must read the same in the result; where they would not, the
 * file is left alone.
 */
import type { TemporaryCredentials } from '../aws/session-issuer';
import {
  type LooseSection,
  readConfigProfiles,
  readLines,
  readLoosely,
  type SharedLine,
} from './shared-lines';

/** A profile must not be overwritten. */
export class ProfileKeptError extends Error {
  public override readonly name = 'ProfileKeptError';

  public constructor(
    public readonly profile: string,
    /** The reason, after the name of the file: `holds a long-term access key`. */
    public readonly reason: string,
    /** The one of the two files that holds the reason. */
    public readonly file: 'config' | 'credentials',
  ) {
    super(`profile ${profile} of ${file} ${reason}`);
  }
}

const KEY_ID = 'aws_access_key_id';
const SECRET = 'aws_secret_access_key';
const TOKENS: readonly string[] = ['aws_session_token', 'aws_security_token'];
const OURS: readonly string[] = [KEY_ID, SECRET, ...TOKENS];
const NOTE = '# written by mfa-runbook, expires';

/** Settings that name another source: with them the session would be ignored, or hide that source once it has expired. */
const SOURCES: readonly string[] = [
  'role_arn',
  'credential_process',
  'sso_session',
  'sso_start_url',
  'login_session',
  'web_identity_token_file',
];

/** Formats a profile with these credentials, as lines of `~/.aws/credentials`. */
export function formatProfile(profile: string, credentials: TemporaryCredentials): string {
  return [`[${profile}]`, ...credentialLines(credentials)].join('\n');
}

function credentialLines(credentials: TemporaryCredentials): readonly string[] {
  return [
    `${NOTE} ${credentials.expiresAt.toISOString()}`,
    `${KEY_ID} = ${credentials.accessKeyId}`,
    `${SECRET} = ${credentials.secretAccessKey}`,
    `aws_session_token = ${credentials.sessionToken}`,
  ];
}

/** Refuses a profile that must not be overwritten. @throws ProfileKeptError */
export function checkWritable(
  files: { readonly config: string; readonly credentials: string },
  profile: string,
): void {
  // The SDK loses the names of JavaScript's own properties; `aws` applies [DEFAULT] to every profile.
  if (profile in {} || profile === 'DEFAULT') {
    throw new ProfileKeptError(profile, 'has a name that not every program reads', 'credentials');
  }
  for (const file of ['credentials', 'config'] as const) {
    const sections = readLoosely(files[file]).filter(({ name }) => name === profile);
    if (holdsLongTermKey(sections)) {
      throw new ProfileKeptError(profile, 'holds a long-term access key', file);
    }
  }
  const source = SOURCES.find((name) => readConfigProfiles(files.config).get(profile)?.has(name));
  if (source !== undefined) {
    throw new ProfileKeptError(profile, `gets its credentials by ${source}`, 'config');
  }
  checkReadAlike(files.credentials, profile);
}

/** Judges by every setting that could be part of a key; a session has one id, one secret, and a token. */
function holdsLongTermKey(sections: readonly LooseSection[]): boolean {
  const settings = sections.flatMap((section) => section.settings);
  function valuesOf(...names: readonly string[]): readonly string[] {
    return settings.flatMap(([name, value]) =>
      names.some((each) => name === each || name.endsWith(`.${each}`)) && value !== '' ? [value] : [],
    );
  }
  const [ids, secrets, tokens] = [valuesOf(KEY_ID), valuesOf(SECRET), valuesOf(...TOKENS)];
  if (ids.length === 0 && secrets.length === 0) {
    return false;
  }
  return (
    tokens.length === 0 || ids.length > 1 || secrets.length > 1 || ids.some((id) => id.startsWith('AKIA'))
  );
}

/** @throws ProfileKeptError if the SDK and `aws` would not find the same section */
function checkReadAlike(credentials: string, profile: string): void {
  function refuse(reason: string): never {
    throw new ProfileKeptError(profile, reason, 'credentials');
  }
  if (credentials.includes('\0')) {
    refuse('is in a file that is not ASCII or UTF-8');
  }
  const loose = readLoosely(credentials).filter(({ name }) => name === profile);
  const [first, second] = loose;
  if (second !== undefined) {
    refuse(`occurs twice, in lines ${first?.line} and ${second.line}`);
  }
  const { lines, read } = readFileLines(credentials);
  const start = read.findIndex((line) => line.kind === 'header' && line.section === profile);
  if (first !== undefined && !isPlainHeader(lines[start] ?? '', profile)) {
    refuse(`has a header in line ${first.line} that not every program reads`);
  }
  const end = endOfSection(read, start);
  const lost = lines.findIndex(
    (line, index) => index > start && index < end && line.trimStart().startsWith('['),
  );
  if (start >= 0 && lost >= 0) {
    refuse(`is followed by a header in line ${lost + 1} that not every program reads`);
  }
}

function isPlainHeader(line: string, profile: string): boolean {
  const header = `[${profile}]`;
  const text = line.replace(/^\uFEFF/, '');
  return text.startsWith(header) && /^(?:$|\s)/.test(text.slice(header.length));
}

function readFileLines(text: string) {
  const lines = text.split(/\r?\n/);
  return { lines, read: readLines(lines) };
}

/** Finds the next header, or the end. */
function endOfSection(read: readonly SharedLine[], start: number): number {
  const next = read.findIndex((line, index) => index > start && line.kind === 'header');
  return next < 0 ? read.length : next;
}

/**
 * Adds or renews a profile of `~/.aws/credentials`; every other byte stays as it is.
 *
 * @param bytes the file; its encoding need not be known, because a line is read as UTF-8 and moved as bytes
 * @throws ProfileKeptError
 */
export function editCredentials(
  bytes: Uint8Array,
  profile: string,
  credentials: TemporaryCredentials,
): Uint8Array {
  checkWritable({ config: '', credentials: Buffer.from(bytes).toString('utf8') }, profile);
  // The text has one character for each byte.
  const raw = Buffer.from(bytes).toString('latin1');
  const lines = raw.split(/(?<=\n)/);
  const end = raw.includes('\r\n') ? '\r\n' : '\n';
  const texts = lines.map((line) =>
    Buffer.from(line, 'latin1')
      .toString('utf8')
      .replace(/\r?\n$/, ''),
  );
  const read = readLines(texts);
  const start = read.findIndex((line) => line.kind === 'header' && line.section === profile);
  const session = credentialLines(credentials).map((line) => `${line}${end}`);
  const edited =
    start < 0
      ? [...ended(lines, end), ...gap(texts, end), `[${profile}]${end}`, ...session]
      : renewed({ lines: ended(lines, end), texts, read }, start, session);
  return Buffer.from(edited.join(''), 'latin1');
}

/** Ends the last line. */
function ended(lines: readonly string[], end: string): readonly string[] {
  const last = lines.at(-1) ?? '';
  return last === '' || last.endsWith('\n') ? lines : [...lines.slice(0, -1), `${last}${end}`];
}

function gap(texts: readonly string[], end: string): readonly string[] {
  return texts.every((text) => text === '') || texts.at(-1)?.trim() === '' ? [] : [end];
}

/** Puts the session in the place of the one before; at the end of the section if it would be continued there. */
function renewed(
  file: {
    readonly lines: readonly string[];
    readonly texts: readonly string[];
    readonly read: readonly SharedLine[];
  },
  start: number,
  session: readonly string[],
): readonly string[] {
  const { lines, texts, read } = file;
  const end = endOfSection(read, start);
  function isReplaced(index: number): boolean {
    const line = read[index];
    const isCredential = line?.kind === 'setting' && OURS.includes(line.name);
    return index > start && index < end && (isCredential || texts[index]?.startsWith(NOTE) === true);
  }
  function isKeptSetting(index: number): boolean {
    const text = texts[index]?.trim() ?? '';
    return index > start && index < end && !isReplaced(index) && text !== '' && !/^[#;]/.test(text);
  }
  const indexes = [...lines.keys()];
  const before = indexes.find(isReplaced) ?? start + 1;
  // `aws` takes an indented line for the rest of the setting before it.
  const isContinued = indexes.some(
    (index) => index >= before && isKeptSetting(index) && /^\s/.test(texts[index] ?? ''),
  );
  const after = Math.max(start, ...indexes.filter(isKeptSetting)) + 1;
  const place = isContinued ? after : before;
  function kept(from: number, to: number): readonly string[] {
    return lines
      .slice(from, to)
      .flatMap((line, index) => (isReplaced(from + index) ? commentAfter(line) : [line]));
  }
  return [...kept(0, place), ...session, ...kept(place, lines.length)];
}

/** Keeps the comment of a setting that is replaced, as a line of its own: `aws` takes it for a part of the value. */
function commentAfter(line: string): readonly string[] {
  const start = line.startsWith('#') ? -1 : line.search(/\s[;#]/);
  return start < 0 ? [] : [line.slice(start + 1)];
}
