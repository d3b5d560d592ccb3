/** The meaning of each status word of Token2's tokens, and what to do next. */
import { formatStatusWord } from './apdu';
import { StatusWordError } from './driver';
import type { CommandApdu } from './transport';

interface Explanation {
  readonly meaning: string;
  readonly nextAction: string;
}

const AGAIN = 'take the token off, switch it on, and lay it on again';
const REPORT = 'run the command again with --trace-apdu and report the lines; they contain no seed';

/** Explanations by status word; a map, because the formatter would write hexadecimal keys as decimal ones. */
type Explanations = ReadonlyMap<number, Explanation>;

/** Explanations for one command. */
const BY_COMMAND: Readonly<Record<string, Explanations>> = {
  authenticate: new Map([
    [
      0x6983,
      {
        meaning: 'the token does not accept the key of its family, or it is permanently locked',
        nextAction:
          'do not try again, because another attempt may lock the token permanently; set it aside and use another',
      },
    ],
    [0x6a80, { meaning: 'the token had not issued a challenge', nextAction: AGAIN }],
  ]),
};

/** Explanations for all other commands. */
const GENERAL: Explanations = new Map([
  [0x6700, { meaning: 'the token expects another length', nextAction: REPORT }],
  [
    0x6983,
    {
      meaning: 'the token was no longer authenticated, or the command has a wrong authentication code',
      nextAction: AGAIN,
    },
  ],
  [0x6a80, { meaning: 'the token does not accept the data', nextAction: REPORT }],
  [0x6d00, { meaning: 'the token does not know the instruction', nextAction: REPORT }],
  [0x6e00, { meaning: 'the token does not know the class of the command', nextAction: REPORT }],
]);

/** Makes the error for a command that was answered with anything but 9000. */
export function refusal(command: CommandApdu, statusWord: number): StatusWordError {
  const { meaning, nextAction } = BY_COMMAND[command.name]?.get(statusWord) ??
    GENERAL.get(statusWord) ?? {
      meaning: `no meaning of ${formatStatusWord(statusWord)} is known for this token`,
      nextAction: REPORT,
    };
  return new StatusWordError(command.name, statusWord, meaning, nextAction);
}
