/**
 * The grammar of the files that `aws` and the SDKs share: `~/.aws/config` and `~/.aws/credentials`.
 *
 * Rules: a line means what it means to the SDK that this program calls, and a test compares the two. `aws` reads the same
 * line by another grammar (`key: value`, continuation lines, names with blanks); `findLoosely` finds what either of them,
 * or a person, would take for a setting of a profile, so that nothing of value is overlooked.
 */

/** The meaning of one line to the SDK. */
export type SharedLine =
  /** `section`: `profile.NAME` for `[profile NAME]`, or the text in brackets; absent if the SDK loses it. */
  | { readonly kind: 'header'; readonly section: string | undefined }
  /** `name`: with the name of the setting that it is nested in, as `s3.max_queue_size`. */
  | {
      readonly kind: 'setting';
      readonly section: string | undefined;
      readonly name: string;
      readonly value: string;
    }
  | { readonly kind: 'rest' };

/** Settings by name. */
export type Settings = ReadonlyMap<string, string>;
/** Profiles by name. */
export type Profiles = ReadonlyMap<string, Settings>;

const PREFIXES: readonly string[] = ['profile', 'sso-session', 'services'];
const PREFIXED = /^([\w-]+)\s(["'])?([\w\-@+.%:/]+)\2$/;
/** With one of these headers, the SDK reads nothing of the whole file. */
const POISON: readonly string[] = ['__proto__', 'profile __proto__'];

/** Cuts a comment off a line: `#` or `;`, at its start or after white space. */
function withoutComment(line: string): string {
  const start = line.search(/(?:^|\s)[;#]/);
  return (start < 0 ? line : line.slice(0, start)).trim();
}

function sectionOf(header: string): string | undefined {
  const [, prefix, , name] = PREFIXED.exec(header) ?? [];
  if (prefix === undefined) {
    return header === '' ? undefined : header;
  }
  return PREFIXES.includes(prefix) ? `${prefix}.${name}` : undefined;
}

function isHeader(text: string): boolean {
  return text.startsWith('[') && text.endsWith(']');
}

/** Reads lines without their ends. */
export function readLines(lines: readonly string[]): readonly SharedLine[] {
  let section: string | undefined;
  let nestedIn: string | undefined;
  return lines.map((line) => {
    const text = withoutComment(line);
    if (isHeader(text)) {
      section = sectionOf(text.slice(1, -1));
      nestedIn = undefined;
      return { kind: 'header', section };
    }
    const equals = text.indexOf('=');
    if (section === undefined || equals < 1) {
      return { kind: 'rest' };
    }
    const name = text.slice(0, equals).trim();
    const value = text.slice(equals + 1).trim();
    if (value === '') {
      nestedIn = name;
      return { kind: 'setting', section, name, value };
    }
    if (line.trimStart() === line) {
      nestedIn = undefined;
    }
    return { kind: 'setting', section, name: nestedIn === undefined ? name : `${nestedIn}.${name}`, value };
  });
}

/** Reads a file as sections; settings of one section are merged, and an empty one is absent. */
function readSections(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  const lines = text.split(/\r?\n/);
  if (lines.some((line) => isPoison(withoutComment(line)))) {
    return sections;
  }
  for (const line of readLines(lines)) {
    if (line.kind === 'setting' && line.section !== undefined && line.value !== '') {
      const settings = sections.get(line.section) ?? new Map<string, string>();
      sections.set(line.section, settings.set(line.name, line.value));
    }
  }
  return sections;
}

function isPoison(text: string): boolean {
  return isHeader(text) && POISON.includes(text.slice(1, -1));
}

/** Reads the profiles of `~/.aws/config`. */
export function readConfigProfiles(config: string): Profiles {
  const profiles = new Map<string, Settings>();
  const sections = readSections(config);
  const plain = sections.get('default');
  if (plain !== undefined) {
    profiles.set('default', plain);
  }
  for (const [section, settings] of sections) {
    if (section.startsWith('profile.')) {
      profiles.set(section.slice('profile.'.length), settings);
    }
  }
  return profiles;
}

/** Reads the profiles of `~/.aws/credentials`. */
export function readCredentialsProfiles(credentials: string): Profiles {
  return readSections(credentials);
}

/** Reads the profiles of both files: a setting of `~/.aws/credentials` wins. */
export function readProfiles(files: { readonly config: string; readonly credentials: string }): Profiles {
  const merged = new Map(readConfigProfiles(files.config));
  for (const [name, settings] of readCredentialsProfiles(files.credentials)) {
    merged.set(name, new Map([...(merged.get(name) ?? []), ...settings]));
  }
  return merged;
}

/** A section as anybody might read it. */
export interface LooseSection {
  /** Without `profile`, quotes, and blanks around it. */
  readonly name: string;
  /** The line of its header, from 1. */
  readonly line: number;
  /** Names in lower case; a name may occur more than once. */
  readonly settings: readonly (readonly [name: string, value: string])[];
}

/** Reads what either grammar, or a person, would take for a section or a setting. */
export function readLoosely(text: string): readonly LooseSection[] {
  const sections: { name: string; line: number; settings: [string, string][] }[] = [];
  for (const [index, whole] of text.split(/\r\n|\r|\n/).entries()) {
    const line = whole.trim();
    if (line.startsWith('[') && line.includes(']')) {
      sections.push({ name: looseName(line), line: index + 1, settings: [] });
    } else if (!/^[#;]/.test(line)) {
      const end = line.search(/[=:]/);
      if (end > 0) {
        const setting = unquoted(line.slice(0, end)).toLowerCase();
        sections.at(-1)?.settings.push([setting, withoutComment(line.slice(end + 1))]);
      }
    }
  }
  return sections;
}

function looseName(header: string): string {
  const inside = header.slice(1, header.lastIndexOf(']')).trim();
  return unquoted(/^profile\s/.test(inside) ? inside.slice('profile'.length) : inside);
}

function unquoted(text: string): string {
  return text
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2')
    .trim();
}
