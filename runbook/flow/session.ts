/** What the steps of one enrolment share. */
import type { DeployedRecord } from '../../lib/record/pages';
import type { SlotToken } from '../../lib/record/record';
import type { CallerIdentity } from '../aws/ports';
import type { Ports } from './ports';
import type { TypedCodes } from './prove-codes';
import type { World } from './world';

/** What to enrol. */
export interface EnrollRequest {
  readonly fleet: string;
  readonly holder: string;
  readonly slot: string;
  readonly reader: string | undefined;
  readonly codes: TypedCodes;
  /** The command line, for hints. */
  readonly command: string;
}

/** What is carried through the steps of one enrolment. */
export interface Session {
  readonly request: EnrollRequest;
  readonly ports: Ports;
  readonly world: World;
  readonly signal: AbortSignal;
}

/** What steps 1 and 2 found. */
export interface Plan {
  readonly deployed: DeployedRecord;
  readonly identity: CallerIdentity;
  readonly token: SlotToken;
}
