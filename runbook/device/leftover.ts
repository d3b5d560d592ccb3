/** A device that has the name already: an earlier run's, another operator's, or this run's own. */
import { AwsFault } from '../aws/aws';
import type { Ports } from '../ceremony/ports';
import type { World } from '../ceremony/world';
import { RunbookError } from '../runbook-error';
import { type DeviceRequest, isOwn, patiently } from './own-device';

/**
 * Deletes the unassigned device that stands in the way, after a yes. This run's own, whose creation was answered too
 * late, is deleted without asking.
 */
export async function removeLeftover(
  request: DeviceRequest,
  ports: Ports,
  world: World,
  signal: AbortSignal,
): Promise<void> {
  await refuseAssigned(request, ports, world);
  const own = await isOwn(ports, world);
  if (own !== true) {
    // Nothing of this run exists: whatever happens at the question, there is nothing of ours to undo.
    world.device = 'none';
    await askToDelete(request, ports, world, signal);
  }
  signal.throwIfAborted();
  await patiently(ports, signal, () => deleteIfThere(ports, world.deviceArn));
  world.device = 'none';
  if (own === true) {
    return;
  }
  world.leftoverDeleted = true;
  ports.terminal.event('leftover-deleted', { deviceArn: world.deviceArn });
  ports.terminal.say(`deleted the unassigned device ${world.deviceArn}`);
}

/** Deletes a device; one that is gone by now, as after an answer that was lost, is deleted. */
export async function deleteIfThere(ports: Ports, arn: string): Promise<void> {
  try {
    await ports.aws.deleteDevice(arn);
  } catch (error) {
    if (!(error instanceof AwsFault) || error.code !== 'NoSuchEntity') {
      throw error;
    }
  }
}

async function refuseAssigned(request: DeviceRequest, ports: Ports, world: World): Promise<void> {
  const devices = await ports.aws.virtualDevices();
  const user = devices.find((device) => device.arn === world.deviceArn)?.user;
  if (user === undefined) {
    return;
  }
  world.device = 'none';
  if (user === request.name.holder) {
    throw new RunbookError('iam/slot-taken', `${world.deviceArn} became enabled for ${user} just now`, {
      hints: [`another run was faster; see what it did with \`${request.command}\``],
      exitCode: 3,
    });
  }
  throw new RunbookError('iam/name-taken', `the device ${world.deviceArn} is assigned to ${user}`, {
    hints: [
      `it was not made for ${request.name.holder}: find out whose it is (CloudTrail, EnableMFADevice) before anything is deleted`,
    ],
    exitCode: 3,
  });
}

async function askToDelete(
  request: DeviceRequest,
  ports: Ports,
  world: World,
  signal: AbortSignal,
): Promise<void> {
  const question = {
    name: 'delete-leftover',
    message: `the device ${world.deviceArn} exists and is assigned to nobody; delete it and make it anew?`,
  };
  if (await ports.terminal.confirm(question, signal)) {
    return;
  }
  throw new RunbookError('iam/leftover', `the unassigned device ${world.deviceArn} is in the way`, {
    hints: [
      `if nobody else is enrolling it just now, run \`${request.command} --yes\`, which deletes it first`,
    ],
    exitCode: 3,
  });
}
