/** The layout of a record: its number of pages, and the page of each holder, root and spare. */
import { createHash } from 'node:crypto';
import { rootHolder } from './names';
import { formatPage } from './page';
import type { FleetRecord, Holder, Root, Token } from './record';
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
 * Returns the page of a holder, of a root by its holder text, or of a spare by its serial: the first log2(pages) bits of the SHA-256 of the name.
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

/** The parts of a record, each with the hash that decides its page. */
interface PlacedRecord {
  readonly holders: readonly Placed<Holder>[];
  readonly roots: readonly Placed<Root>[];
  readonly spares: readonly Placed<Token>[];
}

/** Returns the texts of all pages, or `undefined` as soon as one does not fit: most attempts end on their first page. */
function pageTexts({ holders, roots, spares }: PlacedRecord, pages: number): readonly string[] | undefined {
  const rootsOf = deal(roots, pages);
  const sparesOf = deal(spares, pages);
  const texts: string[] = [];
  for (const [n, onPage] of deal(holders, pages).entries()) {
    const text = formatPage({ holders: onPage, roots: rootsOf[n] ?? [], spares: sparesOf[n] ?? [] });
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
  const { holders, roots, spares } = record;
  const placed = {
    holders: holders.map((item) => ({ prefix: prefixOf(item.name), item })),
    roots: roots.map((item) => ({ prefix: prefixOf(rootHolder(item.account)), item })),
    spares: spares.map((item) => ({ prefix: prefixOf(item.serial), item })),
  };
  for (let pages = 1; pages <= MAX_PAGES; pages *= 2) {
    const texts = pageTexts(placed, pages);
    if (texts) {
      return texts;
    }
  }
  const andRoots = roots.length === 0 ? '' : `, ${roots.length} roots`;
  throw new Error(
    `fleet ${quote(record.fleet)} with ${holders.length} holders${andRoots} and ${spares.length} spares does not fit into ${MAX_PAGES} pages of ${PAGE_BYTES} bytes; use shorter or fewer different custody texts, or split the fleet`,
  );
}
