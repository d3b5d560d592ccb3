/** What a status word of a Token2 token means for the command refused, and what to do next. */
import { formatStatusWord } from './apdu';
import { StatusWordError } from './driver';
import type { CommandApdu } from './transport';

interface Explanation {
  readonly meaning: string;
  readonly nextAction: string;
}

const AGAIN = 'take the token off, switch it on, lay it on and burn again';
const REPORT = 'run it again with --trace-apdu and report the lines; no seed is in them';

/** For one command. */
const BY_COMMAND: Readonly<Record<string, Readonly<Record<number, Explanation>>>> = {
  authenticate: {
    27011: {
      meaning: 'the token does not accept the key of its family, or it is locked for good',
      nextAction:
        'do not try again: a further attempt may lock the token for good; set it aside and use another',
    },
    27264: { meaning: 'the token had no challenge outstanding', nextAction: AGAIN },
  },
};

/** For all the others. */
const GENERAL: Readonly<Record<number, Explanation>> = {
  26368: { meaning: 'the token expects another length', nextAction: REPORT },
  27011: {
    meaning: 'the token was no longer authenticated, or the code over the command is wrong',
    nextAction: AGAIN,
  },
  27264: { meaning: 'the token does not accept the data', nextAction: REPORT },
  27904: { meaning: 'the token does not know the instruction', nextAction: REPORT },
  28160: { meaning: 'the token does not know the class of the command', nextAction: REPORT },
};

/** The error for a command that was answered with anything but 9000. */
export function refusal(command: CommandApdu, statusWord: number): StatusWordError {
  const { meaning, nextAction } = BY_COMMAND[command.name]?.[statusWord] ??
    GENERAL[statusWord] ?? {
      meaning: `no meaning of ${formatStatusWord(statusWord)} is known for this token`,
      nextAction: REPORT,
    };
  return new StatusWordError(command.name, statusWord, meaning, nextAction);
}
