/** Asks for the serial that a person reads off the token; until it is right, nothing shows which one is expected. */
import { normalizePrintedSerial } from '../../lib/record/names';
import { quote } from '../../lib/record/rules';
import { countOf } from '../../lib/record/text';
import type { RunbookError } from '../runbook-error';
import type { Terminal } from '../terminal/terminal';

/** The number of serials that may be typed. */
export const SERIAL_TRIES = 3;

/** The next action after too many wrong ones. */
export const COMPARE_SERIAL =
  'compare the token in hand with tokens.yaml: it may be another token, or the inventory may have a wrong serial';

/** Asks until the serial is right. */
export async function takeSerial(
  terminal: Terminal,
  {
    name,
    message,
    expected,
    onRefused,
    failure,
  }: {
    /** Of the question, for `--json`. */
    readonly name: string;
    readonly message: string;
    readonly expected: string;
    /** Called for each wrong one. */
    onRefused(typed: string, triesLeft: number): void;
    /** Makes the failure after the last try. @param wrong what is wrong, in one clause */
    failure(wrong: string): RunbookError;
  },
  signal: AbortSignal,
): Promise<void> {
  const question = {
    name,
    message,
    check: (answer: string) =>
      normalizePrintedSerial(answer) === '' ? 'type the serial that is printed on the token' : undefined,
  };
  for (let left = SERIAL_TRIES - 1; ; left--) {
    const typed = await terminal.ask(question, signal);
    if (normalizePrintedSerial(typed) === normalizePrintedSerial(expected)) {
      return;
    }
    onRefused(typed, left);
    const wrong = `${quote(typed.trim())} is not the serial that the record declares for this slot`;
    if (left === 0) {
      throw failure(wrong);
    }
    terminal.note(`${wrong}; ${countOf(left, 'try', 'tries')} left`);
  }
}
