/** Which of the readers plugged in is meant. */
import { ReaderError } from './readers';

/** Readers with a slot for SAMs list that slot as a reader; no token ever lies there. */
export function isCardReader(name: string): boolean {
  return !/\bSAM\b/i.test(name);
}

/**
 * Picks a reader by its exact name, by a part of its name that no other has (case does not matter), or, when
 * none is wanted in particular, because it is the only one.
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
