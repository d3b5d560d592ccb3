/** The port that every driver of a token implements, and the errors that it throws. */
import type { TokenType } from '../../lib/record/record';
import type { Seed } from '../seed';
import { formatStatusWord } from './apdu';
import type { Card } from './readers';
import type { Transport } from './transport';

/** Serial, model and clock of a token, read without authentication. */
export interface TokenInfo {
  readonly serial: string;
  /** The vendor's name of the model. */
  readonly model: string;
  /** The token's own clock, in Unix seconds; absent if it has none. */
  readonly clock?: number;
}

export type DriverId = 'token2-single' | 'token2-molto2' | 'ykoath';

/** The secret that some tokens ask for before anything else. */
export type TokenLock = 'password' | 'customer-key';

/** The place on a token that a seed is written to, and its label there. */
export interface BurnTarget {
  /** Profile of a multi-profile token. */
  readonly profile?: number;
  /** The label that the token keeps: the name of an OATH credential, the title of a profile. A single-profile token ignores it. */
  readonly label: string;
}

/** Describes what a token holds at one place, as far as it can be read. */
export type Occupancy =
  | { readonly state: 'empty' }
  /** @property label the name or title there */
  | { readonly state: 'filled'; readonly label: string }
  | { readonly state: 'unknown' };

/** The command of a burn that got no answer; it may have taken effect. */
export interface LostCommand {
  readonly command: string;
  /** The clock of the token was wrong before the burn and is right now, so that its configuration arrived. */
  readonly wasClockSet: boolean;
  /** As for `burn`: called before more is written. */
  readonly nowSeconds: () => number;
}

/** The result of a burn that was continued. */
export type Resumed =
  | 'written'
  /** Everything was sent, and the token cannot show whether it took all of it: its codes can. */
  | 'in-doubt'
  /** Not everything is on the token: burn again from the beginning. */
  | 'not-written';

/** A token's clock may differ by this much from the time that it was set to. */
export const SET_CLOCK_TOLERANCE_SECONDS = 2;

/**
 * The time limit for the answer to a write. The vendor's tokens acknowledge a write late, and the one independent tool for
 * them takes no acknowledgement in time for a success.
 */
export const WRITE_WITHIN_MS = 8_000;

/** A token on the reader that takes a seed. */
export interface TokenDriver {
  readonly id: DriverId;
  /** The longest seed it takes, in bytes. */
  readonly seedCapacity: number;
  /** Setting the clock wipes the seed ("restricted sync"). */
  readonly clockWipesSeed: boolean;
  /** `person`: codes are read off a display. `key`: the token computes them on a tap. */
  readonly codeSource: 'person' | 'key';
  /** Reads serial, model and clock, without authentication and without a change. */
  info(): Promise<TokenInfo>;
  /** The secret that must be entered before anything else works; absent if none is needed. */
  readonly lock?: TokenLock;
  /**
   * Enters the secret, and wipes it.
   *
   * @throws TokenLockedError (wrong secret, with the tries left if the token says them)
   */
  unlock?(secret: Uint8Array): Promise<void>;
  /** Wipes the key of the token that it keeps; nothing that needs the key is asked for after that. */
  forget?(): void;
  /** Reads what it holds at a place, without a change. */
  occupancy?(target: BurnTarget): Promise<Occupancy>;
  /** Lists every place it holds: profiles with seeds, or credentials. */
  contents?(): Promise<readonly { readonly profile?: number; readonly label: string }[]>;
  /**
   * Writes the seed, and clock and configuration (SHA-1, 30 s, 6 digits) if it has them. Safe to repeat.
   *
   * @param nowSeconds called immediately before the first write, by every driver: until then the burn can be stopped;
   *   returns Unix seconds
   * @throws CardGoneError, StatusWordError, MalformedAnswerError, TokenFullError, TouchError
   * @throws RangeError if the seed does not fit; nothing was sent
   */
  burn(seed: Seed, target: BurnTarget, nowSeconds: () => number): Promise<void>;
  /**
   * Continues a burn of the same seed whose connection was lost after it began to write. The token is on the reader again,
   * was identified, and has the right time. Reads back what it shows, and writes the rest; without it, a burn begins again.
   */
  resume?(seed: Seed, target: BurnTarget, lost: LostCommand): Promise<Resumed>;
  /** Computes the code of a step; `onTouch` is called when the token waits to be touched. */
  code?(target: BurnTarget, counter: number, onTouch: () => void): Promise<string>;
  /**
   * Has the token accept the secret that it expects from whoever writes to it, without writing: a token that does not say
   * before that it needs one says so here.
   *
   * @throws TokenLockedError `needed`
   */
  authenticate?(): Promise<void>;
  /** Removes what it holds at a place; does nothing if that is empty. */
  erase?(target: BurnTarget): Promise<void>;
}

