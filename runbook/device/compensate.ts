/**
 * What becomes of the device of a run that did not get as far as it should.
 *
 * Rules: only a device that carries this run's tag is deleted; a device that IAM will not delete because it is
 * assigned was enabled; what cannot be found out is said to be unknown.
 */
import { AwsFault } from '../aws/aws';
import type { Ports } from '../ceremony/ports';
import type { World } from '../ceremony/world';
import { isOwn } from './own-device';

/** IAM needs some time to show what was created a moment ago. */
const PAUSES_MS = [0, 250, 1000];

/** Leaving IAM in order is not stopped by the Ctrl-C that made it necessary. */
const UNSTOPPABLE = new AbortController().signal;

/** Deletes the device of a run that failed before it was enabled, whatever made it fail. Never throws. */
export async function compensate(ports: Ports, world: World): Promise<void> {
  if (!world.mayHaveLeftADevice) {
    return;
  }
  await ports.terminal.during('leaving IAM in order', deleteOpen(ports, world));
}

async function deleteOpen(ports: Ports, world: World): Promise<void> {
  for (const [index, pauseMs] of PAUSES_MS.entries()) {
    if (!world.mayHaveLeftADevice) {
      return;
    }
    if (pauseMs > 0) {
      await ports.clock.sleep(pauseMs, UNSTOPPABLE);
    }
    try {
      await deleteOwn(ports, world, index === PAUSES_MS.length - 1);
    } catch {
      // Tried again; what remains is said in the state line.
    }
  }
}

/** After an Enable that failed: finds out whether it took effect, and deletes the device if it did not. */
export async function settle(holder: string, ports: Ports, world: World): Promise<void> {
  try {
    const devices = await ports.aws.devicesOf(holder);
    const isListed = devices.some((device) => device.arn === world.deviceArn);
    if (isListed && (await isOwn(ports, world))) {
      world.device = 'enabled';
    }
  } catch {
    // A listing that fails leaves the question to the deletion.
  }
  await compensate(ports, world);
}

/** @param last whether there is no time left for IAM to show the device */
async function deleteOwn(ports: Ports, world: World, last: boolean): Promise<void> {
  const own = await isOwn(ports, world);
  if (own === false) {
    world.device = world.device === 'created' ? 'taken-away' : 'none';
  }
  if (own === undefined && last) {
    world.device = 'not-shown';
  }
  if (own !== true) {
    return;
  }
  try {
    await ports.aws.deleteDevice(world.deviceArn);
    world.device = 'deleted';
  } catch (error) {
    if (error instanceof AwsFault && error.code === 'DeleteConflict') {
      world.device = 'enabled';
    } else {
      throw error;
    }
  }
}
