/** What a command with `--json` printed. */

/** One line: an object with the name of the event. */
export type JsonEvent = Readonly<Record<string, unknown>>;

/** Every event, in order; every line must be one. */
export function parseEvents(data: string): readonly JsonEvent[] {
  return data
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** What a ceremony went through, by step or event, without what depends on how long it took. */
export function ceremonyOf(events: readonly JsonEvent[]): readonly unknown[] {
  return events
    .filter(({ event }) => event !== 'note' && event !== 'waiting')
    .map(({ event, step }) => step ?? event);
}
