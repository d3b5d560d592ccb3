/** How a run knows its own device, and how it is patient with IAM. */
import type { DeviceName } from '../../lib/record/names';
import { AwsFault, type CallerIdentity } from '../aws/aws';
import type { Ports } from '../ceremony/ports';
import type { World } from '../ceremony/world';

/** Whose device, for which token, under which record. */
export interface DeviceRequest {
  readonly fleet: string;
  readonly name: DeviceName;
  readonly generation: string;
  readonly identity: CallerIdentity;
  readonly command: string;
}

/** The tag that says which ceremony made a device. */
export const RUN_TAG = 'mfa-guardrails:run';

/** The tags of a device that this run makes. */
export function tagsOf(request: DeviceRequest, world: World): Readonly<Record<string, string>> {
  return {
    'mfa-guardrails:fleet': request.fleet,
    'mfa-guardrails:holder': request.name.holder,
    'mfa-guardrails:slot': request.name.slot,
    'mfa-guardrails:token-serial': request.name.serial,
    'mfa-guardrails:generation': request.generation,
    [RUN_TAG]: world.id,
  };
}

/** Whether the device was made by this ceremony; nothing when IAM shows no such device. */
export async function isOwn(ports: Ports, world: World): Promise<boolean | undefined> {
  try {
    return (await ports.aws.deviceTags(world.deviceArn))[RUN_TAG] === world.id;
  } catch (error) {
    if (error instanceof AwsFault && error.code === 'NoSuchEntity') {
      return undefined;
    }
    throw error;
  }
}

/** Codes by which IAM says that somebody else changes the same thing just now: nothing was done. */
const BUSY: ReadonlySet<string> = new Set(['ConcurrentModification', 'EntityTemporarilyUnmodifiable']);
const BUSY_PAUSES_SECONDS = [1, 2, 4, 8];

/** Repeats a call that IAM refuses because it is busy with the same entity. */
export async function patiently<T>(ports: Ports, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  for (const seconds of BUSY_PAUSES_SECONDS) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof AwsFault) || !BUSY.has(error.code)) {
        throw error;
      }
      await ports.clock.sleep(seconds * 1000, signal);
    }
  }
  return call();
}
