/** Finds the token that a prompt names by its serial. */
import type { Stage } from './stage';

/**
 * The token that a prompt names.
 *
 * @throws Error where it names none that is there: a prompt that does not say which token it means is a defect
 */
export function tokenNamed(
  { bench, printed, profiles }: Stage,
  message: string,
): { readonly serial: string; readCode(): string } {
  const token = [...bench.tokens, ...printed].find(({ serial }) => message.includes(serial));
  const multiple = profiles.find(({ serial }) => message.includes(serial));
  if (multiple !== undefined) {
    return { serial: multiple.serial, readCode: () => multiple.readCode(profileIn(message)) ?? '' };
  }
  if (token === undefined) {
    throw new Error(`the prompt names no token that is here: ${message}`);
  }
  return token;
}

function profileIn(message: string): number {
  const [, profile] = / profile (\d+)/.exec(message) ?? [];
  if (profile === undefined) {
    throw new Error(`the prompt does not say which profile shows the code: ${message}`);
  }
  return Number(profile);
}
