/** Codes as a person types them, asked for by the token's name. */
import type { SlotToken } from '../../lib/record/record';
import type { Ports } from '../ceremony/ports';
import { STEP_SECONDS } from '../token/codes';

/** Whose codes. */
export interface CodesOf {
  readonly holder: string;
  readonly token: SlotToken;
  readonly command: string;
}

/** A token as prompts name it: whose, which slot, which serial, where it is kept. */
export function tokenLabel(holder: string, token: SlotToken): string {
  return `${holder} ${token.slot}, token ${token.serial}${token.custody === undefined ? '' : ` (${token.custody})`}`;
}

/** Asks for one code; six digits, returned without the space that displays show. */
export async function askCode(
  name: 'code' | 'next-code',
  { holder, token }: CodesOf,
  ports: Ports,
  signal: AbortSignal,
): Promise<string> {
  const typed = await ports.terminal.ask(
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

/** Waits, showing a countdown, until the token shows the code of the given step. */
export async function waitForStep(counter: number, ports: Ports, signal: AbortSignal): Promise<void> {
  await countDown(counter * STEP_SECONDS * 1000 + DISPLAY_LAG_MS, ports, signal);
}

/** Shows how long it takes until the next code; not at all where that has come. @param untilMs unix milliseconds */
export async function countDown(
  untilMs: number,
  { clock, terminal }: Ports,
  signal: AbortSignal,
): Promise<void> {
  function remainingMs(): number {
    return Math.max(0, untilMs - clock.now());
  }
  if (remainingMs() === 0) {
    return;
  }
  await terminal.during(
    () => `the next code comes in ${Math.ceil(remainingMs() / 1000)} s`,
    clock.sleep(remainingMs(), signal),
  );
}
