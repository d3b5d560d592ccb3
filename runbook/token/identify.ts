/** Identifies the card on the reader, without authentication, and picks its driver. */
import { commandApdu, exchange, formatStatusWord, SUCCESS } from './apdu';
import { ForeignCardError, type TokenDriver, type TokenInfo } from './driver';
import {
  findByPrefix,
  getInfoCommand,
  MODELS,
  NOT_PROGRAMMABLE,
  parseInfo,
  Token2Single,
} from './token2-single';
import type { CommandApdu, Transport } from './transport';

/** Applets that reveal the kind of a foreign card. */
const APPLETS: readonly { readonly aid: string; readonly name: string }[] = [
  { aid: 'A0000006472F0001', name: 'a FIDO security key' },
  { aid: 'A0000005272101', name: 'an OATH security key (YubiKey or similar)' },
  { aid: Buffer.from('2PAY.SYS.DDF01', 'ascii').toString('hex'), name: 'a payment card' },
];

/**
 * Reads the token's info and returns the driver for its serial prefix.
 *
 * Get info comes first and without SELECT, because the tokens have no applet and refuse class 00.
 *
 * @throws ForeignCardError if it is not a token that may be written to; only get-info was sent, and, to a card that does
 *   not know that command, SELECTs of well-known applets
 * @throws CardGoneError
 */
export async function identifyToken(transport: Transport): Promise<{ driver: TokenDriver; info: TokenInfo }> {
  const { data, statusWord } = await exchange(transport, getInfoCommand());
  const fields = statusWord === SUCCESS ? parseInfo(data) : undefined;
  if (!fields) {
    throw new ForeignCardError('not-a-token', await describeForeignCard(transport, data, statusWord));
  }
  const model = findByPrefix(MODELS, fields.serial);
  if (!model) {
    throw unknownSerial(fields.serial);
  }
  const driver = new Token2Single(transport, model);
  transport.remark?.(`kind ${driver.id}, serial ${fields.serial}`);
  return { driver, info: { ...fields, model: model.name } };
}

function unknownSerial(serial: string): ForeignCardError {
  const sealed = findByPrefix(NOT_PROGRAMMABLE, serial);
  if (sealed) {
    return new ForeignCardError('not-programmable', `${serial} is a ${sealed.name}: its seed cannot be set`);
  }
  return new ForeignCardError(
    'unknown-prefix',
    // Only the serial tells the generations apart, and the first takes no seed of AWS's length.
    `${serial} has no known prefix: it is a first-generation token, which takes no seed from AWS, or a newer model`,
  );
}

async function describeForeignCard(
  transport: Transport,
  data: Uint8Array,
  statusWord: number,
): Promise<string> {
  // It knows the command, so it may be a token of an unknown kind. Nothing else is tried on it.
  if (statusWord === SUCCESS) {
    return `it answered get info with ${data.length} bytes that hold no serial`;
  }
  const answered = `it answered get info with ${formatStatusWord(statusWord)}`;
  const names: string[] = [];
  for (const { aid, name } of APPLETS) {
    const selected = await exchange(transport, selectCommand(Buffer.from(aid, 'hex')));
    if (selected.statusWord === SUCCESS) {
      names.push(name);
    }
  }
  return names.length > 0 ? `${names.join(', ')}; ${answered}` : `${answered} and has no known applet`;
}

/** 00 A4 04 00 Lc AID */
function selectCommand(aid: Uint8Array): CommandApdu {
  return commandApdu({ name: 'select', header: [0x00, 0xa4, 0x04, 0x00], body: aid });
}
