import { layOut, MAX_PAGES, PAGE_BYTES, pageOf } from '../../../lib/record/layout';
import { parsePage } from '../../../lib/record/page';
import { type FleetRecord, sortRecord } from '../../../lib/record/record';
import { workforce } from './random-record';

// printf %s alice.breakglass | sha256sum: 7c249a01…, bob.breakglass: d9927e80…, __proto__: 30e2af38…
test.each([
  ['alice.breakglass', 1, 0],
  ['alice.breakglass', 2, 0],
  ['alice.breakglass', 4, 1],
  ['alice.breakglass', 8, 3],
  ['alice.breakglass', 256, 0x7c],
  ['alice.breakglass', 1024, 0x1f0],
  ['bob.breakglass', 1, 0],
  ['bob.breakglass', 2, 1],
  ['bob.breakglass', 4, 3],
  ['bob.breakglass', 256, 0xd9],
  ['__proto__', 16, 3],
])('%s is, of %i pages, on page %i', (name, pages, page) => {
  expect(pageOf(name, pages)).toBe(page);
});

test.each([0, 3, 257, 2048, -1, 1.5, Number.NaN])('%p is no number of pages', (pages) => {
  expect(() => pageOf('alice', pages)).toThrow(`${pages} is not a power of two from 1 to 1024`);
});

test.each([1, 30, 100, 300, 1000])('%i holders are laid out on the fewest pages that fit', (holders) => {
  const record = sortRecord(workforce(holders));
  const texts = layOut(record);
  expect(Math.log2(texts.length) % 1).toBe(0);
  expect(Math.max(...texts.map((text) => Buffer.byteLength(text)))).toBeLessThanOrEqual(PAGE_BYTES);
  for (const [n, text] of texts.entries()) {
    for (const { name } of parsePage(text).holders) {
      expect(pageOf(name, texts.length)).toBe(n);
    }
  }
  const placed = texts.flatMap((text) => parsePage(text).holders.map(({ name }) => name));
  expect(placed.sort()).toEqual(record.holders.map(({ name }) => name));
});

test('half as many pages would not have fitted', () => {
  const texts = layOut(sortRecord(workforce(300)));
  const halves = texts
    .filter((_, n) => n % 2 === 0)
    .map((text, n) => text.length + (texts[2 * n + 1]?.length ?? 0));
  // Two pages merged save at most one frame and one table of custody texts.
  const saved = '{"custody":[],"holders":[],"spares":[]}'.length + 36 * '"site 00 fireproof safe",'.length;
  expect(Math.max(...halves)).toBeGreaterThan(PAGE_BYTES);
  expect(Math.max(...halves) - saved).toBeGreaterThan(PAGE_BYTES / 2);
});

test('a page is filled to its last byte, and not beyond', () => {
  // A frame of 39 bytes, 450 spares of 8 with a comma between, and 8 more: 4096.
  const serials = Array.from({ length: 450 }, (_, n) => `S${String(n).padStart(3, '0')}`);
  function pagesOf(last: string): readonly string[] {
    const spares = [...serials.slice(0, -1), last].map((serial) => ({
      serial,
      type: 'programmable' as const,
    }));
    return layOut({ fleet: 'f', holders: [], roots: [], spares });
  }
  expect(pagesOf('S99901234567').map(({ length }) => length)).toEqual([PAGE_BYTES]);
  expect(pagesOf('S999012345678')).toHaveLength(2);
});

test('a spare is on the page of its serial', () => {
  const record: FleetRecord = {
    ...workforce(300),
    spares: Array.from({ length: 50 }, (_, i) => ({ serial: `S${i}`, type: 'programmable' as const })),
  };
  const texts = layOut(sortRecord(record));
  expect(texts.length).toBeGreaterThan(1);
  for (const [n, text] of texts.entries()) {
    for (const { serial } of parsePage(text).spares) {
      expect(pageOf(serial, texts.length)).toBe(n);
    }
  }
});

test('a root is on the page of its holder text', () => {
  const record = workforce(300);
  const roots = Array.from({ length: 50 }, (_, i) => ({
    account: String(100_000_000_000 + i),
    tokens: [{ slot: 'primary', serial: 'M1', type: 'molto2' as const, profile: i }],
  }));
  const texts = layOut(sortRecord({ ...record, roots }));
  const found = texts.flatMap((text, n) => parsePage(text).roots.map(({ account }) => ({ account, n })));
  expect(texts.length).toBeGreaterThan(1);
  expect(found).toHaveLength(50);
  for (const { account, n } of found) {
    expect(pageOf(`root@${account}`, texts.length)).toBe(n);
  }
});

test('a holder with everything at its longest fits on one page', () => {
  const tokens = Array.from({ length: 8 }, (_, i) => ({
    slot: `${i}${'s'.repeat(31)}`,
    serial: `${i}${'S'.repeat(31)}`,
    type: 'hardware-totp' as const,
    // Two code units, twelve bytes.
    custody: `${String(i).repeat(2)}${'🔑'.repeat(31)}`,
  }));
  const record = {
    fleet: 'f'.repeat(32),
    holders: [{ name: 'h'.repeat(64), tokens }],
    roots: [],
    spares: [],
  };
  const [text = ''] = layOut(record);
  expect(text.length).toBeGreaterThan(PAGE_BYTES / 2);
  expect(layOut(record)).toHaveLength(1);
});

test('a fleet that 1,024 pages do not hold is refused, with what to do', () => {
  const { holders, ...rest } = workforce(16_000);
  const wordy = holders.map((holder, i) => ({
    ...holder,
    tokens: holder.tokens.map((token) => ({ ...token, custody: `${token.slot} ${i} ${'x'.repeat(90)}` })),
  }));
  expect(() => layOut({ ...rest, holders: wordy })).toThrow(
    `fleet "workforce" with 16000 holders and 0 spares does not fit into ${MAX_PAGES} pages of 4096 bytes; use shorter or fewer different custody texts, or split the fleet`,
  );
});
