/**
 * The files that `aws` and the SDKs share: `~/.aws/config` is read for the device of a profile's owner,
 * `~/.aws/credentials` is edited to make a session a profile. Pure: texts in, texts out.
 */
import type { TemporaryCredentials } from '../aws/session-issuer';

/** Settings of one profile, names in lower case. */
type ProfileSettings = Readonly<Record<string, string>>;

const HEADER = /^\s*\[\s*([^\]]+?)\s*\]/;
const SETTING = /^([A-Za-z0-9_.-]+)\s*=\s*(.*?)\s*$/;

/** Reads the name of a header of `~/.aws/config`: `[profile ci]` or `[default]`. */
function configName(header: string): string | undefined {
  return header === 'default' ? header : /^profile\s+["']?(.+?)["']?$/.exec(header)?.[1];
}

/** Reads a profile of `~/.aws/config`; empty if there is none. Nested settings are left out. */
export function readConfigProfile(config: string, profile: string): ProfileSettings {
  return readSection(config, (header) => configName(header) === profile);
}

/** Reads a profile of `~/.aws/credentials`; empty if there is none. */
export function readCredentialsProfile(credentials: string, profile: string): ProfileSettings {
  return readSection(credentials, (header) => header === profile);
}

function readSection(text: string, isWanted: (header: string) => boolean): ProfileSettings {
  const settings: Record<string, string> = {};
  let isInside = false;
  for (const line of text.split(/\r?\n/)) {
    const header = HEADER.exec(line)?.[1];
    if (header !== undefined) {
      isInside = isWanted(header);
    }
    const [, name, value] = isInside ? (SETTING.exec(line) ?? []) : [];
    if (name !== undefined && value !== undefined) {
      settings[name.toLowerCase()] = value;
    }
  }
  return settings;
}

/** A profile must not be overwritten: it may hold the only copy of a long-term key. */
export class LongTermKeyError extends Error {
  public override readonly name = 'LongTermKeyError';

  public constructor(public readonly profile: string) {
    super(`profile ${profile} holds a long-term access key`);
  }
}

const CREDENTIAL_SETTINGS = new Set([
  'aws_access_key_id',
  'aws_secret_access_key',
  'aws_session_token',
  'aws_security_token',
]);
const NOTE = '# written by mfa-runbook, expires';

/** Formats a profile with these credentials, as lines of `~/.aws/credentials`. */
export function formatProfile(profile: string, credentials: TemporaryCredentials): string {
  return [`[${profile}]`, ...credentialLines(credentials)].join('\n');
}

function credentialLines(credentials: TemporaryCredentials): readonly string[] {
  return [
    `${NOTE} ${credentials.expiresAt.toISOString()}`,
    `aws_access_key_id = ${credentials.accessKeyId}`,
    `aws_secret_access_key = ${credentials.secretAccessKey}`,
    `aws_session_token = ${credentials.sessionToken}`,
  ];
}

/**
 * Adds or renews a profile of `~/.aws/credentials`; every other line stays as it is.
 *
 * @throws LongTermKeyError
 */
export function writeProfile(text: string, profile: string, credentials: TemporaryCredentials): string {
  checkWritable(text, profile);
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  const start = lines.findIndex((line) => HEADER.exec(line)?.[1] === profile);
  if (start < 0) {
    const gap = lines.length === 0 || lines.at(-1)?.trim() === '' ? [] : [''];
    return `${[...lines, ...gap, formatProfile(profile, credentials)].join('\n')}\n`;
  }
  const next = lines.findIndex((line, index) => index > start && HEADER.test(line));
  const end = next < 0 ? lines.length : next;
  const section = lines.slice(start + 1, end);
  const kept = section.filter(
    (line) => !CREDENTIAL_SETTINGS.has(settingName(line)) && !line.startsWith(NOTE),
  );
  const renewed = [
    ...lines.slice(0, start + 1),
    ...credentialLines(credentials),
    ...kept,
    ...lines.slice(end),
  ];
  return `${renewed.join('\n')}\n`;
}

function settingName(line: string): string {
  return SETTING.exec(line)?.[1]?.toLowerCase() ?? '';
}

/** @throws LongTermKeyError if the profile holds a key without a session token */
export function checkWritable(text: string, profile: string): void {
  const found = readCredentialsProfile(text, profile);
  const isTemporary = 'aws_session_token' in found || 'aws_security_token' in found;
  if ('aws_access_key_id' in found && !isTemporary) {
    throw new LongTermKeyError(profile);
  }
}
