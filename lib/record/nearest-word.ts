/** Finds the word that a mistyped one was most likely meant to be. */

/** Counts the insertions, deletions, substitutions and swaps of neighbors that turn `a` into `b`. */
export function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          changed,
          (last[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          swapped ? (beforeLast[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

/** Returns the nearest of `words`, ignoring case, if at most a third of its letters, and not all, are wrong. */
export function nearestWord(typed: string, words: readonly string[]): string | undefined {
  if (typed.length > 40) {
    return undefined;
  }
  const ranked = words
    .map((word) => ({ word, wrong: distance(typed.toLowerCase(), word.toLowerCase()) }))
    .filter(({ word, wrong }) => wrong < word.length && wrong <= Math.max(1, Math.floor(word.length / 3)))
    .sort((a, b) => a.wrong - b.wrong);
  return ranked[0]?.word;
}

/**
 * Returns the nearest of `names`, ignoring case. Of names with several parts, such as `alice.breakglass`, the first
 * says most, and many people type no other.
 */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  const first = nearestWord(firstPart(typed), names.map(firstPart));
  const fitting = names.filter((name) => firstPart(name) === first);
  return fitting.length === 1 ? fitting[0] : nearestWord(typed, names);
}

function firstPart(name: string): string {
  return name.toLowerCase().split(/[.@_-]/, 1)[0] ?? '';
}
