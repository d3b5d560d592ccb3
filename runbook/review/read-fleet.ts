/**
 * Reads what a plan is made from, and changes nothing. Of n tokens in a fleet and d devices in the account: one call to
 * STS, one to IAM for each 1,000 devices, and one to SSM for each 10 pages of the record and each 10 tokens with
 * evidence. The three listings are read side by side.
 */
import { evidencePath } from '../../lib/record/names';
import type { DeployedRecord } from '../../lib/record/pages';
import type { CallerIdentity } from '../aws/aws';
import type { Ports } from '../ceremony/ports';
import { readRecord } from '../record/declared-token';
import type { FleetState } from './fleet-plan';
import { parseProofs } from './proof';

/** What AWS and this machine hold of a fleet. */
export interface ReadFleet {
  readonly identity: CallerIdentity;
  readonly deployed: DeployedRecord;
  readonly state: Omit<FleetState, 'supply'>;
}

/** Reads everything. Throws AwsFault and RecordError. */
export async function readFleet(
  fleet: string,
  ports: Pick<Ports, 'aws' | 'journals' | 'clock' | 'terminal'>,
): Promise<ReadFleet> {
  const { aws, terminal } = ports;
  // First and alone: it may ask for the operator's own code.
  const identity = await terminal.during('signing in', aws.identity());
  const [deployed, devices, evidence, journals] = await terminal.during(
    'reading the record, IAM and the evidence',
    Promise.all([
      readRecord(aws, fleet),
      aws.virtualDevices(),
      aws.parametersBelow(evidencePath(fleet)),
      ports.journals.list(fleet),
    ]),
  );
  const state = {
    record: deployed.record,
    devices,
    proofs: parseProofs(fleet, evidence),
    journals,
    account: identity.account,
    nowMs: ports.clock.now(),
  };
  return { identity, deployed, state };
}
