/** Recognizes Token2's Molto2 and Molto2v2, without authentication and without a command that another token lacks. */
import { exchange, SUCCESS } from './apdu';
import { type DriverKind, ForeignCardError } from './driver';
import { getInfoCommand as getSerialAndClockCommand, parseInfo } from './token2-info';
import { getInfoCommand } from './token2-molto2-commands';
import { MODEL, Token2Molto2 } from './token2-molto2-driver';
import type { Transport } from './transport';

const SERIAL = /^8266587\d{8}$/;
/** Every single-profile token's serial begins like this. */
const SINGLE_PROFILE_PREFIX = '8659';

interface ReadInfo {
  readonly serial: string;
  readonly clock: number;
  /** It answered only to the form of the Molto2. */
  readonly isOwnForm: boolean;
}

/**
 * Recognizes a Molto2 by its serial.
 *
 * Only get info is sent, first in the form of the single-profile tokens: one of those never receives a command that only
 * a Molto2 knows.
 */
export const token2Molto2: DriverKind = {
  type: 'molto2',
  models: [MODEL, 'Molto2v2'],
  // Write seed, authenticate, and a new customer key, which we never send.
  withheldInstructions: new Set([0xc5, 0xce, 0xd7]),
  // It is its own USB reader. Its answer to reset is not published, but cannot be a contactless one.
  mayBe: ({ reader, atr }) => /molto2/i.test(reader) || !isContactless(atr),
  probe: async (transport) => {
    const info = await readInfo(transport);
    if (info === undefined) {
      return undefined;
    }
    const { serial, clock, isOwnForm } = info;
    if (SERIAL.test(serial)) {
      return { driver: new Token2Molto2(transport, serial), info: { serial, clock, model: MODEL } };
    }
    if (isOwnForm && !serial.startsWith(SINGLE_PROFILE_PREFIX)) {
      const detail = `it answers like a ${MODEL}, but the serial ${serial} is not 8266587 and eight digits`;
      throw new ForeignCardError('unknown-prefix', detail);
    }
    return undefined;
  },
};

async function readInfo(transport: Transport): Promise<ReadInfo | undefined> {
  const commands = [
    { command: getSerialAndClockCommand(), isOwnForm: false },
    { command: getInfoCommand(), isOwnForm: true },
  ];
  for (const { command, isOwnForm } of commands) {
    const { data, statusWord } = await exchange(transport, command);
    const fields = statusWord === SUCCESS ? parseInfo(data) : undefined;
    if (fields) {
      return { ...fields, isOwnForm };
    }
  }
  return undefined;
}

/** Readers begin the answer to reset of a contactless card with 3B 8n 80 01. */
function isContactless(atr: Uint8Array): boolean {
  const [ts, t0 = 0, td1, td2] = atr;
  return ts === 0x3b && (t0 & 0xf0) === 0x80 && td1 === 0x80 && td2 === 0x01;
}
