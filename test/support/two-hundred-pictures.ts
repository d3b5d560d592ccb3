/** Two hundred pictures of QR codes, the same in every run, in the kinds that people hand over. */
import {
  blank,
  blur,
  drawCode,
  drawScreen,
  filteredPng,
  type Gray,
  invert,
  jpeg,
  pale,
  paste,
  png,
  seededRandom,
  turn,
} from './code-pictures';

/** One picture, drawn when it is needed. */
export interface CodePicture {
  readonly kind: string;
  readonly number: number;
  /** The secrets in it; two are to be refused. */
  readonly secrets: readonly string[];
  draw(): Buffer;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** 64 letters, as AWS makes them. */
function secretNumber(number: number): string {
  const random = seededRandom(number * 7919 + 1);
  return Array.from({ length: 64 }, () => ALPHABET[Math.floor(random() * 32)]).join('');
}

function uriNumber(number: number): string {
  const secret = secretNumber(number);
  return number % 2 === 0
    ? `otpauth://totp/root.primary.${86_596_220_000_000 + number}@123456789012?secret=${secret}`
    : `otpauth://totp/Amazon%20Web%20Services:dev${number}@alias?secret=${secret}&issuer=Amazon%20Web%20Services`;
}

/** The number of pictures of a kind, and the way to draw one; `share` runs from 0 to 1. */
type Kind = readonly [
  kind: string,
  count: number,
  draw: (uri: string, share: number, number: number) => Buffer,
];

function onScreen(uri: string, share: number, number: number): Gray {
  const [width, height] = number % 4 === 3 ? [3840, 2160] : [1920, 1080];
  const code = drawCode(uri, Math.round(160 + share * 160));
  const random = seededRandom(number);
  const place = [
    260 + Math.floor(random() * (width - 700)),
    80 + Math.floor(random() * (height - 500)),
  ] as const;
  return paste(drawScreen(width, height, random), code, place);
}

const ONE_CODE: readonly Kind[] = [
  ['size', 30, (uri, share) => png(drawCode(uri, Math.round(120 + share * share * 1_880)))],
  ['turned', 28, (uri, share) => png(turn(drawCode(uri, 400), 2 + share * 348))],
  ['blurred', 22, (uri, share) => png(blur(drawCode(uri, 400), 0.5 + share * 5.25))],
  ['pale', 20, (uri, share) => png(pale(drawCode(uri, 400), 0.8 - share * 0.76))],
  ['inverted', 16, (uri, share) => png(invert(drawCode(uri, Math.round(200 + share * 600))))],
  ['JPEG', 27, (uri, share) => jpeg(drawCode(uri, 420), Math.round(10 + share * 80))],
  ['screenshot', 32, (uri, share, number) => filteredPng(onScreen(uri, share, number))],
  ['photo', 10, (uri, share) => jpeg(pale(blur(turn(drawCode(uri, 500), -20 + share * 40), 1), 0.7), 60)],
];

function twoCodes(number: number): CodePicture {
  return {
    kind: 'two codes',
    number,
    secrets: [secretNumber(number), secretNumber(number + 1000)],
    draw: () => {
      const [one, other] = [drawCode(uriNumber(number), 360), drawCode(uriNumber(number + 1000), 420)];
      return png(paste(paste(blank(1000, 520), one, [20, 60]), other, [520, 40]));
    },
  };
}

/** Makes the list; nothing is drawn yet. */
export function twoHundredPictures(): readonly CodePicture[] {
  const pictures: CodePicture[] = [];
  for (const [kind, count, draw] of ONE_CODE) {
    for (let index = 0; index < count; index++) {
      const number = pictures.length;
      const share = index / (count - 1);
      const secrets = [secretNumber(number)];
      pictures.push({ kind, number, secrets, draw: () => draw(uriNumber(number), share, number) });
    }
  }
  for (let index = 0; index < 15; index++) {
    pictures.push(twoCodes(pictures.length));
  }
  return pictures;
}
