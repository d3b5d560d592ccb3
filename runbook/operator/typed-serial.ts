/** The serial as a person reads it off the token: a few tries, and until it is right nothing shows which one it is. */
import { quote } from '../../lib/record/rules';
import type { RunbookError } from '../runbook-error';
import type { Terminal } from '../terminal/terminal';

/** How many serials may be typed. */
export const SERIAL_TRIES = 3;

/** What to do when it is not the one. */
export const COMPARE_SERIAL =
  'compare the token in hand with tokens.yaml: it may be another one, or the inventory may have a wrong serial';

/** Who is asked for which serial, and what becomes of another one. */
export interface SerialQuestion {
  /** Of the question, for `--json`. */
  readonly name: string;
  readonly message: string;
  readonly expected: string;
  /** Told of each wrong one. */
  onRefused(typed: string, triesLeft: number): void;
  /** The failure after the last try. @param wrong what is wrong, in one clause */
  failure(wrong: string): RunbookError;
}

/** Asks until the serial is right. */
export async function takeSerial(
  terminal: Terminal,
  { name, message, expected, onRefused, failure }: SerialQuestion,
  signal: AbortSignal,
): Promise<void> {
  const question = {
    name,
    message,
    check: (answer: string) => (foldSerial(answer) === '' ? 'type the serial, as printed' : undefined),
  };
  for (let left = SERIAL_TRIES - 1; ; left--) {
    const typed = await terminal.ask(question, signal);
    if (foldSerial(typed) === foldSerial(expected)) {
      return;
    }
    onRefused(typed, left);
    const wrong = `${quote(typed.trim())} is not the serial the record declares for this slot`;
    if (left === 0) {
      throw failure(wrong);
    }
    terminal.note(`${wrong}; ${left} ${left === 1 ? 'try' : 'tries'} left`);
  }
}

/** Serials are printed in groups, and letters in either case. */
function foldSerial(text: string): string {
  return text.replace(/\s/g, '').toUpperCase();
}
