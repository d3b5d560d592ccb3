/**
 * Reads an `otpauth://totp/…` URI, as QR codes for authenticators hold it.
 *
 * Rules: over bytes, so that the secret never becomes a text; a parameter that occurs twice is refused, because
 * programs differ in which one they take; whatever a token cannot be set to is refused by name.
 * The format: https://github.com/google/google-authenticator/wiki/Key-Uri-Format
 */
import { printable } from '../../lib/record/rules';
import type { Seed } from '../seed';
import { seedFromLetters } from './base32';
import { nameForeignText, refusal } from './refusals';

/** A URI names these in addition to the secret. Every text comes from outside, and is printable. */
export interface SeedLabel {
  /** The whole label, such as `Amazon Web Services:root@123456789012`; empty if there is none. */
  readonly label: string;
  /** The service; empty if the URI names none. */
  readonly issuer: string;
  /** The part of the label before its last `@`, without the service: AWS writes the name of the device. */
  readonly name: string;
  /** The part after the last `@`; empty without one. AWS writes the account's alias or its 12 digits. */
  readonly account: string;
}

/** A seed, and whose it is. The caller wipes the seed. */
export interface LabeledSeed extends SeedLabel {
  readonly seed: Seed;
}

export const NO_LABEL: SeedLabel = { label: '', issuer: '', name: '', account: '' };

const PREFIX = 'otpauth://';
/** A label longer than this is cut where it is shown. */
const SHOWN_CHARACTERS = 128;

/** Tells whether bytes begin like an otpauth URI. */
export function isOtpauth(bytes: Uint8Array): boolean {
  return ascii(bytes.subarray(0, PREFIX.length)).toLowerCase() === PREFIX;
}

/**
 * Parses a URI.
 *
 * @param uri wiped
 * @throws RunbookError `seed/not-otpauth`, `seed/not-supported`, `seed/not-a-secret`; none holds the secret
 */
export function parseOtpauth(uri: Uint8Array): LabeledSeed {
  const values = new Map<string, Uint8Array>();
  try {
    if (!isOtpauth(uri)) {
      throw malformed('it does not begin with otpauth://');
    }
    const rest = trimEnd(uri.subarray(PREFIX.length));
    const question = rest.indexOf(0x3f);
    const path = question < 0 ? rest : rest.subarray(0, question);
    const slash = path.indexOf(0x2f);
    checkType(ascii(slash < 0 ? path : path.subarray(0, slash)).toLowerCase());
    const label = decodeText(slash < 0 ? new Uint8Array() : path.subarray(slash + 1), false);
    for (const part of question < 0 ? [] : split(rest.subarray(question + 1))) {
      addParameter(values, part);
    }
    checkParameters(values);
    const secret = values.get('secret');
    if (secret === undefined) {
      throw malformed('it has no secret');
    }
    const issuer = values.get('issuer');
    return {
      ...labelParts(label, issuer === undefined ? '' : decodeText(issuer, true)),
      seed: seedFromLetters(percentDecode(secret)),
    };
  } finally {
    for (const value of values.values()) {
      value.fill(0);
    }
    uri.fill(0);
  }
}

function malformed(reason: string): Error {
  return refusal(
    'seed/not-otpauth',
    `the code is no otpauth URI that can be read: ${reason}`,
    'have the service show a new code, or use its secret key with --secret',
  );
}

function unsupported(what: string): Error {
  return refusal(
    'seed/not-supported',
    `the code requires ${what}, but a token is set to codes of 6 digits every 30 seconds, by SHA-1`,
    'use an authenticator app for this service, or have it make a code with its default settings',
  );
}

function checkType(type: string): void {
  if (type === 'hotp') {
    throw unsupported('codes that count (HOTP)');
  }
  if (type !== 'totp') {
    throw malformed('its type is not totp');
  }
}

