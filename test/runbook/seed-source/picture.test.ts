/** Pictures: what is read, and what is refused before it is decoded. */
import { crc32, deflateSync } from 'node:zlib';
import type { RunbookError } from '../../../runbook/runbook-error';
import { readSeedFrom } from '../../../runbook/seed-source/read-seed';
import {
  blank,
  drawCode,
  filteredPng,
  invert,
  jpeg,
  paste,
  png,
  transparentPng,
} from '../../support/code-pictures';
import { base32 } from '../../support/seed-forms';

const SECRET = 'GEZDGNBVGY3TQOJQ'.repeat(4);
const URI = `otpauth://totp/Example:alice@example.com?secret=${SECRET}`;
const never = new AbortController().signal;

async function read(picture: Uint8Array) {
  const file = new Uint8Array(picture);
  const input = { picture: async () => file, typed: async () => file };
  try {
    return await readSeedFrom(input, { kind: 'picture', path: 'code.png' }, never);
  } finally {
    expect(file.every((byte) => byte === 0)).toBe(true);
  }
}

async function refusalOf(picture: Uint8Array): Promise<RunbookError> {
  return read(picture).then(
    () => Promise.reject(new Error('nothing was refused')),
    (error: RunbookError) => error,
  );
}

const CODE = drawCode(URI, 180);

function beside(...texts: readonly string[]): Uint8Array {
  const sheet = blank(180 * (texts.length + 1), 180);
  return png(
    texts.reduce(
      (onto, text, index) => paste(onto, drawCode(text, 175), [180 * (index + 1), 0]),
      paste(sheet, CODE, [0, 0]),
    ),
  );
}

test.each([
  ['a PNG', () => png(CODE)],
  ['one with filtered lines', () => filteredPng(CODE)],
  ['a JPEG', () => jpeg(CODE, 80)],
  ['light squares that are transparent', () => transparentPng(CODE)],
  ['an inverted one', () => png(invert(CODE))],
  ['one with a link beside it', () => beside('https://example.com/')],
  ['the same code twice', () => beside(URI)],
  ['the same secret under another label', () => beside(URI.replace('alice', 'bob'))],
])('reads %s', async (_name, draw) => {
  const { seed, name } = await read(draw());
  expect(seed.use(base32)).toBe(SECRET);
  expect(['alice', 'bob']).toContain(name);
});

function ascii(text: string): Buffer {
  return Buffer.from(text.padEnd(64, ' '), 'latin1');
}
function altered(offset: number, ...bytes: readonly number[]): Buffer {
  const file = Buffer.from(png(CODE));
  file.set(bytes, offset);
  return file;
}

test.each([
  ['seed/not-a-picture', 'a GIF', ascii('GIF89a')],
  ['seed/not-a-picture', 'a WebP', ascii('RIFF....WEBPVP8 ')],
  ['seed/not-a-picture', 'a HEIC', ascii('\0\0\0\x18ftypheic')],
  ['seed/not-a-picture', 'a PDF', ascii('%PDF-1.7')],
  ['seed/not-a-picture', 'a BMP', ascii('BM')],
  ['seed/not-a-picture', 'text', ascii('<svg/>')],
  ['seed/not-a-picture', 'empty', Buffer.alloc(0)],
  ['seed/not-a-picture', 'unknown format', Buffer.alloc(64)],
  ['seed/not-a-picture', 'interlaced', altered(28, 1)],
  ['seed/not-a-picture', 'damaged', altered(200, 1, 2, 3)],
  ['seed/not-a-picture', 'damaged', png(CODE).subarray(0, 500)],
  ['seed/not-a-picture', 'damaged', png(CODE).subarray(0, 20)],
  ['seed/not-a-picture', 'damaged', altered(16, 0, 0, 0, 0)],
  ['seed/not-a-picture', 'damaged', jpeg(CODE, 80).subarray(0, 900)],
  ['seed/not-a-picture', 'damaged', jpeg(CODE, 80).subarray(0, 10)],
  // Another header after the first, and one that hides behind a first header of more bytes than it has fields.
  ['seed/not-a-picture', 'damaged', withSecondHeader(13)],
  ['seed/not-a-picture', 'damaged', withSecondHeader(25)],
  // 20,000 by 20,000 pixels, and 65,000 by 65,000, in files of a few hundred bytes.
  ['seed/too-large', '20000', altered(16, 0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20)],
  ['seed/too-large', '65000', jpegOf(65_000)],
  ['seed/too-large', 'MB', Buffer.alloc(20 * 1024 * 1024 + 1)],
  ['seed/no-code', '90 × 90', png(blank(90, 90))],
  ['seed/two-secrets', '2 codes', beside(URI.replace('GEZD', 'AAAA'))],
])('%s: %s', async (code, named, picture) => {
  expect(await refusalOf(picture)).toMatchObject({ code, message: expect.stringContaining(named) });
});

/** A PNG of one pixel, and then, as it is decoded, of four. @param length of the data of the first header */
function withSecondHeader(length: number): Buffer {
  const [first, second] = [Buffer.alloc(length), Buffer.alloc(13)];
  first.set([0, 0, 0, 1, 0, 0, 0, 1, 8, 6]);
  second.set([0, 0, 0, 2, 0, 0, 0, 2, 8, 6]);
  const pixels = deflateSync(Buffer.alloc(18));
  const chunks = [chunk('IHDR', first), chunk('IHDR', second), chunk('IDAT', pixels)];
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...chunks, chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, checksum]);
}

function jpegOf(side: number): Buffer {
  const file = Buffer.from(jpeg(CODE, 80));
  const frame = file.indexOf(Buffer.from([0xff, 0xc0]));
  file.writeUInt16BE(side, frame + 5);
  file.writeUInt16BE(side, frame + 7);
  return file;
}
