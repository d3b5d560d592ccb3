/** Pages of IAM's lists, sorted by a key and continued after the key in the marker. */

import { AwsError, type JsonObject } from './operation';
import { integer, optional, text, withDefault } from './parameters';

/** The parameters of every IAM list. */
export const pageParameters = {
  Marker: optional(text({ min: 1 })),
  MaxItems: withDefault(integer(1, 1000), 100),
};

interface PageRequest {
  readonly Marker: string | undefined;
  readonly MaxItems: number;
}

interface Page<T> {
  readonly items: readonly T[];
  /** IsTruncated and, if true, Marker, to spread into the result. */
  readonly rest: JsonObject;
}

/**
 * @param cap the sandbox's own limit, which makes pages shorter than the client asked for.
 *
 * @throws AwsError ValidationError
 */
export function pageOf<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  request: PageRequest,
  cap: number,
): Page<T> {
  const sorted = sortedBy(items, keyOf);
  const after = request.Marker === undefined ? undefined : decodeMarker(request.Marker);
  const start = after === undefined ? 0 : firstBeyond(sorted, keyOf, after);
  const shown = sorted.slice(start, start + Math.min(request.MaxItems, cap));
  const last = shown.at(-1);
  const isTruncated = start + shown.length < sorted.length;
  return {
    items: shown,
    rest:
      isTruncated && last !== undefined
        ? { IsTruncated: true, Marker: encodeMarker(keyOf(last)) }
        : { IsTruncated: false },
  };
}

function sortedBy<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return [...items].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function firstBeyond<T>(sorted: readonly T[], keyOf: (item: T) => string, key: string): number {
  const at = sorted.findIndex((item) => keyOf(item) > key);
  return at < 0 ? sorted.length : at;
}

export function encodeMarker(key: string): string {
  return Buffer.from(`after:${key}`).toString('base64url');
}

/** @throws AwsError ValidationError when the marker is not one of ours */
export function decodeMarker(marker: string): string {
  const text = Buffer.from(marker, 'base64url').toString();
  if (!text.startsWith('after:')) {
    throw new AwsError('ValidationError', 400, 'Invalid Marker.');
  }
  return text.slice('after:'.length);
}
