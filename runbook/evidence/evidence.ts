/** Evidence: what a ceremony observed and checked, for people who were not there. It holds no secret. */

import type { Place } from '../../lib/record/place';

/** The schema version of the evidence that this code writes. */
export const EVIDENCE_SCHEMA = 1;

export const REPLACE_REASONS = ['lost', 'stolen', 'broken', 'expired'] as const;
export type ReplaceReason = (typeof REPLACE_REASONS)[number];

/** The ceremonies that leave evidence. */
export const CEREMONIES = ['enroll', 'prove', 'resync', 'replace', 'retire'] as const;
export type CeremonyKind = (typeof CEREMONIES)[number];

/** The line of a local log that a piece of evidence in Parameter Store was written from. */
export interface LogAnchor {
  /** UUID of the log; each machine has its own. */
  readonly id: string;
  /** Counted from 1. */
  readonly line: number;
  /** SHA-256 of the line without its line end: 64 lower-case hexadecimal digits. */
  readonly hash: string;
}

/** The evidence of one ceremony on one token. */
export interface Evidence {
  readonly schema: number;
  /** UUID of the ceremony; the journal and the run tag of the device it created hold the same. */
  readonly id: string;
  readonly ceremony: CeremonyKind;
  readonly fleet: string;
  readonly holder: string;
  readonly slot: string;
  readonly tokenSerial: string;
  /** The profile that holds the seed, of a multi-profile token. */
  readonly profile?: number;
  /** The vendor's name of the model; absent if the token was not at hand. */
  readonly tokenModel?: string;
  readonly deviceArn: string;
  /** Generation of the record that the token was checked against. */
  readonly generation: string;
  readonly by: string;
  /** The second person, who typed the token's serial. */
  readonly witness?: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The checks that passed, in order. */
  readonly checks: readonly string[];
  readonly reason?: ReplaceReason;
  /** Serial of the token that a replacement took the place of. */
  readonly replaces?: string;
  /** The token's clock minus this machine's when it was read, in seconds. */
  readonly clockOffsetSeconds?: number;
  /** Program and version. */
  readonly tool: string;
  /** The log line with the same evidence, in Parameter Store only: it reveals a log whose end was cut off. */
  readonly log?: LogAnchor;
}

/** Returns the place that evidence is about. */
export function placeOfEvidence({ tokenSerial: serial, profile }: Evidence): Place {
  return profile === undefined ? { serial } : { serial, profile };
}

/** Returns the last part of an ARN: the name of a user, or of an assumed role's session. */
export function callerName(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