/** One family of tokens, and how it is recognized; each driver's file exports one. */
export interface DriverKind {
  /** The type by which the record declares such a token. */
  readonly type: TokenType;
  /** The vendor's names of the models that take a seed, for hints. */
  readonly models?: readonly string[];
  /** INS bytes whose bodies and answers are never traced. */
  readonly withheldInstructions: ReadonlySet<number>;
  /** Decides cheaply, from reader name and ATR only; `true` when in doubt. */
  mayBe(card: Pick<Card, 'reader' | 'atr'>): boolean;
  /**
   * Asks the card what it is, without authentication.
   *
   * @returns nothing if it is not of this kind
   * @throws ForeignCardError if it is of this kind but must not be written to
   */
  probe(
    transport: Transport,
  ): Promise<{ readonly driver: TokenDriver; readonly info: TokenInfo } | undefined>;
}

/** The token refused a command. */
export class StatusWordError extends Error {
  public override readonly name = 'StatusWordError';

  public constructor(
    public readonly command: string,
    /** SW1 SW2 as one number, such as 0x6A80. */
    public readonly statusWord: number,
    public readonly meaning: string,
    public readonly nextAction: string = '',
  ) {
    super(`the token refused "${command}" with ${formatStatusWord(statusWord)}: ${meaning}`);
  }
}

/**
 * Tells whether a token lost its session: it no longer knows the key that it accepted a moment ago, and refuses a command with
 * one of these status words.
 *
 * @param by without `commands`, the refusal of any command counts
 */
export function isLostSession(
  error: unknown,
  by: { readonly statusWords: readonly number[]; readonly commands?: readonly string[] },
): boolean {
  return (
    error instanceof StatusWordError &&
    by.statusWords.includes(error.statusWord) &&
    by.commands?.includes(error.command) !== false
  );
}

/** The token accepted a command, but its answer does not follow the protocol. */
export class MalformedAnswerError extends Error {
  public override readonly name = 'MalformedAnswerError';

  public constructor(
    public readonly command: string,
    public readonly detail: string,
  ) {
    super(`the answer to "${command}" does not follow the protocol: ${detail}`);
  }
}

/** The kinds of cards that must not be written to. */
export type ForeignKind =
  /** It does not answer get-info, or not in its form: a bank card, a FIDO key, a badge. */
  | 'not-a-token'
  /** It answers like a token, but its serial has no known prefix. */
  | 'unknown-prefix'
  /** Its radio is off until it was once in a USB port, as it comes from the factory. */
  | 'restricted'
  /** It is a known token whose seed cannot be set, or that takes no seed from AWS. */
  | 'not-programmable';

/** The card on the reader is not one that may be written to. It was only identified. */
export class ForeignCardError extends Error {
  public override readonly name = 'ForeignCardError';

  public constructor(
    public readonly kind: ForeignKind,
    /** Known facts: its serial, its model, or its answer. */
    public readonly detail: string,
  ) {
    super(`${kind}: ${detail}`);
  }
}

/** The token does not work until a secret is entered, or the secret was wrong. Nothing was written. */
export class TokenLockedError extends Error {
  public override readonly name = 'TokenLockedError';

  public constructor(
    public readonly lock: TokenLock,
    public readonly problem: 'needed' | 'wrong' | 'blocked',
    /** The tries that the token says are left. */
    public readonly triesLeft?: number,
  ) {
    super(`${lock}: ${problem}`);
  }
}

/** The token has no room for another credential. */
export class TokenFullError extends Error {
  public override readonly name = 'TokenFullError';
}

/** The token waited for a touch that did not come. */
export class TouchError extends Error {
  public override readonly name = 'TouchError';
}
