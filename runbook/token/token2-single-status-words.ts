/** The meaning of each status word of the driver `token2-single`, and what to do next. */
import { formatStatusWord } from './apdu';
import { StatusWordError } from './driver';
import type { CommandApdu } from './transport';

const AGAIN = 'take the token off the reader, switch it on, and lay it on again';
const REPORT = 'run the command again with --trace-apdu and report the lines; they contain no seed';

/** The answer to an authentication that must never be tried again. */
const REFUSED_KEY = 0x6983;

/** Meaning and next action by status word; a map, because the formatter would write hexadecimal keys as decimal ones. */
type Explanations = ReadonlyMap<number, readonly [meaning: string, nextAction: string]>;

const OF_AUTHENTICATE: Explanations = new Map([
  [
    REFUSED_KEY,
    [
      'the token does not accept the key of its family, or it is permanently locked',
      'do not try again, because another attempt may lock the token permanently; set it aside and use another',
    ],
  ],
  [0x6a80, ['the token had not issued a challenge', AGAIN]],
]);

const OF_ALL: Explanations = new Map([
  [0x6700, ['the token expects another length', REPORT]],
  [0x6983, ['the token was no longer authenticated, or the command has a wrong authentication code', AGAIN]],
  [0x6a80, ['the token does not accept the data', REPORT]],
  [0x6d00, ['the token does not know the instruction', REPORT]],
  [0x6e00, ['the token does not know the class of the command', REPORT]],
]);

/** Tells whether a token refused the key of its family: another attempt may lock it for good. */
export function isRefusedKey({ command, statusWord }: StatusWordError): boolean {
  return command === 'authenticate' && statusWord === REFUSED_KEY;
}

/** Makes the error for a command that was answered with anything but 9000. */
export function refusal(command: CommandApdu, statusWord: number): StatusWordError {
  const ofCommand = command.name === 'authenticate' ? OF_AUTHENTICATE.get(statusWord) : undefined;
  const [meaning, nextAction] = ofCommand ??
    OF_ALL.get(statusWord) ?? [
      `no meaning of ${formatStatusWord(statusWord)} is known for this token`,
      REPORT,
    ];
  return new StatusWordError(command.name, statusWord, meaning, nextAction);
}
