/**
 * Parses pairs of hexadecimal digits; spaces are allowed.
 *
 * @throws RangeError if the text is anything else
 */
export function parseHex(text: string): Uint8Array {
  const digits = text.replaceAll(/\s/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) {
    throw new RangeError(`"${text}" is not hexadecimal pairs`);
  }
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
