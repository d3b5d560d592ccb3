/** Codes as a person types them, asked for by the token's name. */
import type { Place } from '../../lib/record/place';
import type { SlotToken } from '../../lib/record/record';
import type { Ports } from '../ceremony/ports';
import { askCode, askCodeOrNone, countDown } from '../terminal/code-prompt';

/** A token of the record, and whose it is. */
export interface HeldToken {
  readonly holder: string;
  readonly token: SlotToken;
}

/** A token that no holder has, and its words in prompts. */
export interface LooseToken {
  readonly serial: string;
  readonly inPrompts: string;
}

/** Returns the serial of either. */
export function serialOf(about: HeldToken | LooseToken): string {
  return 'token' in about ? about.token.serial : about.serial;
}

/** Names a token in prompts: holder, slot, serial, the profile that shows its code, and where it is kept. */
export function tokenLabel(holder: string, token: SlotToken): string {
  const { slot, serial, profile } = token;
  const ofProfile = profile === undefined ? '' : ` profile ${profile}`;
  return `${holder} ${slot}, token ${serial}${ofProfile}${inCustody(token)}`;
}

/** Says how to see the code of a token after it was on the reader: a token with profiles stays in its port. */
export function howToRead({ profile }: Place): string {
  return profile === undefined
    ? 'take the token off the reader, switch it off and on, and read its code'
    : `choose profile ${profile} on the token, and read its code`;
}

/** Says in parentheses where a token is kept; nothing if the record does not say. */
export function inCustody({ custody }: { readonly custody?: string }): string {
  return custody === undefined ? '' : ` (${custody})`;
}

/** Returns the name of the token in prompts. */
function labelOf(about: HeldToken | LooseToken): string {
  return 'token' in about ? tokenLabel(about.holder, about.token) : about.inPrompts;
}

/** Asks for one code of a token. */
export async function askTokenCode(
  { terminal, signal }: Ports,
  name: 'code' | 'next-code',
  about: HeldToken | LooseToken,
): Promise<string> {
  const message = `${name === 'code' ? 'code' : 'next code'} of ${labelOf(about)}`;
  return askCode(terminal, { name, message }, signal);
}

/** Asks for one code of a token that may hold no seed. @returns `undefined` if it shows no code */
export async function askDoubtedCode(
  { terminal, signal }: Pick<Ports, 'signal'> & { readonly terminal: Pick<Ports['terminal'], 'ask'> },
  about: HeldToken | LooseToken,
): Promise<string | undefined> {
  const question = { name: 'code', message: `code of ${labelOf(about)}, or - if it shows none` };
  return askCodeOrNone(terminal, question, signal);
}

/** A token's clock is right to two seconds, or read to the second: its display changes that much later. */
export const DISPLAY_LAG_MS = 2000;

/** Shows how long it takes until the next code. @param untilMs unix milliseconds */
export async function awaitNextCode(ports: Ports, untilMs: number): Promise<void> {
  await countDown({ untilMs, text: 'the next code comes in' }, ports, ports.signal);
}
