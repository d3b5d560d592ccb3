/** Finds the word that a mistyped one was most likely meant to be. */

/**
 * Counts the insertions, deletions, substitutions and swaps of neighbors that turn `a` into `b`. It stops, and returns
 * infinity, as soon as they are more than `atMost`: most words are far from most others.
 */
export function distance(a: string, b: string, atMost: number = Number.POSITIVE_INFINITY): number {
  // Each letter that only one of the words has is a change of its own.
  const fewest = Math.max(
    Math.abs(a.length - b.length),
    count(lettersOf(a) & ~lettersOf(b)),
    count(lettersOf(b) & ~lettersOf(a)),
  );
  if (fewest > atMost) {
    return Number.POSITIVE_INFINITY;
  }
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  let leastOfLast = 0;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const changed = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const wrong = Math.min(
        changed,
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        swapped ? (beforeLast[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
      row.push(wrong);
      least = Math.min(least, wrong);
    }
    // The next row is at least the lesser of the last two, because of the swaps.
    if (Math.min(least, leastOfLast) > atMost) {
      return Number.POSITIVE_INFINITY;
    }
    leastOfLast = least;
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

/** Returns the letters of a word as a set of bits; some letters share one. */
function lettersOf(word: string): number {
  let letters = 0;
  for (let i = 0; i < word.length; i++) {
    letters |= 1 << (word.charCodeAt(i) & 31);
  }
  return letters;
}

function count(bits: number): number {
  let ones = 0;
  for (let left = bits; left !== 0; left &= left - 1) {
    ones++;
  }
  return ones;
}

/**
 * Returns the nearest of `words`, ignoring case, if at most a third of its letters, and not all, are wrong.
 *
 * @param mostWrong the most letters that may be wrong, however long the words are
 */
export function nearestWord(
  typed: string,
  words: readonly string[],
  mostWrong: number = Number.POSITIVE_INFINITY,
): string | undefined {
  if (typed.length > 40) {
    return undefined;
  }
  const folded = typed.toLowerCase();
  let nearest: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const word of words) {
    // Of words that are equally near, the first is returned.
    const atMost = Math.min(mostWrong, fewest - 1, word.length - 1, Math.max(1, Math.floor(word.length / 3)));
    const wrong = distance(folded, word.toLowerCase(), atMost);
    if (wrong <= atMost) {
      nearest = word;
      fewest = wrong;
    }
  }
  return nearest;
}

/**
 * Returns the nearest of `names`, ignoring case. Of names with several parts, such as `alice.breakglass`, the first is
 * compared first, because many people type only that one.
 */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  const first = nearestWord(firstPart(typed), names.map(firstPart));
  const fitting = names.filter((name) => firstPart(name) === first);
  return fitting.length === 1 ? fitting[0] : nearestWord(typed, names);
}

function firstPart(name: string): string {
  return name.toLowerCase().split(/[.@]/, 1)[0] ?? '';
}
