/** What became of the device that a run which died had made, or had been about to make. */
import { formatDeviceArn } from '../../lib/record/names';
import { AwsFault } from '../aws/aws';
import type { Enrolling, EnrollRequest } from '../ceremonies/enrolling';
import type { Ceremony } from '../ceremony/ceremony';
import type { Settled } from '../ceremony/effects';
import { isOwn } from './own-device';
import { holderDevices } from './preflight';

/**
 * The seed died with the run that made it. If it was burned, the enrolment goes on with what the token shows; if not,
 * the device is of no use to anybody and goes.
 */
export async function settleDevice({ ceremony }: Enrolling): Promise<Settled> {
  const { identity, request, progress, ports, world } = ceremony;
  const { serial } = progress.journal;
  const name = { holder: request.holder, slot: request.slot, serial };
  world.deviceArn = formatDeviceArn(identity.partition, identity.account, request.fleet, name);
  const own = await isOwn(ports, world);
  if (own !== true) {
    // Somebody else's by now; or gone; or not shown yet: then it stands in nobody's way, because its tag tells it.
    world.device = own === false ? 'none' : 'not-shown';
    return 'undone';
  }
  world.device = 'created';
  const wasBurned = progress.find('burn')?.state === 'done';
  if (wasBurned && serial === ceremony.token.serial) {
    return 'done';
  }
  try {
    await ports.aws.deleteDevice(world.deviceArn);
  } catch (error) {
    if (error instanceof AwsFault && error.code === 'NoSuchEntity') {
      world.device = 'none';
    } else if (error instanceof AwsFault && error.code === 'DeleteConflict') {
      world.device = 'enabled';
    } else {
      throw error;
    }
    // Assigned: by this ceremony, or by somebody's hand, and then it is as if enrolled before.
    const isOurs = world.device === 'enabled' && progress.find('enable') !== undefined;
    return isOurs ? 'done' : 'undone';
  }
  world.device = 'none';
  ports.terminal.say(`deleted the device ${world.deviceArn}, whose seed was lost with the run that made it`);
  ports.terminal.event('leftover-deleted', { deviceArn: world.deviceArn });
  return 'undone';
}

/** IAM lists the device of this ceremony for its holder. */
export async function isAssigned({ ports, request, world }: Ceremony<EnrollRequest>): Promise<boolean> {
  const devices = await holderDevices(ports.aws, request.holder);
  return devices.some(({ arn }) => arn === world.deviceArn);
}
