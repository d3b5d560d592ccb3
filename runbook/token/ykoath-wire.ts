/**
 * Builds the commands of YKOATH keys: one function for each, headed by its bytes.
 *
 * Source: developers.yubico.com/OATH/YKOATH_Protocol.html; for the management applet
 * docs.yubico.com/yesdk/users-manual/application-management/management-overview.html.
 */
import { createHmac, pbkdf2Sync } from 'node:crypto';
import { commandApdu } from './apdu';
import type { CommandApdu } from './transport';

const OATH_AID = Uint8Array.of(0xa0, 0x00, 0x00, 0x05, 0x27, 0x21, 0x01);
const MANAGEMENT_AID = Uint8Array.of(0xa0, 0x00, 0x00, 0x05, 0x27, 0x47, 0x11, 0x17);
const NDEF_AID = Uint8Array.of(0xd2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x01);

export const MAX_SECRET_BYTES = 64;
const MAX_NAME_BYTES = 64;
/** The key refuses shorter secrets. HMAC pads its key with zeros, so a secret that is padded gives the same codes. */
const MIN_SECRET_BYTES = 14;

const TAG = { name: 0x71, secret: 0x73, challenge: 0x74, response: 0x75 } as const;

const TOTP_SHA1 = 0x21;
export const DIGITS = 6;

/** A key with a touch button waits 15 seconds for the touch. */
const TOUCH_WAIT_MS = 20_000;

/** 00 A4 04 00 Lc AID */
function selectCommand(name: string, aid: Uint8Array): CommandApdu {
  return commandApdu({ name, header: [0x00, 0xa4, 0x04, 0x00], body: aid });
}

export function selectOathCommand(): CommandApdu {
  return selectCommand('select OATH', OATH_AID);
}

export function selectManagementCommand(): CommandApdu {
  return selectCommand('select management', MANAGEMENT_AID);
}

export function selectNdefCommand(): CommandApdu {
  return selectCommand('select NDEF', NDEF_AID);
}

/** 00 1D 00 00 00 */
export function readConfigurationCommand(): CommandApdu {
  return commandApdu({ name: 'read serial', header: [0x00, 0x1d, 0x00, 0x00] });
}

/** 00 A4 00 0C 02 E1 04, then 00 B0 00 00 40: the NDEF file of an NFC Forum type 4 tag */
export function readNdefCommands(): readonly [CommandApdu, CommandApdu] {
  const select = { name: 'select NDEF file', header: [0x00, 0xa4, 0x00, 0x0c] } as const;
  return [
    commandApdu({ ...select, body: Uint8Array.of(0xe1, 0x04) }),
    { name: 'read NDEF file', bytes: Uint8Array.of(0x00, 0xb0, 0x00, 0x00, 0x40), secret: false },
  ];
}

/** 00 A1 00 00 00 */
export function listCommand(): CommandApdu {
  return commandApdu({ name: 'list', header: [0x00, 0xa1, 0x00, 0x00] });
}

/**
 * 00 01 00 00 Lc (71 Ln name) (73 Lk 21 06 secret)
 *
 * The type 21 is TOTP with SHA-1. The property "require touch" (78 02) is not set. An equal name is overwritten without a
 * question. The sender wipes its bytes afterwards.
 *
 * @throws RangeError for a secret or a name that the key cannot hold
 */
export function putCommand(name: string, secret: Uint8Array): CommandApdu {
  refuseSecretLength(secret.length);
  const padded = new Uint8Array(2 + Math.max(secret.length, MIN_SECRET_BYTES));
  padded.set([TOTP_SHA1, DIGITS]);
  padded.set(secret, 2);
  const field = tlv(TAG.secret, padded);
  const body = Uint8Array.of(...nameField(name), ...field);
  try {
    return commandApdu({ name: 'put', header: [0x00, 0x01, 0x00, 0x00], body, secret: true });
  } finally {
    for (const bytes of [padded, field, body]) {
      bytes.fill(0);
    }
  }
}

