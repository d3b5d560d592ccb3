/** Formats JSON results as the XML of an awsQuery answer. */

import type { Json, JsonObject } from './operation';

/**
 * Results with these names are maps of strings, written as `<entry><key/><value/></entry>`; all other objects
 * are structures.
 */
const maps = new Set(['SummaryMap', 'Certifications']);

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#xD;',
};

/**
 * Escapes text for an element. A carriage return is written as a reference because XML parsers drop a bare one.
 */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"'\r]/g, (character) => escapes[character] ?? character);
}

/** Formats `<name>…</name>`; null and undefined give nothing. */
function encodeElement(name: string, value: Json | undefined): string {
  if (value === undefined || value === null) {
    return '';
  }
  const content = maps.has(name) ? encodeMap(value) : encodeContent(value);
  return content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;
}

/** Formats the members of a structure, in the given order. */
export function encodeMembers(value: JsonObject): string {
  return Object.entries(value)
    .map(([name, member]) => encodeElement(name, member))
    .join('');
}

function encodeContent(value: Json): string {
  if (isList(value)) {
    return value.map((item) => encodeElement('member', item ?? '')).join('');
  }
  if (typeof value === 'object' && value !== null) {
    return encodeMembers(value);
  }
  return escapeXml(String(value));
}

function encodeMap(value: Json): string {
  if (typeof value !== 'object' || value === null || isList(value)) {
    throw new TypeError('a map result must be an object');
  }
  return Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => `<entry>${encodeElement('key', key)}${encodeElement('value', item)}</entry>`)
    .join('');
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
