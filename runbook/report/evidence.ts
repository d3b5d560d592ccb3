/** Evidence: what an enrolment observed and checked, for those who were not at the table. Holds no secret. */
import type { SlotToken } from '../../lib/record/record';

/** The schema version of evidence written by this code. */
export const EVIDENCE_SCHEMA = 1;

/** One ceremony on one token. */
export interface Evidence {
  readonly schema: number;
  readonly ceremony: 'enroll';
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
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The checks that passed, in order. */
  readonly checks: readonly string[];
  /** Program and version. */
  readonly tool: string;
}

/** What evidence of an enrolment is made from. */
export interface EnrolmentFacts {
  readonly fleet: string;
  readonly holder: string;
  readonly token: SlotToken;
  readonly model?: string;
  readonly deviceArn: string;
  readonly generation: string;
  readonly callerArn: string;
  readonly atMs: number;
  readonly checks: readonly string[];
  readonly tool: string;
}

/** Evidence of an enrolment. */
export function enrolmentEvidence(facts: EnrolmentFacts): Evidence {
  return {
    schema: EVIDENCE_SCHEMA,
    ceremony: 'enroll',
    fleet: facts.fleet,
    holder: facts.holder,
    slot: facts.token.slot,
    tokenSerial: facts.token.serial,
    ...(facts.model === undefined ? {} : { tokenModel: facts.model }),
    deviceArn: facts.deviceArn,
    generation: facts.generation,
    by: facts.callerArn,
    at: new Date(facts.atMs).toISOString(),
    checks: facts.checks,
    tool: facts.tool,
  };
}
