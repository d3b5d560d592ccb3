/** Picks one of the readers that are plugged in. */
import { ReaderError } from './readers';

/** Excludes slots for SAMs, which are listed as readers but never hold a token. */
export function isCardReader(name: string): boolean {
  return !/\bSAM\b/i.test(name);
}

/**
 * Picks a reader by its exact name or by a part that only one name has (case does not matter); without a wanted name,
 * picks the only reader.
 *
 * @throws ReaderError `no-reader`, `unknown-reader`, `several-readers`
 */
export function pickReader(names: readonly string[], wanted: string | undefined): string {
  const [first] = names;
  if (first === undefined) {
    throw new ReaderError('no-reader');
  }
  if (wanted !== undefined && names.includes(wanted)) {
    return wanted;
  }
  const part = (wanted ?? '').toLowerCase();
  const [found, another] = names.filter((name) => name.toLowerCase().includes(part));
  if (found === undefined) {
    throw new ReaderError('unknown-reader', names);
  }
  if (another !== undefined) {
    throw new ReaderError('several-readers', names);
  }
  return found;
}
