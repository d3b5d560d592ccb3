/**
 * Tells which YKOATH key is on the reader, without authentication.
 *
 * Source: developers.yubico.com/OATH/YKOATH_Protocol.html, and docs.yubico.com on the management applet, which knows the
 * serial that is printed on a YubiKey.
 */
import { type Answer, formatHex, SUCCESS } from './apdu';
import { ForeignCardError, type TokenInfo } from './driver';
import type { CommandApdu, Transport } from './transport';
import { collect, type OathApplet, parseManagementSerial, parseSelect } from './ykoath-answers';
import { oathRefusal } from './ykoath-status-words';
import {
  readConfigurationCommand,
  readNdefCommands,
  selectManagementCommand,
  selectNdefCommand,
  selectOathCommand,
} from './ykoath-wire';

/** The applet, and the serial of the key that it is on. */
export interface Identity {
  readonly serial: string;
  readonly applet: OathApplet;
  /** Has Yubico's management applet, which knows the printed serial. */
  readonly isYubiKey: boolean;
}

/**
 * Since firmware 5.7 a new YubiKey shows over NFC only a link to Yubico, until it had USB power once
 * (docs.yubico.com/hardware/yubikey/yk-tech-manual, "Restricted NFC"). A key whose OATH applet is merely switched off still
 * has the management applet.
 */
export async function refuseRestrictedKey(transport: Transport): Promise<void> {
  if ((await collect(transport, selectManagementCommand())).statusWord === SUCCESS) {
    return;
  }
  for (const command of [selectNdefCommand(), ...readNdefCommands()]) {
    const { data, statusWord } = await collect(transport, command);
    if (Buffer.from(data).includes('yubico.com')) {
      throw new ForeignCardError(
        'restricted',
        'a YubiKey whose NFC is restricted, as it comes from the factory',
      );
    }
    if (statusWord !== SUCCESS) {
      return;
    }
  }
}

/** Reads the serial, then selects the OATH applet: only one applet is selected at a time. */
export async function readIdentity(transport: Transport): Promise<Identity> {
  const serial = await readManagementSerial(transport);
  const applet = parseSelect((await succeed(transport, selectOathCommand())).data);
  return { serial: serial ?? formatHex(applet.id), applet, isYubiKey: serial !== undefined };
}

async function readManagementSerial(transport: Transport): Promise<string | undefined> {
  const selected = await collect(transport, selectManagementCommand());
  if (selected.statusWord !== SUCCESS) {
    return undefined;
  }
  const command = readConfigurationCommand();
  const { data, statusWord } = await collect(transport, command);
  // A YubiKey before 4.1 has the applet without this command.
  return statusWord === SUCCESS ? parseManagementSerial(data) : undefined;
}

export function infoOf({ serial, applet, isYubiKey }: Identity): TokenInfo {
  const model = isYubiKey ? `YubiKey (firmware ${applet.version})` : `OATH key (applet ${applet.version})`;
  return { serial, model };
}

/** Sends a command that must succeed. */
async function succeed(transport: Transport, command: CommandApdu): Promise<Answer> {
  const answer = await collect(transport, command);
  if (answer.statusWord !== SUCCESS) {
    throw oathRefusal(command, answer.statusWord);
  }
  return answer;
}
