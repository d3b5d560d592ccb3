/** The layout of a record: its number of pages, and the page of each holder and spare. */
import { createHash } from 'node:crypto';
import { formatPage } from './page';
import type { FleetRecord, Holder, Token } from './record';
import { quote } from './rules';

/** The largest value of a standard-tier SSM parameter, in bytes. */
export const PAGE_BYTES = 4096;

/** The most pages a record may have: 4 MB, a tenth of the parameters that an account may have in a Region. */
export const MAX_PAGES = 1024;

/** Tells whether a number of pages is a power of two from 1 to 1,024. */
export function isPageCount(pages: unknown): pages is number {
  return (
    typeof pages === 'number' &&
    Number.isInteger(pages) &&
    pages >= 1 &&
    pages <= MAX_PAGES &&
    (pages & (pages - 1)) === 0
  );
}

function prefixOf(name: string): number {
  return createHash('sha256').update(name, 'utf8').digest().readUInt32BE(0);
}

/** Returns the first log2(pages) of 32 bits. JavaScript shifts by 32 as by 0, hence the special case for one page. */
function firstBits(prefix: number, pages: number): number {
  return pages === 1 ? 0 : prefix >>> (Math.clz32(pages) + 1);
}

/**
 * Returns the page of a holder, or of a spare by its serial: the first log2(pages) bits of the SHA-256 of the name.
 *
 * @param pages a power of two, at most 1,024
 * @throws RangeError
 */
export function pageOf(name: string, pages: number): number {
  if (!isPageCount(pages)) {
    throw new RangeError(`${pages} is not a power of two from 1 to ${MAX_PAGES}`);
  }
  return firstBits(prefixOf(name), pages);
}

interface Placed<T> {
  readonly prefix: number;
  readonly item: T;
}

function deal<T>(placed: readonly Placed<T>[], pages: number): readonly (readonly T[])[] {
  const dealt = Array.from({ length: pages }, (): T[] => []);
  for (const { prefix, item } of placed) {
    dealt[firstBits(prefix, pages)]?.push(item);
  }
  return dealt;
}

/** Returns the texts of all pages, or `undefined` as soon as one does not fit: most attempts end on their first page. */
function pageTexts(
  holders: readonly Placed<Holder>[],
  spares: readonly Placed<Token>[],
  pages: number,
): readonly string[] | undefined {
  const sparesOf = deal(spares, pages);
  const texts: string[] = [];
  for (const [n, onPage] of deal(holders, pages).entries()) {
    const text = formatPage({ holders: onPage, spares: sparesOf[n] ?? [] });
    // ASCII, so characters are bytes.
    if (text.length > PAGE_BYTES) {
      return undefined;
    }
    texts.push(text);
  }
  return texts;
}

/**
 * Returns the texts of a sorted record's pages, in the smallest power of two of pages that fits.
 *
 * @throws Error when 1,024 pages do not hold it
 */
export function layOut(record: FleetRecord): readonly string[] {
  const holders = record.holders.map((item) => ({ prefix: prefixOf(item.name), item }));
  const spares = record.spares.map((item) => ({ prefix: prefixOf(item.serial), item }));
  for (let pages = 1; pages <= MAX_PAGES; pages *= 2) {
    const texts = pageTexts(holders, spares, pages);
    if (texts) {
      return texts;
    }
  }
  throw new Error(
    `fleet ${quote(record.fleet)} with ${holders.length} holders and ${spares.length} spares does not fit into ${MAX_PAGES} pages of ${PAGE_BYTES} bytes; use shorter or fewer different custody texts, or split the fleet`,
  );
}
