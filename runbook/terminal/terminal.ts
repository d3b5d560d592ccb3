/**
 * The runbook talks to people through this.
 *
 * Rules of its voice: lower case, no final period, the value shown, the next action named; a prompt names the token
 * that it is about (holder, slot, serial, custody); nothing is announced before it is true. Messages for people go to
 * stderr, data to stdout; nothing printed here holds a seed.
 */

import type { Row } from './table';

/** A question with one line of answer. */
export interface Question {
  /** Stable name, for `--json`: `code`, `next-code`, `delete-leftover`. */
  readonly name: string;
  readonly message: string;
  /** Returns what is wrong with an answer; the question is asked again until it returns nothing. */
  readonly check?: (answer: string) => string | undefined;
}

export interface Terminal {
  /** Says that something has become true. */
  say(text: string): void;
  /** Says something that a person should do or know before going on. */
  note(text: string): void;
  /** Begins a new part of the work. */
  heading(text: string): void;
  /** Shows a command to be copied, on a line of its own: whole, whatever the width, and no ARN in it shortened. */
  command(line: string): void;
  /**
   * Asks and waits for a valid answer.
   *
   * @throws RunbookError `cancelled`
   */
  ask(question: Question, signal: AbortSignal): Promise<string>;
  /**
   * Asks for a secret, which is not shown while it is typed; returned as it was typed, blanks included.
   *
   * @throws RunbookError `cancelled`
   */
  askHidden(question: Question, signal: AbortSignal): Promise<string>;
  /** Asks for yes or no; with `--yes`, answers yes without asking. */
  confirm(question: Question, signal: AbortSignal): Promise<boolean>;
  /** Shows a text until the work is done; a function may change it during that time. */
  during<T>(text: string | (() => string), work: Promise<T>): Promise<T>;
  /** Prints one machine-readable event, with `--json` only. */
  event(name: string, data: Readonly<Record<string, unknown>>): void;
  /** Prints data to stdout, for programs: whole, and escaped only where it could control a terminal. */
  data(text: string): void;
  /** Prints rows to stdout, for people: in columns, or on a narrow terminal on several lines. */
  table(rows: readonly Row[], indent?: string): void;
  /** Prints a detail, with `--verbose` only. */
  detail(text: string): void;
  /** Prints a line of a trace. */
  trace(text: string): void;
}
