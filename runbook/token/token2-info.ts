/** Reads serial and clock of a token of Token2: the one command that all its families know. */
import { commandApdu } from './apdu';
import type { CommandApdu } from './transport';

/** 80 41 00 00 02 02 11: the body lists the wanted tags, serial and clock */
export function getInfoCommand(): CommandApdu {
  return commandApdu({ name: 'get info', header: [0x80, 0x41, 0x00, 0x00], body: Uint8Array.of(0x02, 0x11) });
}

/**
 * Parses the data of a get-info answer, in either of the known forms:
 *
 *     95 len 02 N serial 11 04 clock    tags: the answer of the hardware
 *     xx xx xx N serial xx xx clock     fixed places: the answer of the vendor's host build, which its tools read
 *
 * @returns serial (trimmed) and clock (Unix seconds), or `undefined` if the bytes have neither form
 */
export function parseInfo(data: Uint8Array): { serial: string; clock: number } | undefined {
  const fields = data[0] === 0x95 ? infoFromTags(data) : infoFromPlaces(data);
  if (!fields) {
    return undefined;
  }
  if (!fields.serial.every((byte) => byte >= 0x20 && byte <= 0x7e)) {
    return undefined;
  }
  const serial = String.fromCharCode(...fields.serial).trim();
  if (serial === '') {
    return undefined;
  }
  const clock = new DataView(fields.clock.buffer, fields.clock.byteOffset, 4).getUint32(0);
  return { serial, clock };
}

interface InfoFields {
  readonly serial: Uint8Array;
  /** Four bytes. */
  readonly clock: Uint8Array;
}

function infoFromTags(data: Uint8Array): InfoFields | undefined {
  const end = 2 + (data[1] ?? 0);
  if (end > data.length) {
    return undefined;
  }
  const values = new Map<number, Uint8Array>();
  for (let offset = 2; offset < end; ) {
    const [tag, length] = data.subarray(offset, end);
    if (tag === undefined || length === undefined || offset + 2 + length > end) {
      return undefined;
    }
    values.set(tag, data.subarray(offset + 2, offset + 2 + length));
    offset += 2 + length;
  }
  const serial = values.get(0x02);
  const clock = values.get(0x11);
  return serial && clock?.length === 4 ? { serial, clock } : undefined;
}

function infoFromPlaces(data: Uint8Array): InfoFields | undefined {
  const length = data[3];
  if (length === undefined || data.length !== 4 + length + 2 + 4) {
    return undefined;
  }
  return { serial: data.subarray(4, 4 + length), clock: data.subarray(6 + length) };
}
