/** Makes a seed of a picture of a QR code, or of a secret that a person typed or pasted. */
import { seedFromLetters } from './base32';
import { isOtpauth, type LabeledSeed, NO_LABEL, notOtpauth, parseOtpauth } from './otpauth';
import { textsInPicture } from './picture';
import { refusal } from './refusals';

/** The place that a seed is read from. */
export type SeedSource =
  /** @property path of the file; `-` is the standard input of the command */
  | { readonly kind: 'picture'; readonly path: string }
  /** A line of the standard input of the command, which nobody sees. */
  | { readonly kind: 'typed' };

/** Fetches the bytes of a source. The receiver wipes them. */
export interface SeedInput {
  /** @throws RunbookError `usage` if the file cannot be read, `seed/too-large` */
  picture(path: string, signal: AbortSignal): Promise<Uint8Array>;
  /** @throws RunbookError `cancelled` */
  typed(signal: AbortSignal): Promise<Uint8Array>;
}

/** Reads a seed. The caller wipes it. */
export async function readSeedFrom(
  input: SeedInput,
  source: SeedSource,
  signal: AbortSignal,
): Promise<LabeledSeed> {
  const bytes =
    source.kind === 'picture' ? await input.picture(source.path, signal) : await input.typed(signal);
  try {
    return source.kind === 'picture' ? await seedInPicture(bytes) : seedOfTyped(bytes);
  } finally {
    bytes.fill(0);
  }
}

/** Takes the one secret in a picture; other codes next to it do not matter. */
async function seedInPicture(file: Uint8Array): Promise<LabeledSeed> {
  const texts = await textsInPicture(file);
  const found = texts.map((text) => Uint8Array.from(Buffer.from(text, 'utf8'))).filter(isOtpauth);
  if (found.length === 0) {
    throw notOtpauth(texts);
  }
  const seeds: LabeledSeed[] = [];
  try {
    for (const uri of found) {
      seeds.push(parseOtpauth(uri));
    }
    const [first, ...others] = seeds;
    if (first === undefined || others.some((other) => !isSameSeed(first, other))) {
      throw refusal(
        'seed/two-secrets',
        `the picture holds ${seeds.length} codes with different secrets`,
        'take a picture of the one code that belongs on this token',
      );
    }
    wipeAll(others);
    return first;
  } catch (error) {
    wipeAll(seeds);
    throw error;
  } finally {
    for (const uri of found) {
      uri.fill(0);
    }
  }
}

function wipeAll(seeds: readonly LabeledSeed[]): void {
  for (const { seed } of seeds) {
    seed.wipe();
  }
}

function isSameSeed(one: LabeledSeed, other: LabeledSeed): boolean {
  return one.seed.use((a) => other.seed.use((b) => Buffer.compare(a, b) === 0));
}

/** Takes the letters under "Show secret key", or a whole URI. @param typed wiped */
function seedOfTyped(typed: Uint8Array): LabeledSeed {
  if (isOtpauth(typed)) {
    return parseOtpauth(typed);
  }
  if (/^\s*\d{3} ?\d{3}\s*$/.test(beginning(typed))) {
    throw refusal(
      'seed/not-a-secret',
      'six digits are a code, not a secret',
      'paste the secret key that the service shows in letters, next to its QR code',
    );
  }
  if (/\.(png|jpe?g|gif|webp|heic|pdf|svg|bmp|tiff?)\s*$/i.test(end(typed))) {
    throw refusal(
      'seed/not-a-secret',
      'that is the name of a picture, not a secret',
      'pass the file with --qr instead of --secret',
    );
  }
  return { ...NO_LABEL, seed: seedFromLetters(typed) };
}

/** A text that is longer than a code is not turned into a string. */
function beginning(typed: Uint8Array): string {
  return typed.length > 12 ? '' : String.fromCharCode(...typed);
}

function end(typed: Uint8Array): string {
  return String.fromCharCode(...typed.subarray(-6));
}
