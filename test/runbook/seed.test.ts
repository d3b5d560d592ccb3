import { inspect } from 'node:util';
import fc from 'fast-check';
import { Seed } from '../../runbook/seed';

function ascii(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'ascii'));
}
function bytesOf(seed: Seed): string {
  return seed.use((bytes) => Buffer.from(bytes).toString('hex'));
}

test.each([
  // RFC 4648, section 10.
  ['MY', '66'],
  ['MZXQ', '666f'],
  ['MZXW6', '666f6f'],
  ['MZXW6YQ', '666f6f62'],
  ['MZXW6YTB', '666f6f6261'],
  ['MZXW6YTBOI======', '666f6f626172'],
  ['mzxw6ytboi', '666f6f626172'],
  ['GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', '3132333435363738393031323334353637383930'],
])('decodes the Base32 text %s', (text, hex) => {
  expect(bytesOf(Seed.fromBase32(ascii(text)))).toBe(hex);
});

test('decodes what AWS sends, 64 characters, into 40 bytes', () => {
  expect(Seed.fromBase32(ascii('GEZDGNBVGY3TQOJQ'.repeat(4))).length).toBe(40);
});

test('wipes the text it was made from, right or wrong', () => {
  const right = ascii('MZXW6YTB');
  Seed.fromBase32(right);
  expect([...right]).toEqual(Array(8).fill(0));
  const wrong = ascii('MZXW6YT!');
  expect(() => Seed.fromBase32(wrong)).toThrow('not Base32');
  expect([...wrong]).toEqual(Array(8).fill(0));
});

test('refuses text that holds no byte', () => {
  expect(() => Seed.fromBase32(ascii(''))).toThrow('empty');
});

test('prints as redacted in every way a value is printed', () => {
  const seed = Seed.fromBytes(ascii('12345678901234567890'));
  const shown = [
    `${seed}`,
    JSON.stringify({ seed }),
    inspect(seed),
    inspect({ nested: [seed] }, { depth: 9 }),
  ];
  for (const text of shown) {
    expect(text).toContain('[seed redacted]');
  }
  expect(Object.keys(seed)).toEqual([]);
});

test('is zeros, and unusable, once wiped', () => {
  const seed = Seed.fromBytes(ascii('secret'));
  const kept = seed.use((bytes) => bytes);
  seed.wipe();
  expect([...kept]).toEqual([0, 0, 0, 0, 0, 0]);
  expect(() => seed.use(() => undefined)).toThrow('wiped');
});

test('takes any bytes, and wipes the array they came in', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 63 }), (bytes) => {
      const hex = Buffer.from(bytes).toString('hex');
      const given = Uint8Array.from(bytes);
      expect(bytesOf(Seed.fromBytes(given))).toBe(hex);
      expect(given.every((byte) => byte === 0)).toBe(true);
    }),
  );
});
