/** Where two JSON values differ. The order of keys counts for nothing, that of a list counts. */

/** A place, and what each of the two has there; `undefined` is nothing. */
interface Difference {
  /** Keys and indices, as in `Resources.Group.Properties.0`. */
  readonly path: string;
  readonly one: unknown;
  readonly other: unknown;
}

/** Every place where the values differ, the outermost of each. */
export function differencesOf(one: unknown, other: unknown, path = ''): readonly Difference[] {
  if (!isBranch(one) || !isBranch(other) || Array.isArray(one) !== Array.isArray(other)) {
    return Object.is(one, other) ? [] : [{ path, one, other }];
  }
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return keys.flatMap((key) => differencesOf(one[key], other[key], path === '' ? key : `${path}.${key}`));
}

function isBranch(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
