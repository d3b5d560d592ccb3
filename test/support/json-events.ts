/** The output of a command with `--json`. */

/** One line: an object with the name of the event. */
export type JsonEvent = Readonly<Record<string, unknown>>;

/** Every event, in order; every line must be one. */
export function parseEvents(data: string): readonly JsonEvent[] {
  return data
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Every command that a text names, in order, without the name of the program. */
export function commandsIn(text: unknown): readonly string[] {
  return [...String(text).matchAll(/`(?:mfa-runbook )?([^`]+)`/g)].map(([, command = '']) => command);
}

/** The steps and events of a ceremony, without those that depend on its duration. */
export function ceremonyOf(events: readonly JsonEvent[]): readonly unknown[] {
  return events
    .filter(({ event }) => event !== 'note' && event !== 'waiting')
    .map(({ event, step }) => step ?? event);
}
