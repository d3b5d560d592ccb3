/** Commands for a person who operates a virtual token. None of them shows the seed. */
import type { PrintedFob } from './printed-fob';
import type { VirtualMolto2 } from './token2-molto2';
import type { VirtualToken2Single } from './token2-single';
import type { VirtualCard } from './virtual-card';
import type { VirtualYkOath } from './ykoath';

/** The reader that the token may be on. */
export interface Reader {
  readonly isLaid: boolean;
  lay(): Promise<void>;
  pull(): Promise<void>;
}

/** A virtual token, and what a person can do with it besides putting it on the reader. */
export interface Operated {
  readonly card: VirtualCard;
  /** By the first word of a line; the rest of the line is given to `run`. An empty line is `look`. */
  readonly words: Readonly<
    Record<string, { readonly help: string; run(rest: string): string | Promise<string> }>
  >;
}

const COMMON_HELP: readonly (readonly [word: string, help: string])[] = [
  ['pull', 'take it off the reader'],
  ['lay', 'put it back on the reader'],
  ['quit', 'end the token; its seed is lost'],
];

/** Lists the commands, one per line. */
export function consoleHelp({ words }: Operated): string {
  const own = Object.entries(words).map(([word, { help }]) => [word, help] as const);
  return [...own, ...COMMON_HELP].map(([word, help]) => `${word.padEnd(8)}${help}`).join('\n');
}

const PRINTED_HELP = [
  'press   press the button: on or off',
  'code    read the code, after a press if it is off',
  'look    read the display without pressing anything',
  'quit    end the token; the next one with this serial has the same seed',
].join('\n');

/** Says that a token that no reader reads is there: a script waits for that, and a person sees what to type. */
export function greetPrinted(serial: string, isTerminal: boolean): string {
  const greeting = `token ${serial}, switched off`;
  return isTerminal ? `${greeting}\n${PRINTED_HELP}` : greeting;
}

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
export async function obey(line: string, operated: Operated, reader: Reader): Promise<string | undefined> {
  const [first = '', ...rest] = line.trim().split(/\s+/);
  const word = first.toLowerCase() || 'look';
  switch (word) {
    case 'lay':
      await reader.lay();
      return 'on the reader';
    case 'pull':
      await reader.pull();
      return 'off the reader';
    case 'help':
      return consoleHelp(operated);
    case 'quit':
      return undefined;
    default:
      return (
        operated.words[word]?.run(rest.join(' ')) ??
        `unknown command "${word}"; use one of these:\n${consoleHelp(operated)}`
      );
  }
}

export function operateSingle(token: VirtualToken2Single): Operated {
  function look(): string {
    return token.display ?? 'off';
  }
  function press(): string {
    token.press();
    return look();
  }
  return {
    card: token,
    words: {
      press: { help: 'press the power button: on or off', run: press },
      code: { help: 'switch it off, then on, and read the code', run: () => token.readCode() },
      look: { help: 'read the display without pressing anything', run: look },
    },
  };
}

export function operateMolto2(token: VirtualMolto2): Operated {
  function show(profile: number): string {
    return `${String(profile).padStart(2, '0')} ${token.readCode(profile) ?? 'nothing'} ${token.title(profile)}`.trimEnd();
  }
  function up(): string {
    token.pressUp();
    return 'pressed';
  }
  return {
    card: token,
    words: {
      code: { help: 'read the code of a profile: code 7', run: (rest) => show(Number(rest || '0')) },
      look: { help: 'read every profile that has a seed', run: () => token.filled.map(show).join('\n') },
      up: { help: 'press the up-arrow button, which confirms', run: up },
    },
  };
}

export function operateOath(key: VirtualYkOath): Operated {
  function touch(): string {
    const wasWaiting = key.isWaitingForTouch;
    key.touch();
    return wasWaiting ? 'touched' : 'touched, but it was not waiting for that';
  }
  return {
    card: key,
    words: {
      touch: { help: 'touch its button', run: touch },
      look: {
        help: 'list the names of its credentials',
        run: () => key.names.join('\n') || 'no credentials',
      },
    },
  };
}
