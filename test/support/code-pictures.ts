/**
 * Draws pictures of QR codes as people take them: turned, blurred, pale, inverted, in screenshots, as PNG and JPEG.
 *
 * Gray, one byte a pixel; nothing is random but what a seeded generator says.
 */
import { encode as encodeJpeg } from 'jpeg-js';
import encodeQR from 'qr';

/** A gray picture. */
export interface Gray {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

const WHITE = 255;

export function blank(width: number, height: number, shade = WHITE): Gray {
  return { width, height, data: new Uint8Array(width * height).fill(shade) };
}

/** Draws a code with so many pixels on each side, four light squares around it included. */
export function drawCode(
  text: string,
  size: number,
  ecc: 'low' | 'medium' | 'quartile' | 'high' = 'medium',
): Gray {
  const rows = encodeQR(text, 'raw', { ecc, border: 4 });
  const squares = Array.from({ length: size }, (_, pixel) => Math.floor((pixel * rows.length) / size));
  return mapped(size, size, (x, y) => (rows[squares[y] ?? 0]?.[squares[x] ?? 0] === true ? 0 : WHITE));
}

function mapped(width: number, height: number, shadeAt: (x: number, y: number) => number): Gray {
  // It rounds and clamps by itself: Jest makes every look at `Math` slow.
  const data = new Uint8ClampedArray(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data[y * width + x] = shadeAt(x, y);
    }
  }
  return { width, height, data: new Uint8Array(data.buffer) };
}

function shadeAt({ width, height, data }: Gray, x: number, y: number): number {
  return x < 0 || y < 0 || x >= width || y >= height ? WHITE : (data[y * width + x] ?? WHITE);
}

/** The shade between pixels, by the four around it. */
function between(picture: Gray, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, low] = [x - left, y - top];
  const upper = shadeAt(picture, left, top) * (1 - right) + shadeAt(picture, left + 1, top) * right;
  const lower = shadeAt(picture, left, top + 1) * (1 - right) + shadeAt(picture, left + 1, top + 1) * right;
  return upper * (1 - low) + lower * low;
}

/** Turns a picture around its middle; the corners that come into view are white. */
export function turn(picture: Gray, degrees: number): Gray {
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  const side = Math.ceil(picture.width * (Math.abs(sin) + Math.abs(cos)));
  const [middle, old] = [side / 2, picture.width / 2];
  return mapped(side, side, (x, y) => {
    const [dx, dy] = [x - middle, y - middle];
    return between(picture, old + dx * cos + dy * sin, old - dx * sin + dy * cos);
  });
}

/** Gaussian blur, one direction after the other. @param sigma in pixels */
export function blur(picture: Gray, sigma: number): Gray {
  const reach = Math.ceil(sigma * 3);
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, index) =>
    Math.exp(-((index - reach) ** 2) / (2 * sigma * sigma)),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  function along(from: Gray, dx: number, dy: number): Gray {
    return mapped(from.width, from.height, (x, y) => {
      let shade = 0;
      for (let step = -reach; step <= reach; step++) {
        shade += (weights[step + reach] ?? 0) * shadeAt(from, x + dx * step, y + dy * step);
      }
      return shade / sum;
    });
  }
  return along(along(picture, 1, 0), 0, 1);
}

/** @param share of the contrast that is left; less is paler */
export function pale(picture: Gray, share: number): Gray {
  return { ...picture, data: picture.data.map((shade) => Math.round(128 + (shade - 128) * share)) };
}

export function invert(picture: Gray): Gray {
  return { ...picture, data: picture.data.map((shade) => WHITE - shade) };
}

/** Lays a picture on another one. */
export function paste(onto: Gray, picture: Gray, [left, top]: readonly [number, number]): Gray {
  const data = Uint8Array.from(onto.data);
  for (let y = 0; y < picture.height; y++) {
    data.set(
      picture.data.subarray(y * picture.width, (y + 1) * picture.width),
      (top + y) * onto.width + left,
    );
  }
  return { ...onto, data };
}

/** A screen: a bar on top, a sidebar, lines of something like text. */
export function drawScreen(width: number, height: number, random: () => number): Gray {
  const screen = blank(width, height, 248);
  function box(left: number, top: number, wide: number, high: number, shade: number): void {
    for (let y = top; y < Math.min(top + high, height); y++) {
      screen.data.fill(shade, y * width + left, y * width + Math.min(left + wide, width));
    }
  }
  box(0, 0, width, 60, 35);
  box(0, 60, 240, height - 60, 230);
  for (let line = 0; line < height / 40; line++) {
    for (let word = 260; word < width - 60; word += 20 + Math.floor(random() * 90)) {
      box(word, 90 + line * 40, 8 + Math.floor(random() * 10), 12, 60);
    }
  }
  return screen;
}

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** RGBA of a gray picture. */
function colored({ data }: Gray): Buffer {
  const colors = new Uint32Array(data.length);
  for (let index = 0; index < data.length; index++) {
    // Red, green and blue of one shade; alpha is opaque. All machines that Node runs on are little-endian.
    colors[index] = (data[index] ?? 0) * 0x010101 + 0xff000000;
  }
  return Buffer.from(colors.buffer);
}

interface Pngjs {
  readonly PNG: {
    readonly sync: {
      write(
        picture: { readonly width: number; readonly height: number; readonly data: Buffer },
        options?: { readonly filterType?: number },
      ): Buffer;
    };
  };
}

/** A PNG without filters: choosing the best one for each line takes seconds in Jest. */
export function png(picture: Gray): Buffer {
  return writePng(picture.width, picture.height, colored(picture), { filterType: 0 });
}

/** A PNG as other programs write it, with the filter for each line that makes it smallest. */
export function filteredPng(picture: Gray): Buffer {
  return writePng(picture.width, picture.height, colored(picture));
}

/** A PNG whose light pixels are transparent black, as some generators of codes make them. */
export function transparentPng(picture: Gray): Buffer {
  const colors = Buffer.alloc(picture.data.length * 4);
  for (const [index, shade] of picture.data.entries()) {
    colors[index * 4 + 3] = shade < 128 ? 255 : 0;
  }
  return writePng(picture.width, picture.height, colors);
}

function writePng(width: number, height: number, data: Buffer, options?: { filterType: number }): Buffer {
  const { PNG }: Pngjs = require('pngjs');
  return PNG.sync.write({ width, height, data }, options);
}

/** @param quality 1 to 100 */
export function jpeg(picture: Gray, quality: number): Buffer {
  const { width, height } = picture;
  return Buffer.from(encodeJpeg({ width, height, data: colored(picture) }, quality).data);
}
