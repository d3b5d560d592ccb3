/** Small texts that both halves of the project use: counts, lists, and JSON of any shape. */

/** Formats a count with its noun: `1 token`, `3 tokens`. @param plural needed if it is not the noun with an "s" */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** Formats names as a short list: `a, b and 3 more`. */
export function listOf(names: readonly string[], atMost = 10): string {
  const shown = names.slice(0, atMost).join(', ');
  return names.length > atMost ? `${shown} and ${names.length - atMost} more` : shown;
}

/** A JSON object with any keys. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Tells whether a value is an object with keys, not a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses JSON; `undefined` if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
