/**
 * Collects and parses the answers of YKOATH keys. A card may answer anything, so each parser states what it accepts.
 *
 * Source: as in `ykoath-wire.ts`.
 */
import { type Answer, answerTo, describeBytes, formatHex, MAX_CHAIN_MS } from './apdu';
import { MalformedAnswerError } from './driver';
import type { CommandApdu, Transport } from './transport';
import { sendRemainingCommand } from './ykoath-wire';

const TAG = {
  name: 0x71,
  entry: 0x72,
  challenge: 0x74,
  response: 0x75,
  truncated: 0x76,
  version: 0x79,
} as const;
/** In the configuration of a YubiKey. */
const TAG_SERIAL = 0x02;
const MAX_SERIAL_BYTES = 4;

const TYPE_BITS = 0xf0;
const TYPE_TOTP = 0x20;

/** 64 credentials with the longest names need 20 parts. */
const MAX_PARTS = 32;

/**
 * Sends a command and collects its whole answer: after 61XX, SEND REMAINING (00 A5 00 00 00) gives the next part.
 *
 * @throws MalformedAnswerError if the answer does not end after 32 parts or two seconds
 */
export async function collect(transport: Transport, command: CommandApdu): Promise<Answer> {
  let answer = await answerTo(transport, command);
  // The limit begins here, because the first answer may have waited for a touch.
  const start = performance.now();
  const parts = [answer.data];
  while (answer.statusWord >> 8 === 0x61) {
    if (parts.length >= MAX_PARTS || performance.now() - start > MAX_CHAIN_MS) {
      throw new MalformedAnswerError(command.name, `it did not end after ${parts.length} parts`);
    }
    answer = await answerTo(transport, sendRemainingCommand(command));
    parts.push(answer.data);
  }
  return { data: Uint8Array.from(Buffer.concat(parts)), statusWord: answer.statusWord };
}

/** The answer to SELECT. */
export interface OathApplet {
  /** Three numbers, such as 5.4.3. */
  readonly version: string;
  /** The id of the applet, which is also the salt of the password. */
  readonly id: Uint8Array;
  /** Present if a password is set. */
  readonly challenge?: Uint8Array;
}

/** Parses the answer to SELECT. @throws MalformedAnswerError if version or id are absent */
export function parseSelect(data: Uint8Array): OathApplet {
  const fields = new Map(parseTlvs('select OATH', data, true));
  const [version, id] = [fields.get(TAG.version), fields.get(TAG.name)];
  const challenge = fields.get(TAG.challenge);
  if (version?.length !== 3 || !id || id.length === 0 || challenge?.length === 0) {
    throw new MalformedAnswerError('select OATH', `${describeBytes(data)} without a version and an id`);
  }
  return { version: version.join('.'), id, ...(challenge && { challenge }) };
}

/** Parses the configuration of a YubiKey. @returns the serial printed on it, or `undefined` if it states none */
export function parseManagementSerial(data: Uint8Array): string | undefined {
  const length = data[0] ?? 0;
  const serial = new Map(parseTlvs('read serial', data.subarray(1, 1 + length), true)).get(TAG_SERIAL);
  if (data.length < 1 + length || (serial !== undefined && serial.length > MAX_SERIAL_BYTES)) {
    throw new MalformedAnswerError('read serial', `${describeBytes(data)} without a serial`);
  }
  // Yubico's own tools take zero for a key that shows no serial.
  return serial === undefined || serial.every((byte) => byte === 0)
    ? undefined
    : String(Number.parseInt(formatHex(serial), 16));
}

/** A credential as LIST names it. */
export interface Credential {
  readonly name: string;
  /** HOTP, or what a torn write left, if false. */
  readonly isTotp: boolean;
}

/** @throws MalformedAnswerError */
export function parseList(data: Uint8Array): readonly Credential[] {
  const text = new TextDecoder();
  return parseTlvs('list', data).map(([tag, value]) => {
    const [type] = value;
    if (tag !== TAG.entry || type === undefined) {
      throw new MalformedAnswerError('list', `an entry has the tag ${tag} and ${value.length} bytes`);
    }
    return { name: text.decode(value.subarray(1)), isTotp: (type & TYPE_BITS) === TYPE_TOTP };
  });
}

/** 76 05 digits (four bytes of the HMAC) @throws MalformedAnswerError */
export function parseCalculate(data: Uint8Array): { digits: number; value: number } {
  const [field, ...others] = parseTlvs('calculate', data);
  const [tag, value] = field ?? [];
  if (tag !== TAG.truncated || value?.length !== 5 || others.length > 0) {
    throw new MalformedAnswerError('calculate', `${data.length} bytes that are not one code`);
  }
  const view = new DataView(value.buffer, value.byteOffset, 5);
  return { digits: view.getUint8(0), value: view.getUint32(1) & 0x7fff_ffff };
}

/** 75 14 HMAC-SHA1(key, own challenge) @throws MalformedAnswerError */
export function parseValidate(data: Uint8Array): Uint8Array {
  const response = new Map(parseTlvs('validate', data)).get(TAG.response);
  if (response?.length !== 20) {
    throw new MalformedAnswerError('validate', `${data.length} bytes without a response`);
  }
  return response;
}

/**
 * Splits `tag length value` fields. A length above 127 is written as 81 XX.
 *
 * @param isPublic the error may show the bytes
 */
function parseTlvs(
  command: string,
  data: Uint8Array,
  isPublic = false,
): readonly (readonly [tag: number, value: Uint8Array])[] {
  const fields: [number, Uint8Array][] = [];
  for (let offset = 0; offset < data.length; ) {
    const isLong = data[offset + 1] === 0x81;
    const [tag, length] = [data[offset], data[offset + (isLong ? 2 : 1)]];
    const start = offset + (isLong ? 3 : 2);
    if (
      tag === undefined ||
      length === undefined ||
      (!isLong && length > 0x7f) ||
      start + length > data.length
    ) {
      const bytes = isPublic ? describeBytes(data) : `${data.length} bytes`;
      throw new MalformedAnswerError(command, `in ${bytes} the field at byte ${offset} is cut off`);
    }
    fields.push([tag, data.slice(start, start + length)]);
    offset = start + length;
  }
  return fields;
}
