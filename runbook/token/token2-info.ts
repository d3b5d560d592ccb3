/** Reads serial and clock of a token of Token2: the one command that all its families know. */
import { commandApdu, describeBytes } from './apdu';
import { CardGoneError, type CommandApdu } from './transport';

const TAG_PUBLIC_DATA = 0x95;
const TAG_SERIAL = 0x02;
const TAG_CLOCK = 0x11;
const CLOCK_BYTES = 4;

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
 * Every tool that is known to work on hardware reads the fixed places, whatever stands around them. So an answer whose tags
 * are not those that we know is read by its places, and longer answers than we know are read, too.
 *
 * @returns serial (without blanks, 00 and FF around it) and clock (Unix seconds), or `undefined` if the bytes have neither form
 */
export function parseInfo(data: Uint8Array): { serial: string; clock: number } | undefined {
  const fromTags = data[0] === TAG_PUBLIC_DATA ? read(infoFromTags(data)) : undefined;
  return fromTags ?? read(infoFromPlaces(data));
}

/** Says in an error what was answered instead: its bytes are no secret, and somebody may recognize them. */
export function describeUnreadable(data: Uint8Array): string {
  return `${describeBytes(data)} without serial and clock`;
}

/** Refuses another token in the same connection: the one that was identified is gone. @throws CardGoneError */
export function refuseOtherSerial(serial: string, identified: string): void {
  if (serial !== identified) {
    const cause = new Error(`${identified} was on the reader, and now ${serial} answers`);
    throw new CardGoneError(getInfoCommand().name, { cause });
  }
}

interface InfoFields {
  readonly serial: Uint8Array;
  /** Begins with four bytes of clock. */
  readonly clock: Uint8Array;
}

function read(fields: InfoFields | undefined): { serial: string; clock: number } | undefined {
  if (fields === undefined || fields.clock.length < CLOCK_BYTES) {
    return undefined;
  }
  const text = String.fromCharCode(...fields.serial).replace(/^ +|[ \0\xff]+$/g, '');
  if (!/^[\x20-\x7e]+$/.test(text)) {
    return undefined;
  }
  const clock = new DataView(fields.clock.buffer, fields.clock.byteOffset, CLOCK_BYTES).getUint32(0);
  return { serial: text, clock };
}

/** Takes the first field of each tag, because the fixed places are those of the first. */
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
    if (!values.has(tag)) {
      values.set(tag, data.subarray(offset + 2, offset + 2 + length));
    }
    offset += 2 + length;
  }
  const serial = values.get(TAG_SERIAL);
  const clock = values.get(TAG_CLOCK);
  return serial && clock && { serial, clock };
}

function infoFromPlaces(data: Uint8Array): InfoFields | undefined {
  const length = data[3];
  return length === undefined
    ? undefined
    : { serial: data.subarray(4, 4 + length), clock: data.subarray(6 + length) };
}
