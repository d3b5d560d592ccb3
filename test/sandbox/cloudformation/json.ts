/** Narrows plain JSON. */

import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../operation';

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Compares values; the order of keys does not matter, the order of lists does. */
export function isSame(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(a, b);
}

/** Formats a scalar as CloudFormation writes it into a string; undefined for a list or an object. */
export function toText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') {
    return value;
  }
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** Gives the scalars of a list; none when it is not a list. */
export function toTexts(value: Json | undefined): readonly string[] {
  return isList(value) ? value.map((item) => toText(item) ?? JSON.stringify(item)) : [];
}

/** Formats a policy document as services accept it: JSON text. */
export function toDocument(document: Json | undefined): string {
  return typeof document === 'string' ? document : JSON.stringify(document ?? {});
}
