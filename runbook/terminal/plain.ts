/** Terminals that get plain lines, each once. */

/** Tells whether lines must not be rewritten: the terminal cannot, or what it shows is kept as a log. */
export function isPlain(env: Readonly<Record<string, string | undefined>>): boolean {
  return env.TERM === 'dumb' || !['', '0', 'false', undefined].includes(env.CI);
}
