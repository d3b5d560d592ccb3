/** Every form in which a seed could leak. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function base32(bytes: Uint8Array): string {
  let bits = '';
  for (const byte of bytes) {
    bits += byte.toString(2).padStart(8, '0');
  }
  return (bits.match(/.{1,5}/g) ?? [])
    .map((five) => ALPHABET[Number.parseInt(five.padEnd(5, '0'), 2)])
    .join('');
}

/** A seed raw, in hexadecimal, Base32 and Base64, and the Base64 of its Base32 as the wire carries it. */
export function seedForms(seed: Uint8Array): readonly Buffer[] {
  const bytes = Buffer.from(seed);
  const text = base32(seed);
  return [
    bytes,
    Buffer.from(bytes.toString('hex')),
    Buffer.from(bytes.toString('hex').toUpperCase()),
    Buffer.from(text),
    Buffer.from(text.toLowerCase()),
    Buffer.from(bytes.toString('base64').replace(/=+$/, '')),
    Buffer.from(bytes.toString('base64url')),
    Buffer.from(Buffer.from(text).toString('base64').replace(/=+$/, '')),
  ];
}

/** The first form of the seed found in a haystack; nothing when it is clean. */
export function findSeed(haystack: Uint8Array | string, seed: Uint8Array): string | undefined {
  const hay = typeof haystack === 'string' ? Buffer.from(haystack) : Buffer.from(haystack);
  // Sixteen characters are enough to know a seed by, and catch one that was truncated.
  return seedForms(seed)
    .map((form) => form.subarray(0, 16))
    .find((form) => hay.includes(form))
    ?.toString('latin1');
}
