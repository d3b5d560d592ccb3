/** Commands for a person who operates a virtual token. None of them shows the seed. */
import type { PrintedFob } from './printed-fob';
import type { VirtualToken2Single } from './token2-single';

/** The reader that the token may be on. */
export interface Reader {
  readonly isLaid: boolean;
  lay(): Promise<void>;
  pull(): Promise<void>;
}

export const CONSOLE_HELP = [
  'press   press the power button: on or off',
  'code    switch it off, then on, and read the code',
  'look    read the display without pressing anything',
  'pull    take it off the reader',
  'lay     put it back on the reader',
  'quit    end the token; its seed is lost',
].join('\n');

export const PRINTED_HELP = [
  'press   press the button: on or off',
  'code    read the code, after a press if it is off',
  'look    read the display without pressing anything',
  'quit    end the token; the next one with this serial has the same seed',
].join('\n');

/** Runs one line for a token that no reader reads; undefined ends the console. */
export function obeyPrinted(line: string, fob: PrintedFob): string | undefined {
  const word = line.trim().toLowerCase();
  switch (word) {
    case 'press':
      fob.press();
      return fob.display ?? 'off';
    case 'code':
      return fob.readCode();
    case 'look':
    case '':
      return fob.display ?? 'off';
    case 'help':
      return PRINTED_HELP;
    case 'quit':
      return undefined;
    default:
      return `unknown command "${word}"; use one of these:\n${PRINTED_HELP}`;
  }
}

/** Runs one line and returns what to show; undefined ends the console. */
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
      return `unknown command "${word}"; use one of these:\n${CONSOLE_HELP}`;
  }
}

function describeDisplay(token: VirtualToken2Single): string {
  return token.display ?? 'off';
}
