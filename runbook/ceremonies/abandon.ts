/** Abandons a ceremony: undoes what stands in the way of the next one, and deletes its journal. */
import { formatDeviceArn, isDeviceOf } from '../../lib/record/names';
import { AwsFault, type CallerIdentity } from '../aws/aws';
import { explain } from '../ceremony/explain';
import { type Journal, journalPlace } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import { deleteIfThere, devicesOfUser, identityOf, isListed, SHOWN_AFTER_SECONDS } from '../device/iam';
import { isDeactivated, keptOldDevice, type OldDevice } from '../device/old-device';
import { RunbookError } from '../runbook-error';
import { deviceStepOf } from './enrollment';
import { isRoot } from './root-subject';

/** The device that an abandoned ceremony was taking out: it stays as it is. */
interface Left {
  /** It can still sign its holder in. */
  readonly isInUse: boolean;
  /** A clause for people, with the command that deletes the device if nobody uses it. */
  readonly told: string;
}

/**
 * Deletes the device that the ceremony made, if it is still assigned to nobody, and deletes the journal. A device that
 * the ceremony was taking out stays as it is.
 *
 * @returns what happened, for people
 * @throws RunbookError with the state of the device
 */
export async function abandon(journal: Journal, identity: CallerIdentity, ports: Ports): Promise<string> {
  const { fleet, holder, slot } = journal.subject;
  const name = { holder, slot, ...journalPlace(journal) };
  const arn = formatDeviceArn(identity.partition, identity.account, fleet, name);
  const abandonment = new Abandonment(journal, arn, ports);
  try {
    return await abandonment.perform();
  } catch (error) {
    throw explain(error, ports.line).withState(abandonment.describe());
  }
}

class Abandonment {
  /** The device that the ceremony made. */
  #stage: 'unchanged' | 'deleted' | 'unknown' = 'unchanged';

  public constructor(
    private readonly journal: Journal,
    private readonly arn: string,
    private readonly ports: Ports,
  ) {}

  /** Describes the state for the `state:` line. */
  public describe(): string {
    switch (this.#stage) {
      case 'unchanged':
        return 'nothing was changed';
      case 'deleted':
        return `the device ${this.arn} was deleted, the journal is still there`;
      case 'unknown':
        return `cannot tell whether the device ${this.arn} was deleted; the journal is still there`;
    }
  }

  public async perform(): Promise<string> {
    const { journal, ports } = this;
    const open = await ports.journals.open(journal.subject);
    try {
      // It was listed before it was locked: another process may have finished it, and started another since.
      if (open.found?.id !== journal.id) {
        return 'another run has already closed it; nothing was done';
      }
      // Looked at before anything is changed: what stays decides what is said of the rest.
      const left = await lookAtOldDevice(journal, ports);
      const undone = await this.#undo(left);
      await open.remove();
      return [undone, left?.told].filter((clause) => clause !== undefined).join('; ');
    } finally {
      await open.release();
    }
  }

  /** @returns what happened to the device that the ceremony made, for people; a retirement makes none */
  async #undo(left: Left | undefined): Promise<string | undefined> {
    const { journal, arn, ports } = this;
    if (journal.ceremony === 'retire' && left !== undefined) {
      return undefined;
    }
    if (deviceStepOf(journal) === undefined) {
      if (isRoot(journal.subject.holder)) {
        return 'a device that the console has begun or enabled for root stays as it is';
      }
      return 'it had not created a device';
    }
    const identity = await identityOf(ports, arn, journal.id);
    if (identity === 'other') {
      return `somebody has made a new device ${arn} since then: it is left alone`;
    }
    if (identity === 'gone') {
      return this.#notShown();
    }
    ports.signal.throwIfAborted();
    this.#stage = 'unknown';
    try {
      await deleteIfThere(ports, arn);
      this.#stage = 'deleted';
      return `the device ${arn} was deleted`;
    } catch (error) {
      if (!(error instanceof AwsFault)) {
        throw error;
      }
      if (error.wasRefused) {
        this.#stage = 'unchanged';
      }
      if (error.code !== 'DeleteConflict') {
        throw error;
      }
      return `the device ${arn} is enabled, and stays; ${this.#completion(left)}`;
    }
  }

  /** Says how the device that stays gets its evidence. */
  #completion(left: Left | undefined): string {
    const { subject, serial, request } = this.journal;
    const { line } = this.ports;
    const place = [subject.holder, '--slot', subject.slot];
    const enroll = `\`${line.other('enroll', ...place)}\` completes its evidence`;
    if (left === undefined) {
      return enroll;
    }
    return left.isInUse
      ? `\`${line.other('replace', ...place, '--reason', request.reason ?? 'lost')}\` takes the old one out and completes the evidence`
      : `once the record declares ${serial} for the slot, ${enroll}`;
  }

  #notShown(): string {
    const { journal, arn, ports } = this;
    const { at = journal.startedAt } = deviceStepOf(journal) ?? {};
    if (ports.clock.now() - Date.parse(at) > SHOWN_AFTER_SECONDS * 1000) {
      return 'its device is already deleted';
    }
    throw new RunbookError('iam/leftover', `IAM does not show the device ${arn}, but may show it late`, {
      hints: ['wait two minutes, then run `{command}` again'],
      exitCode: 3,
    });
  }
}

/** Looks at the device that the ceremony had chosen to take out. Changes nothing. Throws AwsFault. */
async function lookAtOldDevice(journal: Journal, ports: Ports): Promise<Left | undefined> {
  const old = keptOldDevice(journal);
  if (old === undefined) {
    return undefined;
  }
  const { arn, holder } = old;
  if (!old.isVirtual) {
    const isInUse = await isListed(ports, arn, holder);
    const told = isInUse ? `is still enabled for ${holder}, and stays` : 'is deactivated';
    return { isInUse, told: `the token ${arn} ${told}` };
  }
  const identity = await identityOf(ports, arn, old.run);
  if (identity === 'gone') {
    const plan = `\`${ports.line.other('plan')}\``;
    const next =
      journal.ceremony === 'replace'
        ? `while the record still declares that token, ${plan} asks to enroll it: declare another in its place`
        : `${plan} says what still needs doing`;
    return { isInUse: false, told: `the device ${arn} is deleted; ${next}` };
  }
  if (identity === 'other') {
    return { isInUse: false, told: `somebody has made a new device ${arn} since then: it is left alone` };
  }
  // IAM's lists lag: what was done for sure is not looked up.
  if (!isDeactivated(journal) && old.isAssigned && (await isListed(ports, arn, holder))) {
    return { isInUse: true, told: `the device ${arn} is still enabled for ${holder}, and stays` };
  }
  const command = await deletion(journal, old, ports);
  const told = `the device ${arn} is left, assigned to nobody: \`${command}\` deletes it`;
  return { isInUse: false, told };
}

/** Formats the command that deletes it: retiring the slot would also delete the new device of a replacement. */
async function deletion({ subject }: Journal, { arn }: OldDevice, ports: Ports): Promise<string> {
  const devices = (await devicesOfUser(ports, subject.holder)) ?? [];
  return devices.some((device) => device.arn !== arn && isDeviceOf(device.arn, subject))
    ? `aws iam delete-virtual-mfa-device --serial-number ${arn}`
    : String(ports.line.other('retire', subject.holder, '--slot', subject.slot));
}
