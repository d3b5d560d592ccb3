/**
 * Judges a picture before it is decoded: its format and its size.
 *
 * Rules: a hundred bytes may claim a picture that takes gigabytes, so the size is read from the header first. Pixels
 * and file are wiped by whoever made them.
 */
import { countOf } from '../../lib/record/text';
import type * as Decoders from './decoders';
import type { PictureFormat, Pixels } from './decoders';
import { refusal } from './refusals';

/** The largest file, in bytes. */
export const MAX_FILE_BYTES = 20 * 1024 * 1024;
const MAX_PIXELS = 40_000_000;

const AS_PNG = 'take a screenshot of the code, save it as PNG, and pass that file';

/** Beginnings of files that people hand over by mistake, by offset and bytes (Latin-1). */
const FOREIGN: readonly (readonly [name: string, offset: number, bytes: string])[] = [
  ['a GIF', 0, 'GIF8'],
  ['a WebP picture', 8, 'WEBP'],
  ['a HEIC or AVIF picture', 4, 'ftyp'],
  ['a PDF', 0, '%PDF'],
  ['a BMP picture', 0, 'BM'],
  ['a TIFF picture', 0, 'II*\0'],
  ['a TIFF picture', 0, 'MM\0*'],
];

function notAPicture(what: string): Error {
  return refusal('seed/not-a-picture', `the file is ${what}, not a PNG or JPEG picture`, AS_PNG);
}

function broken(format: PictureFormat): Error {
  return refusal('seed/not-a-picture', `the ${format} picture is cut off or damaged`, AS_PNG);
}

function latin1(file: Uint8Array, begin: number, end: number): string {
  return String.fromCharCode(...file.subarray(begin, end));
}

/** Recognizes a picture by its first bytes, never by its name. */
function formatOf(file: Uint8Array): PictureFormat {
  if (latin1(file, 0, 8) === '\x89PNG\r\n\x1A\n') {
    return 'PNG';
  }
  if (latin1(file, 0, 3) === '\xFF\xD8\xFF') {
    return 'JPEG';
  }
  const foreign = FOREIGN.find(([, offset, bytes]) => latin1(file, offset, offset + bytes.length) === bytes);
  if (foreign !== undefined) {
    throw notAPicture(foreign[0]);
  }
  if (file.length === 0) {
    throw notAPicture('empty');
  }
  const isText = file
    .subarray(0, 512)
    .every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
  throw notAPicture(isText ? 'text (perhaps an SVG)' : 'of an unknown format');
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Reads IHDR, the first chunk (PNG specification, 11.2.1). */
function pngSize(file: Uint8Array): Size {
  if (file.length < 33 || latin1(file, 12, 16) !== 'IHDR') {
    throw broken('PNG');
  }
  // pngjs inflates the passes of such a picture without a limit.
  if (file[28] !== 0) {
    throw refusal('seed/not-a-picture', 'the PNG picture is interlaced, which is not read', AS_PNG);
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  judgeChunks(file, view);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/**
 * Refuses a second header, because pngjs takes the size from the last one, wherever that is, which would get around the
 * limit; and an animation (acTL), whose later pictures nobody would look at.
 */
function judgeChunks(file: Uint8Array, view: DataView): void {
  for (let at = 8; at + 8 <= file.length; at += 12 + view.getUint32(at)) {
    const chunk = latin1(file, at + 4, at + 8);
    if (at > 8 && chunk === 'IHDR') {
      throw broken('PNG');
    }
    if (chunk === 'acTL') {
      throw refusal('seed/not-a-picture', 'the PNG picture is animated, which is not read', AS_PNG);
    }
  }
}

/** Finds the frame header, SOF0 to SOF15 without DHT, JPG and DAC (ITU-T T.81, B.1.1.3). */
function jpegSize(file: Uint8Array): Size {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let at = 2;
  while (at + 9 <= file.length && file[at] === 0xff) {
    const marker = file[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    at += 2 + view.getUint16(at + 2);
  }
  throw broken('JPEG');
}

/** Judges what can be judged without decoding. @throws RunbookError `seed/not-a-picture`, `seed/too-large` */
function checkPicture(file: Uint8Array): PictureFormat {
  if (file.length > MAX_FILE_BYTES) {
    throw refusal('seed/too-large', `the file has more than ${MAX_FILE_BYTES / 1024 / 1024} MB`, AS_PNG);
  }
  const format = formatOf(file);
  const { width, height } = format === 'PNG' ? pngSize(file) : jpegSize(file);
  if (width === 0 || height === 0) {
    throw broken(format);
  }
  if (width * height > MAX_PIXELS) {
    const most = countOf(MAX_PIXELS / 1_000_000, 'million pixel');
    throw refusal(
      'seed/too-large',
      `the picture has ${width} × ${height} pixels, the limit is ${most}`,
      AS_PNG,
    );
  }
  return format;
}

/**
 * Reads the texts of all QR codes in a picture.
 *
 * @param file not wiped
 * @returns each text once; the strings cannot be wiped, so the process must end soon
 * @throws RunbookError `seed/not-a-picture`, `seed/too-large`, `seed/no-code`
 */
export async function textsInPicture(file: Uint8Array): Promise<readonly string[]> {
  const format = checkPicture(file);
  // Loaded here, because compiling takes some milliseconds, and most seeds come from AWS.
  const { decodePicture, findCodes }: typeof Decoders = require('./decoders');
  let pixels: Pixels | undefined;
  try {
    pixels = decode(() => decodePicture(format, file), format);
    onWhite(pixels.data);
    const texts = await findCodes(pixels);
    if (texts.length === 0) {
      throw refusal(
        'seed/no-code',
        `no QR code is readable in the picture of ${pixels.width} × ${pixels.height} pixels`,
        'take a sharper picture with the whole code and some white around it, or a screenshot, and pass that file',
        'or copy the secret key that the service shows next to its code, and pass --secret',
      );
    }
    return [...new Set(texts)];
  } finally {
    pixels?.data.fill(0);
  }
}

function decode(work: () => Pixels, format: PictureFormat): Pixels {
  try {
    return work();
  } catch {
    throw broken(format);
  }
}

/** Lays transparent pixels on white: in many pictures of codes the light squares are transparent black. */
function onWhite(data: Uint8Array): void {
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3] ?? 255;
    if (alpha === 255) {
      continue;
    }
    for (let channel = at; channel < at + 3; channel++) {
      data[channel] = 255 - Math.round(((255 - (data[channel] ?? 0)) * alpha) / 255);
    }
    data[at + 3] = 255;
  }
}
