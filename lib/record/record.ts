/**
 * The record: which physical token belongs to which IAM user, as it is deployed to Parameter Store and
 * as every reader sees it. Pure data; the inventory (what people edit) and the pages (what Parameter Store holds) both
 * convert to this.
 */
import { createHash } from 'node:crypto';

/** The schema version that this code writes, and the newest that it reads. */
export const RECORD_SCHEMA = 1;

/** Every type of token a record can declare. */
export const TOKEN_TYPES = ['programmable', 'oath', 'molto2', 'hardware-totp', 'fido2'] as const;

/**
 * The kind of a token, which decides how it is enrolled: `programmable` (its seed is burned over NFC), `oath` (a YKOATH
 * security key), `molto2` (a multi-profile token), `hardware-totp` (AWS already knows the seed of this serial) and
 * `fido2` (enrolled in a browser; recorded so that the audit expects it).
 */
export type TokenType = (typeof TOKEN_TYPES)[number];

/** One physical token. */
export interface Token {
  /** The serial printed on the token and read over NFC, as text. */
  readonly serial: string;
  readonly type: TokenType;
  /** Profile of a `molto2` token, 0–99. */
  readonly profile?: number;
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

/** A fleet's whole record. Holders sorted by name, tokens by slot, spares by serial and profile (in code units). */
export interface FleetRecord {
  readonly fleet: string;
  readonly holders: readonly Holder[];
  readonly spares: readonly Token[];
}

/** Finds the token that a record declares for a slot of a holder. */
export function slotToken(record: FleetRecord, holder: string, slot: string): SlotToken | undefined {
  return record.holders.find(({ name }) => name === holder)?.tokens.find((token) => token.slot === slot);
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

/** Sorts a record into the one order its generation is computed over. */
export function sortRecord(record: FleetRecord): FleetRecord {
  return {
    fleet: record.fleet,
    holders: [...record.holders]
      .sort((a, b) => byText(a.name, b.name))
      .map((holder) => ({
        name: holder.name,
        tokens: [...holder.tokens].sort((a, b) => byText(a.slot, b.slot)),
      })),
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
  const canonical = JSON.stringify({
    schema: RECORD_SCHEMA,
    fleet: sorted.fleet,
    holders: sorted.holders.map((holder) => ({
      name: holder.name,
      tokens: holder.tokens.map((token) => ({ slot: token.slot, ...canonicalToken(token) })),
    })),
    spares: sorted.spares.map(canonicalToken),
  });
  return createHash('sha256').update(canonical, 'utf8').digest('hex');
}
