/** Gives a ceremony up: undoes what stands in the way of the next one, and closes its journal. */
import { formatDeviceArn } from '../../lib/record/names';
import { AwsFault, type CallerIdentity } from '../aws/aws';
import { explain } from '../ceremony/explain';
import type { Journal } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import { World } from '../ceremony/world';
import { deleteIfThere } from '../device/leftover';
import { isOwn } from '../device/own-device';
import { RunbookError } from '../runbook-error';
import { lookAtRemoval, type OldDevice } from './abandoned-removal';

/** IAM has shown by then whatever it was told. */
const VISIBLE_AFTER_MS = 120_000;

/**
 * Deletes the device that the ceremony made, if it is still assigned to nobody, and takes the journal away. A device
 * that the ceremony was taking out stays as it is.
 *
 * @param options the common options as they were given, for commands that are named
 * @param command the command line that does this, for hints
 * @returns what became of it, for people
 * @throws RunbookError with the state of the device
 */
export async function abandon(
  journal: Journal,
  identity: CallerIdentity,
  ports: Ports,
  signal: AbortSignal,
  options: string,
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
      if (open.found?.id !== journal.id) {
        return 'another run closed it meanwhile, and nothing was done';
      }
      // Before anything is changed: what stays decides what is said of the rest.
      const old = await lookAtRemoval(journal, ports, options);
      const made = await undo({ journal, world, old, options }, ports, signal);
      await open.remove();
      return [made, old?.told].filter((clause) => clause !== undefined).join('; ');
    } finally {
      await open.release();
    }
  } catch (error) {
    throw explain(error, { command, options }).withState(describe(world));
  }
}

function describe({ device, deviceArn }: World): string {
  if (device === 'none') {
    return 'nothing was changed';
  }
  return device === 'deleted'
    ? `the device ${deviceArn} was deleted, the journal is still there`
    : `whether the device ${deviceArn} was deleted could not be found out, the journal is still there`;
}

/** What is given up. */
interface Abandoned {
  readonly journal: Journal;
  readonly world: World;
  /** The device that it was taking out. */
  readonly old: OldDevice | undefined;
  readonly options: string;
}

/** @returns what became of the device that the ceremony made, for people; a retirement makes none */
async function undo(abandoned: Abandoned, ports: Ports, signal: AbortSignal): Promise<string | undefined> {
  const { journal, world } = abandoned;
  if (journal.ceremony === 'retire' && abandoned.old !== undefined) {
    return undefined;
  }
  if (journal.steps.every(({ name }) => name !== 'device')) {
    return 'it had made no device';
  }
  const own = await isOwn(ports, world);
  if (own === false) {
    return `${world.deviceArn} is somebody else's by now, and stays`;
  }
  if (own === undefined) {
    return notShown(journal, world, ports);
  }
  signal.throwIfAborted();
  world.device = 'unknown';
  try {
    await deleteIfThere(ports, world.deviceArn);
    world.device = 'deleted';
    return `the device ${world.deviceArn} was deleted`;
  } catch (error) {
    if (!(error instanceof AwsFault)) {
      throw error;
    }
    if (error.wasRefused) {
      world.device = 'none';
    }
    if (error.code !== 'DeleteConflict') {
      throw error;
    }
    return `the device ${world.deviceArn} is enabled, and stays; ${completion(abandoned)}`;
  }
}

/** How the device that stays comes by its evidence. */
function completion({ journal, old, options }: Abandoned): string {
  const place = `${journal.subject.holder} --slot ${journal.subject.slot}`;
  if (old === undefined) {
    return `\`mfa-runbook enroll ${place}${options}\` completes its evidence`;
  }
  return old.isInUse
    ? `\`mfa-runbook replace ${place} --reason ${journal.request.reason ?? 'lost'}${options}\` takes the old one out and completes the evidence`
    : `once the record declares ${journal.serial} for the slot, \`mfa-runbook enroll ${place}${options}\` completes its evidence`;
}

function notShown(journal: Journal, world: World, ports: Ports): string {
  const { at = journal.startedAt } = journal.steps.find(({ name }) => name === 'device') ?? {};
  const ageMs = ports.clock.now() - Date.parse(at);
  if (ageMs > VISIBLE_AFTER_MS) {
    return 'its device is gone';
  }
  throw new RunbookError(
    'iam/leftover',
    `IAM does not show the device ${world.deviceArn}, and may show it late`,
    {
      hints: [`wait two minutes, then run \`{command}\` again`],
      exitCode: 3,
    },
  );
}
