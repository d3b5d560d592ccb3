/** The meaning of each status word of YKOATH keys, and what to do next. */
import { formatStatusWord } from './apdu';
import { StatusWordError } from './driver';
import type { CommandApdu } from './transport';

/** Status words that the driver acts on. */
export const STATUS = {
  authenticationRequired: 0x6982,
  noSuchObject: 0x6984,
  conditionsNotSatisfied: 0x6985,
  wrongData: 0x6a80,
  full: 0x6a84,
  unknownInstruction: 0x6d00,
} as const;

const AGAIN = 'take the key off the reader, or unplug it, and run the command again';
const REPORT = 'run the command again with --trace-apdu and report the lines; they contain no seed';
const BURN_AGAIN = 'write the credential again: run the same command, which replaces it';

/** Meaning and next action by status word; a map, because the formatter would write hexadecimal keys as decimal ones. */
const MEANINGS: ReadonlyMap<number, readonly [meaning: string, nextAction: string]> = new Map([
  [0x6581, ['its memory failed', 'try once more; if it fails again, set the key aside and use another']],
  [0x6700, ['the key expects another length', REPORT]],
  [STATUS.authenticationRequired, ['its password is needed', AGAIN]],
  [STATUS.noSuchObject, ['it has no such credential, or a torn write left it damaged', BURN_AGAIN]],
  [STATUS.conditionsNotSatisfied, ['it was not touched', AGAIN]],
  [0x6999, ['the applet is not available over this connection', AGAIN]],
  [STATUS.wrongData, ['the key does not accept the data', REPORT]],
  [0x6a82, ['the applet is switched off for this connection, or the key has none', AGAIN]],
  [STATUS.full, ['it has no room for another credential', 'delete a credential that nobody needs']],
  [0x6b00, ['the key does not know the parameters', REPORT]],
  [
    STATUS.unknownInstruction,
    ['the applet is no longer selected: another program may be using the key', AGAIN],
  ],
  [0x6e00, ['the key does not know the class of the command', REPORT]],
]);

/** Makes the error for a command that was answered with anything but 9000. */
export function oathRefusal(command: CommandApdu, statusWord: number): StatusWordError {
  const [meaning, nextAction] = MEANINGS.get(statusWord) ?? [
    `no meaning of ${formatStatusWord(statusWord)} is known for this key`,
    REPORT,
  ];
  return new StatusWordError(command.name, statusWord, meaning, nextAction);
}
