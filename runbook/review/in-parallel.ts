/** Does the same for each of several things, a few of them at a time. */

/** AWS throttles a caller who asks for more at a time. */
const AT_ONCE = 8;

/** Returns the results in the order of the things; the first failure ends it. */
export async function inParallel<T, R>(
  things: readonly T[],
  each: (thing: T) => Promise<R>,
  signal: AbortSignal,
): Promise<readonly R[]> {
  const results: R[] = [];
  const rest = things.entries();
  async function work(): Promise<void> {
    for (const [index, thing] of rest) {
      signal.throwIfAborted();
      results[index] = await each(thing);
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, things.length) }, work));
  return results;
}
