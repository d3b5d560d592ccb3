/** The meaning of each status word of the driver `token2-molto2`, and what to do next. */
import { formatStatusWord } from './apdu';
import { StatusWordError } from './driver';
import type { CommandApdu } from './transport';

/** The answer to "delete seed" of a profile that holds none. */
export const EMPTY_PROFILE = 0x6a83;
/** The answer to "authenticate" when no try is left. */
export const LOCKED = 0x6983;
/** The same, as the specification has it. */
export const NO_TRY_LEFT = 0x6300;

/** The first Molto2 has as many profiles; the second version has 100. */
const PROFILES_OF_FIRST_VERSION = 50;

const AGAIN =
  'unplug the token, wait for its display to go dark, plug it in again, and run the command again';
const REPORT = 'run the command again with --trace-apdu and report the lines; they contain no seed';

const OF_ALL: ReadonlyMap<number, readonly [meaning: string, nextAction: string]> = new Map([
  [0x6700, ['the token expects another length', REPORT]],
  [0x6982, ['the token was no longer authenticated', AGAIN]],
  [0x6983, ['the token was no longer authenticated, or the command has a wrong authentication code', AGAIN]],
  [0x6a80, ['the token does not accept the data', REPORT]],
  [0x6d00, ['the token does not know the instruction', REPORT]],
  [0x6e00, ['the token does not know the class of the command', REPORT]],
  [0x6ffb, ['the token does not accept the form of the command', REPORT]],
  [
    0x9060,
    [
      'the token waits for its up-arrow button, which only a new customer key or a factory reset needs',
      'do not press the button, because this program asks for neither; unplug the token',
    ],
  ],
]);

/** Makes the error for a command that was answered with anything but 9000. */
export function refusal(command: CommandApdu, statusWord: number, profile?: number): StatusWordError {
  const [meaning, nextAction] = profileRefusal(statusWord, profile) ??
    OF_ALL.get(statusWord) ?? [
      `no meaning of ${formatStatusWord(statusWord)} is known for this token`,
      REPORT,
    ];
  return new StatusWordError(command.name, statusWord, meaning, nextAction);
}

/** The error is the refusal of a profile that the first version does not have. */
export function isOutOfRange(error: unknown, profile: number): boolean {
  return (
    error instanceof StatusWordError &&
    profileRefusal(error.statusWord, profile) !== undefined &&
    error.command === 'read profile'
  );
}

/** The specification gives no status word for a number out of range; these are the ones that ISO 7816-4 has for it. */
function profileRefusal(
  statusWord: number,
  profile: number | undefined,
): readonly [string, string] | undefined {
  const mayBeRange = [0x6a80, 0x6a82, 0x6a83, 0x6a86, 0x6b00].includes(statusWord);
  if (profile === undefined || profile < PROFILES_OF_FIRST_VERSION || !mayBeRange) {
    return undefined;
  }
  return [
    `this token has no profile ${profile}: the first Molto2 has the profiles 0 to ${PROFILES_OF_FIRST_VERSION - 1}`,
    'declare a lower profile for it in the inventory, deploy, and run the command again',
  ];
}
