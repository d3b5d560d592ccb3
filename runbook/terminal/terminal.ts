/**
 * How the runbook talks to people.
 *
 * Rules of its voice: lower case, no final period, the value shown, the next action named; a prompt names the token
 * it is about (holder, slot, serial, custody); a thing is announced only once it is true. People's text goes to
 * stderr, data to stdout; nothing printed here holds a seed.
 */

/** A question with one line of answer. */
export interface Question {
  /** Stable name, for `--json`: `code`, `next-code`, `delete-leftover`. */
  readonly name: string;
  readonly message: string;
  /** Returns what is wrong with an answer, or nothing. Asked again until there is nothing wrong. */
  readonly check?: (answer: string) => string | undefined;
}

/** A terminal, or what stands in for one. */
export interface Terminal {
  /** Tells something that has become true. */
  say(text: string): void;
  /** Tells something a person should do or know before going on. */
  note(text: string): void;
  /** A heading: what begins now. */
  heading(text: string): void;
  /**
   * Asks and waits for a valid answer.
   *
   * @throws RunbookError `cancelled`
   */
  ask(question: Question, signal: AbortSignal): Promise<string>;
  /** Asks for yes or no. Takes `yes` without asking where the caller said so (`--yes`). */
  confirm(question: Question, signal: AbortSignal): Promise<boolean>;
  /** Shows that something goes on until the work is done; `text` may change while it does. */
  during<T>(text: string | (() => string), work: Promise<T>): Promise<T>;
  /** One machine-readable event; printed with `--json` only. */
  event(name: string, data: Readonly<Record<string, unknown>>): void;
  /** Data for the caller's stdout. */
  data(text: string): void;
  /** A line of detail; printed with `--verbose` only. */
  detail(text: string): void;
}
