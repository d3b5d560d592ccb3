/** Evidence: what a ceremony observed and checked, for those who were not at the table. Holds no secret. */

/** The schema version of evidence written by this code. */
export const EVIDENCE_SCHEMA = 1;

/** Why a token was replaced. */
export const REPLACE_REASONS = ['lost', 'stolen', 'broken', 'expired'] as const;
export type ReplaceReason = (typeof REPLACE_REASONS)[number];

/** What evidence can be of. */
export const CEREMONIES = ['enroll', 'prove', 'resync', 'replace', 'retire'] as const;
export type CeremonyKind = (typeof CEREMONIES)[number];

/** The line of a local log that a piece of evidence in SSM was written from. */
export interface LogAnchor {
  /** UUID of the log: every machine has its own. */
  readonly id: string;
  /** Counted from 1. */
  readonly line: number;
  /** SHA-256 of the line without its line end, 64 lower-case hexadecimal digits. */
  readonly hash: string;
}

/** One ceremony on one token. */
export interface Evidence {
  readonly schema: number;
  /** UUID of the ceremony: the same in the journal, and in the run tag of the device it made. */
  readonly id: string;
  readonly ceremony: CeremonyKind;
  readonly fleet: string;
  readonly holder: string;
  readonly slot: string;
  readonly tokenSerial: string;
  /** The vendor's name of the model; absent where the token was not at hand. */
  readonly tokenModel?: string;
  readonly deviceArn: string;
  /** Generation of the record the token was checked against. */
  readonly generation: string;
  /** ARN of the caller who did it. */
  readonly by: string;
  /** The second person, who typed the token's serial. */
  readonly witness?: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The checks that passed, in order. */
  readonly checks: readonly string[];
  /** Of a replacement: why. */
  readonly reason?: ReplaceReason;
  /** Of a replacement: serial of the token it took the place of. */
  readonly replaces?: string;
  /** The token's clock minus this machine's when it was read, seconds. */
  readonly clockOffsetSeconds?: number;
  /** Program and version. */
  readonly tool: string;
  /** Only in SSM: where the same evidence stands in a log, so that a log that was cut off is found out. */
  readonly log?: LogAnchor;
}

/** The last part of an ARN: a user's name, or the name of an assumed role's session. */
export function callerName(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
