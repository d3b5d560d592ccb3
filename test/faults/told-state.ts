/** Judges what a command that failed says: in what state everything is, and a next action. */

/**
 * Finds a fault in the last words of a command that failed.
 *
 * @param hasWritten it wrote to a token
 */
export function problemOfState(output: string, hasWritten: boolean): string | undefined {
  const [, state] = /^mfa-runbook: state: (.*)$/m.exec(output) ?? [];
  if (state === undefined || !/^mfa-runbook: hint: /m.test(output)) {
    return `it does not say in what state everything is, or what to do next: ${output}`;
  }
  return hasWritten && /the token was not written/.test(state)
    ? `it wrote to a token, and says: ${state}`
    : undefined;
}
