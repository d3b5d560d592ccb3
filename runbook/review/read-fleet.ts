/**
 * Reads what a plan is made from, and changes nothing: one call to STS, one to IAM for each 1,000 devices in the account,
 * and one to SSM for each 10 pages of the record and each 10 tokens with evidence. The listings are read in parallel.
 */
import { evidencePath } from '../../lib/record/names';
import type { DeployedRecord } from '../../lib/record/pages';
import type { CallerIdentity } from '../aws/aws';
import type { Ports } from '../ceremony/ports';
import { readRecord } from '../record/declared-token';
import type { FleetState } from './fleet-plan';
import { parseProofs } from './proof';

/** Reads what AWS and this machine hold about a fleet. Throws AwsFault and RecordError. */
export async function readFleet(
  fleet: string,
  ports: Pick<Ports, 'aws' | 'journals' | 'clock' | 'terminal'>,
): Promise<{ identity: CallerIdentity; deployed: DeployedRecord; state: Omit<FleetState, 'supply'> }> {
  const { aws, terminal } = ports;
  // Before the others: it may ask for the operator's own code.
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
