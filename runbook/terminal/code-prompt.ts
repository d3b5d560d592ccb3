/** The one prompt for a code, and the countdown to the next. */
import type { Clock } from '../clock';
import type { Question, Terminal } from './terminal';

/** Asks for one code; returns its six digits, without the blank that some displays show. */
export async function askCode(
  terminal: Pick<Terminal, 'ask'>,
  question: Pick<Question, 'name' | 'message'>,
  signal: AbortSignal,
): Promise<string> {
  function check(answer: string): string | undefined {
    return isCode(answer) ? undefined : `a code is six digits, not "${answer}"`;
  }
  return (await terminal.ask({ ...question, check }, signal)).replace(' ', '');
}

/** Asks for one code of a display that may show none: its dashes are an answer. @returns `undefined` for none */
export async function askCodeOrNone(
  terminal: Pick<Terminal, 'ask'>,
  question: Pick<Question, 'name' | 'message'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  function check(answer: string): string | undefined {
    return isNone(answer) || isCode(answer) ? undefined : `a code is six digits, not "${answer}"`;
  }
  const answer = await terminal.ask({ ...question, check }, signal);
  return isNone(answer) ? undefined : answer.replace(' ', '');
}

function isCode(answer: string): boolean {
  return /^\d{3} ?\d{3}$/.test(answer);
}

function isNone(answer: string): boolean {
  return /^-{1,6}$/.test(answer.trim());
}

/**
 * Waits and shows the seconds that are left; returns at once if none are.
 *
 * @param wait unix milliseconds of this machine's clock, and the text before the seconds: `the next code comes in`
 */
export async function countDown(
  { untilMs, text }: { readonly untilMs: number; readonly text: string },
  { clock, terminal }: { readonly clock: Clock; readonly terminal: Pick<Terminal, 'during'> },
  signal: AbortSignal,
): Promise<void> {
  function remainingMs(): number {
    return Math.max(0, untilMs - clock.now());
  }
  if (remainingMs() === 0) {
    return;
  }
  await terminal.during(
    () => `${text} ${Math.ceil(remainingMs() / 1000)} s`,
    clock.sleep(remainingMs(), signal),
  );
}
