import type { CodePair } from '../token/codes';

/** The source of codes that only AWS can judge: a person who reads a display, or a key that computes them. */
export interface CodeSource {
  /** The clock that the codes follow is known to be right, or how far it is off. */
  readonly isClockKnown: boolean;
  /**
   * Takes two codes in a row, none of which was handed out before.
   *
   * @throws RunbookError `code/wrong`, `cancelled`
   */
  takePair(): Promise<CodePair>;
  /** Waits, showing a countdown, until there are newer codes. */
  waitForNext(): Promise<void>;
}
