/** What a person does with a virtual token, in words; the seed is not among what it can say. */
import type { VirtualToken2Single } from './token2-single';

/** Where the token lies. */
export interface Reader {
  readonly isLaid: boolean;
  lay(): Promise<void>;
  pull(): Promise<void>;
}

export const CONSOLE_HELP = [
  'press   the power button: on, or off',
  'code    switch it off and on and read the display',
  'look    read the display as it is',
  'pull    take it off the reader',
  'lay     lay it on again',
  'quit',
].join('\n');

/** Does what one line says, and returns what is to be seen then; undefined ends the console. */
export async function obey(
  line: string,
  token: VirtualToken2Single,
  reader: Reader,
): Promise<string | undefined> {
  const word = line.trim().toLowerCase();
  switch (word) {
    case 'press':
      token.press();
      return describeDisplay(token);
    case 'code':
      return token.readCode();
    case 'look':
    case '':
      return describeDisplay(token);
    case 'lay':
      await reader.lay();
      return 'on the reader';
    case 'pull':
      await reader.pull();
      return 'off the reader';
    case 'help':
      return CONSOLE_HELP;
    case 'quit':
      return undefined;
    default:
      return `"${word}" is none of these:\n${CONSOLE_HELP}`;
  }
}

function describeDisplay(token: VirtualToken2Single): string {
  return token.display ?? 'off';
}
