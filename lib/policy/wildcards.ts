/** Patterns with the wildcards of policies. */

/** Tells whether a pattern with `*` and `?` matches the text, ignoring case. */
export function matchesPattern(pattern: string, text: string): boolean {
  return matchesFolded(pattern.toLowerCase(), text.toLowerCase());
}

/**
 * Matches a pattern in lower case with a text in lower case. After a mismatch it goes back to the last `*` alone, so that no
 * pattern takes longer than its length times the text's; a regular expression with six stars would.
 */
export function matchesFolded(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resumeAt = 0;
  for (let i = 0; i < text.length; ) {
    const one = pattern[at];
    if (one === '*') {
      star = at++;
      resumeAt = i;
    } else if (one === '?' || one === text[i]) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++resumeAt;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}
