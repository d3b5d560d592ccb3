/** Gives a ceremony up: undoes what stands in the way of the next one, and closes its journal. */
import { formatDeviceArn } from '../../lib/record/names';
import { AwsFault, type CallerIdentity } from '../aws/ports';
import { RunbookError } from '../runbook-error';
import { explain } from './explain';
import type { Journal } from './journal';
import { deleteIfThere } from './leftover';
import { isOwn } from './own-device';
import type { Ports } from './ports';
import { World } from './world';

/** IAM has shown by then whatever it was told. */
const VISIBLE_AFTER_MS = 120_000;

/**
 * Deletes the device that the ceremony made, if it is still assigned to nobody, and takes the journal away.
 *
 * @param command the command line that does this, for hints
 * @returns what became of it, for people
 * @throws RunbookError with the state of the device
 */
export async function abandon(
  journal: Journal,
  identity: CallerIdentity,
  ports: Ports,
  signal: AbortSignal,
  command: string,
): Promise<string> {
  const { fleet, holder, slot } = journal.subject;
  const world = new World();
  world.id = journal.id;
  const name = { holder, slot, serial: journal.serial };
  world.deviceArn = formatDeviceArn(identity.partition, identity.account, fleet, name);
  try {
    const open = await ports.journals.open(journal.subject);
    try {
      // Listed before it was locked: another process may have finished it, and begun another since.
      if (open.found?.id !== journal.id) return 'another run closed it meanwhile, and nothing was done';
      const outcome = await undo(journal, world, ports, signal);
      await open.remove();
      return outcome;
    } finally {
      await open.release();
    }
  } catch (error) {
    throw explain(error, { command }).withState(describe(world));
  }
}

const describe = ({ device, deviceArn }: World): string => {
  if (device === 'none') return 'nothing was changed';
  return device === 'deleted'
    ? `the device ${deviceArn} was deleted, the journal is still there`
    : `whether the device ${deviceArn} was deleted could not be found out, the journal is still there`;
};

async function undo(journal: Journal, world: World, ports: Ports, signal: AbortSignal): Promise<string> {
  const hasBegun = (step: string): boolean => journal.steps.some(({ name }) => name === step);
  if (!hasBegun('device')) {
    return hasBegun('deactivate')
      ? 'it had made no device; the one it took away does not come back, and `mfa-runbook plan` says what is left to do'
      : 'it had made no device';
  }
  const { holder, slot } = journal.subject;
  const own = await isOwn(ports, world);
  if (own === false) return `${world.deviceArn} is somebody else's by now, and stays`;
  if (own === undefined) return notShown(journal, world, ports);
  signal.throwIfAborted();
  world.device = 'unknown';
  try {
    await deleteIfThere(ports, world.deviceArn);
    world.device = 'deleted';
    return `the device ${world.deviceArn} was deleted`;
  } catch (error) {
    if (!(error instanceof AwsFault)) throw error;
    if (error.wasRefused) world.device = 'none';
    if (error.code !== 'DeleteConflict') throw error;
    const rest =
      journal.ceremony === 'enroll'
        ? `\`mfa-runbook enroll ${holder} --slot ${slot}\` completes its evidence`
        : '`mfa-runbook plan` says what is left to do';
    return `the device ${world.deviceArn} is enabled, and stays; ${rest}`;
  }
}

function notShown(journal: Journal, world: World, ports: Ports): string {
  const ageMs = ports.clock.now() - Date.parse(journal.startedAt);
  if (ageMs > VISIBLE_AFTER_MS) return 'its device is gone';
  throw new RunbookError(
    'iam/leftover',
    `IAM does not show the device ${world.deviceArn}, and may show it late`,
    {
      hints: [`wait two minutes, then run \`mfa-runbook resume --abandon${options}\` again`],
      exitCode: 3,
    },
  );
}
