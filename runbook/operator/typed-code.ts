/** Codes as a person types them, asked for by the token's name. */
import type { SlotToken } from '../../lib/record/record';
import type { Ports } from '../ceremony/ports';

/** Whose codes. */
export interface CodesOf {
  readonly holder: string;
  readonly token: SlotToken;
}

/** A token as prompts name it: whose, which slot, which serial, where it is kept. */
export function tokenLabel(holder: string, token: SlotToken): string {
  return `${holder} ${token.slot}, token ${token.serial}${inCustody(token)}`;
}

/** Where a token is kept, in parentheses; nothing where the record does not say. */
export function inCustody({ custody }: { readonly custody?: string }): string {
  return custody === undefined ? '' : ` (${custody})`;
}

/** Asks for one code; six digits, returned without the blank that displays show. */
export async function askCode(
  { terminal, signal }: Ports,
  name: 'code' | 'next-code',
  { holder, token }: CodesOf,
): Promise<string> {
  const typed = await terminal.ask(
    {
      name,
      message: `${name === 'code' ? 'code' : 'next code'} of ${tokenLabel(holder, token)}`,
      check: (answer) =>
        /^\d{3} ?\d{3}$/.test(answer) ? undefined : `a code is six digits, not "${answer}"`,
    },
    signal,
  );
  return typed.replace(' ', '');
}

/** A token's clock is right to two seconds, or read to the second: its display changes that much later. */
export const DISPLAY_LAG_MS = 2000;

/** Shows how long it takes until the next code; not at all where that is shown already. @param untilMs unix milliseconds */
export async function countDown({ clock, terminal, signal }: Ports, untilMs: number): Promise<void> {
  function remainingMs(): number {
    return Math.max(0, untilMs - clock.now());
  }
  if (remainingMs() > 0) {
    await terminal.during(
      () => `the next code comes in ${Math.ceil(remainingMs() / 1000)} s`,
      clock.sleep(remainingMs(), signal),
    );
  }
}
