/**
 * AWS as the fault matrix has it: straight into the sandbox. For tests that open many worlds, in which the SDK is not
 * what is tried and takes longer than all the rest.
 */
import { type Aws, AwsFault } from '../../runbook/aws/aws';
import { directAws } from '../faults/direct-aws';
import type { WayOut } from '../faults/outside';
import { Process } from '../faults/scheduler';
import { ConnectionDropped } from '../sandbox/faults';
import type { Sandbox } from '../sandbox/sandbox';
import type { Bench } from './bench';

/** Nothing is in the way, and nothing takes turns. */
const FREE: WayOut = {
  process: new Process('free', () => undefined),
  call: async (_kind, _name, effect) => effect(undefined),
  again: async (_kind, effect) => effect(),
  sleep: async () => undefined,
};

/** A connection that breaks breaks for good: what the SDK does about one that breaks once needs the SDK. */
export function withoutHttp(sandbox: Sandbox): Aws {
  return directAws({
    serve: async (credentials, service, operation, input) => {
      try {
        return await sandbox.call(credentials, service, operation, input);
      } catch (error) {
        if (!(error instanceof ConnectionDropped)) {
          throw error;
        }
        throw new AwsFault(`${service}:${operation}`, 'no-answer', 'the connection broke');
      }
    },
    credentials: sandbox.administrator,
    outside: FREE,
    worldNow: sandbox.clock.now,
    pass: (ms) => sandbox.clock.advance(ms),
    settings: { now: sandbox.clock.now },
  });
}

/** The same for a bench, which keeps the seeds. */
export function withoutHttpOf(bench: Bench): Aws {
  const aws = withoutHttp(bench.sandbox);
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
