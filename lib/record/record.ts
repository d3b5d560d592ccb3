/**
 * The record: which physical token belongs to which IAM user, as it is deployed to Parameter Store and
 * as every reader sees it. Pure data; the inventory (what people edit) and the pages (what Parameter Store holds) both
 * convert to this.
 */
import { createHash } from 'node:crypto';
import type { Place } from './place';

/** The newest schema version that this code reads. */
export const RECORD_SCHEMA = 2;

/** Returns the schema version that a record is written in: a record without roots stays as version 1 had it. */
export function schemaOf({ roots }: FleetRecord): number {
  return roots.length === 0 ? 1 : RECORD_SCHEMA;
}

/** Every type of token a record can declare. */
export const TOKEN_TYPES = ['programmable', 'oath', 'molto2', 'hardware-totp', 'fido2'] as const;

/**
 * The kind of a token, which decides how it is enrolled: `programmable` (its seed is burned over NFC), `oath` (a YKOATH
 * security key), `molto2` (a multi-profile token), `hardware-totp` (AWS already knows the seed of this serial) and
 * `fido2` (enrolled in a browser; recorded so that the audit expects it).
 */
export type TokenType = (typeof TOKEN_TYPES)[number];

/** One physical token, or one profile of a multi-profile token. */
export interface Token extends Place {
  readonly type: TokenType;
  /** The place where the token is kept, in the operators' own words. */
  readonly custody?: string;
}

/** A token in a holder's slot. */
export interface SlotToken extends Token {
  /** `primary`, `backup`, …: unique for the holder. */
  readonly slot: string;
}

/** An IAM user who holds tokens. */
export interface Holder {
  /** The IAM user name. */
  readonly name: string;
  /** Sorted by slot. */
  readonly tokens: readonly SlotToken[];
}

/** The account of the stack, in place of its number: what `root:` alone stands for. */
export const OWN_ACCOUNT = 'self';

/** The root user of an account. */
export interface Root {
  /** Twelve digits, or `self` for the account of the stack. */
  readonly account: string;
  /** Sorted by slot. */
  readonly tokens: readonly SlotToken[];
}

/**
 * A fleet's whole record. Holders sorted by name, tokens by slot, spares by serial and profile, roots by account with
 * `self` first (in code units).
 */
export interface FleetRecord {
  readonly fleet: string;
  readonly holders: readonly Holder[];
  readonly roots: readonly Root[];
  readonly spares: readonly Token[];
}

/**
 * Finds the token that a record declares for a slot of a holder.
 *
 * @param holder an IAM user name, or `root@ACCOUNT` for the root user of an account
 * @param ownAccount the account of the stack, which a record's `self` stands for
 */
export function slotToken(
  record: FleetRecord,
  holder: string,
  slot: string,
  ownAccount?: string,
): SlotToken | undefined {
  return tokensOf(record, holder, ownAccount)?.find((token) => token.slot === slot);
}

/**
 * Returns the tokens that a record declares for a holder; `undefined` if it declares none. See slotToken for the
 * parameters.
 */
export function tokensOf(
  record: FleetRecord,
  holder: string,
  ownAccount?: string,
): readonly SlotToken[] | undefined {
  const user = record.holders.find(({ name }) => name === holder);
  return (user ?? record.roots.find(({ account }) => isRootOf(account, holder, ownAccount)))?.tokens;
}

/** Tells whether a holder text, see rootHolder, is that of a root: `self` and its account are one. */
function isRootOf(account: string, holder: string, ownAccount: string | undefined): boolean {
  const isOwn = account === OWN_ACCOUNT || account === ownAccount;
  const numbered = account === OWN_ACCOUNT ? ownAccount : account;
  return (isOwn && holder === 'root') || (numbered !== undefined && holder === `root@${numbered}`);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function canonicalToken(token: Token): Record<string, unknown> {
  return {
    serial: token.serial,
    type: token.type,
    ...(token.profile === undefined ? {} : { profile: token.profile }),
    ...(token.custody === undefined ? {} : { custody: token.custody }),
  };
}

function canonicalSlots(tokens: readonly SlotToken[]): readonly Record<string, unknown>[] {
  return tokens.map((token) => ({ slot: token.slot, ...canonicalToken(token) }));
}

function bySlot(tokens: readonly SlotToken[]): readonly SlotToken[] {
  return [...tokens].sort((a, b) => byText(a.slot, b.slot));
}

/** Digits sort before letters, and `self` goes first. */
function byAccount(a: Root, b: Root): number {
  return (
    Number(b.account === OWN_ACCOUNT) - Number(a.account === OWN_ACCOUNT) || byText(a.account, b.account)
  );
}

/** Sorts a record into the one order its generation is computed over. */
export function sortRecord(record: FleetRecord): FleetRecord {
  return {
    fleet: record.fleet,
    holders: [...record.holders]
      .sort((a, b) => byText(a.name, b.name))
      .map(({ name, tokens }) => ({ name, tokens: bySlot(tokens) })),
    roots: [...record.roots]
      .sort(byAccount)
      .map(({ account, tokens }) => ({ account, tokens: bySlot(tokens) })),
    // By profile too: the profiles of one molto2 token share its serial.
    spares: [...record.spares].sort(
      (a, b) => byText(a.serial, b.serial) || (a.profile ?? 0) - (b.profile ?? 0),
    ),
  };
}

/**
 * Computes the generation of a record: the SHA-256 (64 lower-case hexadecimal digits) of its canonical JSON. Two inventories
 * that declare the same tokens have the same generation, however they are ordered or commented.
 */
export function generationOf(record: FleetRecord): string {
  const sorted = sortRecord(record);
  const roots = sorted.roots.map(({ account, tokens }) => ({ account, tokens: canonicalSlots(tokens) }));
  const canonical = JSON.stringify({
    schema: schemaOf(record),
    fleet: sorted.fleet,
    holders: sorted.holders.map(({ name, tokens }) => ({ name, tokens: canonicalSlots(tokens) })),
    ...(roots.length === 0 ? {} : { roots }),
    spares: sorted.spares.map(canonicalToken),
  });
  return createHash('sha256').update(canonical, 'utf8').digest('hex');
}