/** Values that a token is set to; other values of these parameters are refused. */
const SETTINGS: readonly (readonly [key: string, accepted: RegExp, what: (value: string) => string])[] = [
  ['algorithm', /^(?:hmac-?)?sha-?1$/i, (value) => `the algorithm ${value}`],
  ['digits', /^6$/, (value) => `codes of ${value} digits`],
  ['period', /^30$/, (value) => `a code every ${value} seconds`],
  ['encoder', /^(?!)/, (value) => `the encoder ${value}`],
];

function checkParameters(values: ReadonlyMap<string, Uint8Array>): void {
  for (const [key, accepted, what] of SETTINGS) {
    const value = values.get(key);
    const text = value === undefined ? undefined : decodeText(value, false);
    if (text !== undefined && !accepted.test(text)) {
      // A value of any other form is not shown: it might be a secret in the wrong place.
      throw unsupported(/^[\w+-]{1,10}$/.test(text) ? what(text) : `an unknown value of ${key}`);
    }
  }
}

/** Adds one `key=value`, its value still encoded. */
function addParameter(values: Map<string, Uint8Array>, part: Uint8Array): void {
  const equals = part.indexOf(0x3d);
  if (part.length === 0) {
    return;
  }
  const key = ascii(equals < 0 ? part.subarray(0, 0) : part.subarray(0, equals)).toLowerCase();
  if (values.has(key)) {
    throw malformed(
      /^(secret|issuer|algorithm|digits|period)$/.test(key)
        ? `it has ${key} twice`
        : 'it has a parameter twice',
    );
  }
  values.set(key, Uint8Array.from(part.subarray(equals + 1)));
}

/** Splits the label: `issuer:name@account`, at the first colon and the last `@`. */
function labelParts(label: string, issuer: string): SeedLabel {
  const colon = label.indexOf(':');
  const own = label.slice(colon + 1).trim();
  const at = own.lastIndexOf('@');
  return {
    label: shown(label),
    issuer: shown(issuer || (colon < 0 ? '' : label.slice(0, colon).trim())),
    name: shown(at < 0 ? own : own.slice(0, at)),
    account: shown(at < 0 ? '' : own.slice(at + 1)),
  };
}

function shown(text: string): string {
  return printable(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text);
}

function split(query: Uint8Array): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let begin = 0;
  for (let at = 0; at <= query.length; at++) {
    if (at === query.length || query[at] === 0x26) {
      parts.push(query.subarray(begin, at));
      begin = at + 1;
    }
  }
  return parts;
}

function trimEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] ?? 0) <= 0x20) {
    end--;
  }
  return bytes.subarray(0, end);
}

function hexValue(byte: number | undefined): number {
  const value = byte === undefined ? Number.NaN : Number.parseInt(String.fromCharCode(byte), 16);
  if (Number.isNaN(value)) {
    throw malformed('a percent sign has no two hexadecimal digits after it');
  }
  return value;
}

function percentDecode(bytes: Uint8Array): Uint8Array {
  const decoded = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    decoded[length++] = byte === 0x25 ? hexValue(bytes[++at]) * 16 + hexValue(bytes[++at]) : byte;
  }
  const result = decoded.slice(0, length);
  decoded.fill(0);
  return result;
}

function decodeText(bytes: Uint8Array, plusIsBlank: boolean): string {
  const plain = plusIsBlank ? bytes.map((byte) => (byte === 0x2b ? 0x20 : byte)) : bytes;
  return new TextDecoder().decode(percentDecode(plain)).trim();
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 64));
}

/** Names a code that is not for an authenticator. */
export function notOtpauth(texts: readonly string[]): Error {
  const named = [...new Set(texts.map(nameForeignText))].slice(0, 3).join(' and ');
  return refusal(
    'seed/not-otpauth',
    `the code in the picture is ${named}, not a secret for an authenticator`,
    'take the picture of the code that the service shows under "Show QR code" or the like',
  );
}
