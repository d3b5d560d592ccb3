/**
 * AWS as the fault matrix has it: straight into the sandbox. For tests that open many worlds and do not test the SDK,
 * which takes longer than everything else.
 */
import { type Aws, AwsFault } from '../../runbook/aws/aws';
import type { AwsSettings } from '../../runbook/aws/session';
import { directAws } from '../faults/direct-aws';
import type { WayOut } from '../faults/outside';
import { Process } from '../faults/scheduler';
import { ConnectionDropped } from '../sandbox/faults';
import { AwsError } from '../sandbox/operation';
import type { Bench } from './bench';

/** Nothing is in the way, and nothing takes turns. */
export const FREE: WayOut = {
  process: new Process('free', () => undefined),
  call: async (_kind, _name, effect) => effect(undefined),
  again: async (_kind, effect) => effect(),
  sleep: async () => undefined,
};

/** The Regions that the real port asks from eu-central-1. */
const SIGN_IN_REGIONS = ['us-east-1', 'us-east-2', 'eu-north-1', 'ap-southeast-2', 'eu-central-1'];

/**
 * The AWS port of a bench without the SDK, with the credentials and the clock that the SDK would have. A connection that
 * breaks is tried five times, as the SDK does.
 */
export function withoutHttp(bench: Bench, settings?: AwsSettings): Aws {
  const { sandbox, credentials } = bench;
  if (credentials === undefined) {
    throw new AwsFault('sts:GetCallerIdentity', 'no-credentials', 'the bench has none');
  }
  const aws = directAws({
    serve: async (caller, ...call) => {
      try {
        return await sandbox.call(caller, ...call);
      } catch (error) {
        if (!(error instanceof ConnectionDropped)) {
          throw error;
        }
        // A server error is repeated, as the SDK repeats a call whose connection broke.
        throw new AwsError('no-answer', 599, 'the connection broke');
      }
    },
    credentials,
    outside: FREE,
    worldNow: sandbox.clock.now,
    pass: (ms) => sandbox.clock.advance(ms),
    settings: settings ?? { now: bench.machineNow },
    signInRegions: SIGN_IN_REGIONS,
  });
  return {
    ...aws,
    createDevice: async (device) => {
      const created = await aws.createDevice(device);
      bench.seeds.push(created.seed.use((bytes) => Uint8Array.from(bytes)));
      bench.created.push(created.seed);
      return created;
    },
  };
}
