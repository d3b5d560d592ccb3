/** Picks one of the readers that are plugged in. */
import { ReaderError } from './readers';

/** Excludes slots for SAMs, which are listed as readers but never hold a token. */
export function isCardReader(name: string): boolean {
  return !/\bSAM\b/i.test(name);
}

/**
 * Picks a reader by its exact name, by a part that only one name has (case does not matter), or by its name with another
 * index at the end, because pcscd counts on when a reader is plugged in again. Without a wanted name, picks the only
 * reader, or the only one with a card.
 *
 * @param withCard the readers that have a card
 * @throws ReaderError `no-reader`, `unknown-reader`, `several-readers`
 */
export function pickReader(
  names: readonly string[],
  wanted: string | undefined,
  withCard: readonly string[] = [],
): string {
  const [first] = names;
  if (first === undefined) {
    throw new ReaderError('no-reader');
  }
  if (wanted !== undefined && names.includes(wanted)) {
    return wanted;
  }
  const [only, second] = withCard;
  if (wanted === undefined && only !== undefined && second === undefined) {
    return only;
  }
  const [found, another] = matching(names, (wanted ?? '').toLowerCase());
  if (found === undefined) {
    throw new ReaderError('unknown-reader', names);
  }
  if (another !== undefined) {
    throw new ReaderError('several-readers', names);
  }
  return found;
}

function matching(names: readonly string[], wanted: string): readonly string[] {
  const containing = names.filter((name) => name.toLowerCase().includes(wanted));
  const plain = withoutIndex(wanted);
  return containing.length > 0 || plain === wanted
    ? containing
    : names.filter((name) => withoutIndex(name.toLowerCase()) === plain);
}

/** Cuts off the index of reader and slot: ` 00 00` of pcscd, ` 0` of Windows. */
function withoutIndex(name: string): string {
  return name.replace(/(?: \d{2} \d{2}| \d{1,2})$/, '');
}
