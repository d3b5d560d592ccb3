/** Gives a ceremony up: undoes what stands in the way of the next one, and closes its journal. */
import { formatDeviceArn } from '../../lib/record/names';
import { AwsFault, type CallerIdentity } from '../aws/ports';
import { RunbookError } from '../runbook-error';
import type { Journal } from './journal';
import { isOwn } from './own-device';
import type { Ports } from './ports';
import { World } from './world';

/** IAM has shown by then whatever it was told. */
const VISIBLE_AFTER_MS = 120_000;

/**
 * Deletes the device that the ceremony made, if it is still assigned to nobody, and takes the journal away.
 *
 * @returns what became of it, for people
 */
export async function abandon(journal: Journal, identity: CallerIdentity, ports: Ports): Promise<string> {
  const open = await ports.journals.open(journal.subject);
  try {
    const outcome = await undo(open.found ?? journal, identity, ports);
    await open.remove();
    return outcome;
  } finally {
    await open.release();
  }
}

async function undo(journal: Journal, identity: CallerIdentity, ports: Ports): Promise<string> {
  if (journal.steps.every(({ name }) => name !== 'device')) return 'it had made no device';
  const { fleet, holder, slot } = journal.subject;
  const world = new World();
  world.id = journal.id;
  const name = { holder, slot, serial: journal.serial };
  world.deviceArn = formatDeviceArn(identity.partition, identity.account, fleet, name);
  const own = await isOwn(ports, world);
  if (own === false) return `${world.deviceArn} is somebody else's by now, and stays`;
  if (own === undefined) return notShown(journal, world, ports);
  try {
    await ports.aws.deleteDevice(world.deviceArn);
    return `the device ${world.deviceArn} was deleted`;
  } catch (error) {
    if (!(error instanceof AwsFault) || error.code !== 'DeleteConflict') throw error;
    return `the device ${world.deviceArn} is enabled, and stays; \`mfa-runbook enroll ${holder} --slot ${slot}\` completes its evidence`;
  }
}

function notShown(journal: Journal, world: World, ports: Ports): string {
  const ageMs = ports.clock.now() - Date.parse(journal.startedAt);
  if (ageMs > VISIBLE_AFTER_MS) return 'its device is gone';
  throw new RunbookError(
    'iam/leftover',
    `IAM does not show the device ${world.deviceArn}, and may show it late`,
    {
      hints: ['wait two minutes, then run `mfa-runbook resume --abandon` again'],
      exitCode: 3,
    },
  );
}
