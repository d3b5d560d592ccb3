/** Decodes pictures and finds QR codes in them. It is a file of its own in the build, because only `--qr` needs it. */
import type * as JpegJs from 'jpeg-js';
import { decodeQRBatch } from 'qr/decode.js';

export type PictureFormat = 'PNG' | 'JPEG';

/** Pixels as red, green, blue, alpha. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The part of pngjs that is used: it reads a whole file. The package has no types. */
type ReadPng = (file: Buffer, options: object) => Pixels;

/** The largest picture that jpeg-js may decode, and its memory. */
const JPEG_LIMITS = { maxResolutionInMP: 40, maxMemoryUsageInMB: 512 } as const;

/**
 * Decodes a picture into RGBA, by the decoders alone: both packages also encode.
 *
 * @throws the library's own errors, whose messages are of no use to a person
 */
export function decodePicture(format: PictureFormat, file: Uint8Array): Pixels {
  if (format === 'JPEG') {
    const decodeJpeg: typeof JpegJs.decode = require('jpeg-js/lib/decoder');
    return decodeJpeg(file, { useTArray: true, formatAsRGBA: true, tolerantDecoding: false, ...JPEG_LIMITS });
  }
  const readPng: ReadPng = require('pngjs/lib/parser-sync');
  return readPng(Buffer.from(file.buffer, file.byteOffset, file.byteLength), {});
}

/** Reads every code in a picture, without a time limit: the result must not depend on how busy the machine is. */
export async function findCodes({ data, width, height }: Pixels): Promise<readonly string[]> {
  const [found = []] = await decodeQRBatch([{ data, width, height }], {
    effort: Number.POSITIVE_INFINITY,
    timeLimit: Number.POSITIVE_INFINITY,
  });
  return found.filter((result) => typeof result === 'string');
}
