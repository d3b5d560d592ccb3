/** Fields of tag, length and value, as the virtual key takes and gives them. */

/** Parses exactly these tags in exactly this order; undefined if the bytes are anything else. */
export function fieldsOf(body: Uint8Array, tags: readonly number[]): readonly Uint8Array[] | undefined {
  const values: Uint8Array[] = [];
  let offset = 0;
  for (const tag of tags) {
    const length = body[offset + 1];
    if (body[offset] !== tag || length === undefined || offset + 2 + length > body.length) {
      return undefined;
    }
    values.push(body.subarray(offset + 2, offset + 2 + length));
    offset += 2 + length;
  }
  return offset === body.length ? values : undefined;
}

export function tlv(tag: number, value: Iterable<number>): number[] {
  const bytes = [...value];
  return [tag, bytes.length, ...bytes];
}

/** Makes the answer of a status word, or of data with status 9000. */
export function answerOf(answer: number | Uint8Array): Uint8Array {
  return typeof answer === 'number'
    ? Uint8Array.of(answer >> 8, answer & 0xff)
    : Uint8Array.of(...answer, 0x90, 0x00);
}