/** Refuses the length of a secret that no key can hold. @throws RangeError */
export function refuseSecretLength(length: number): void {
  if (length < 1 || length > MAX_SECRET_BYTES) {
    throw new RangeError(`the key holds a secret of 1 to ${MAX_SECRET_BYTES} bytes, not ${length}`);
  }
}

/** 00 02 00 00 Lc (71 Ln name) */
export function deleteCommand(name: string): CommandApdu {
  return commandApdu({ name: 'delete', header: [0x00, 0x02, 0x00, 0x00], body: nameField(name) });
}

/**
 * 00 A2 00 01 Lc (71 Ln name) (74 08 counter)
 *
 * Its answer is a code, so it is kept out of traces.
 */
export function calculateCommand(name: string, counter: number): CommandApdu {
  const challenge = new Uint8Array(8);
  new DataView(challenge.buffer).setBigUint64(0, BigInt(counter));
  const body = Uint8Array.of(...nameField(name), ...tlv(TAG.challenge, challenge));
  return commandApdu({ name: 'calculate', header: [0x00, 0xa2, 0x00, 0x01], body, secret: true });
}

/** Lets the reader wait until a person has touched the key. */
export function untilTouched(command: CommandApdu): CommandApdu {
  return { ...command, answerWithinMs: TOUCH_WAIT_MS };
}

/**
 * 00 A3 00 00 20 (75 14 HMAC-SHA1(key, challenge)) (74 08 own challenge)
 *
 * Whoever sees it can try passwords against it, so it is kept out of traces.
 */
export function validateCommand(
  key: Uint8Array,
  challenge: Uint8Array,
  ownChallenge: Uint8Array,
): CommandApdu {
  const body = Uint8Array.of(
    ...tlv(TAG.response, hmacSha1(key, challenge)),
    ...tlv(TAG.challenge, ownChallenge),
  );
  return commandApdu({ name: 'validate', header: [0x00, 0xa3, 0x00, 0x00], body, secret: true });
}

/** Derives the access key: PBKDF2 with HMAC-SHA1, 1,000 rounds, salted with the id of the applet. */
export function accessKey(password: Uint8Array, salt: Uint8Array): Uint8Array {
  return pbkdf2Sync(password, salt, 1000, 16, 'sha1');
}

export function hmacSha1(key: Uint8Array, message: Uint8Array): Uint8Array {
  return createHmac('sha1', key).update(message).digest();
}

/** The value of `calculate` for a secret: the four bytes that RFC 4226 takes from the HMAC, without the sign bit. */
export function truncatedHmac(secret: Uint8Array, counter: number): number {
  const message = new Uint8Array(8);
  new DataView(message.buffer).setBigUint64(0, BigInt(counter));
  const mac = hmacSha1(secret, message);
  const offset = (mac.at(-1) ?? 0) & 0x0f;
  return new DataView(mac.buffer, mac.byteOffset).getUint32(offset) & 0x7fff_ffff;
}

/** Encodes a name. @throws RangeError for one that is no name of a credential with steps of 30 seconds */
function nameField(name: string): Uint8Array {
  const bytes = Buffer.from(name, 'utf8');
  if (bytes.length < 1 || bytes.length > MAX_NAME_BYTES) {
    throw new RangeError(`a credential has a name of 1 to ${MAX_NAME_BYTES} bytes, not ${bytes.length}`);
  }
  // Yubico's programs read digits and a slash in front of a name as its period.
  if (/^\d+\//.test(name)) {
    throw new RangeError(`"${name}" begins with a period, which only credentials of other periods have`);
  }
  return tlv(TAG.name, bytes);
}

/** 00 A5 00 00 00 */
export function sendRemainingCommand({ name, secret }: CommandApdu): CommandApdu {
  const next = commandApdu({ name: `${name} (rest)`, header: [0x00, 0xa5, 0x00, 0x00] });
  return { ...next, secret };
}

function tlv(tag: number, value: Uint8Array): Uint8Array {
  return Uint8Array.of(tag, value.length, ...value);
}
