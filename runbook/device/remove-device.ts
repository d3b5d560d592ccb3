/**
 * How a device of ours goes: deactivated, deleted, and no longer listed for its holder.
 *
 * Rules: only a device at the fleet's path whose name says holder and slot; the one that was chosen, not one that
 * somebody made under the same name since (its run tag tells); IAM's "no such entity" means that it is done.
 */
import { parseDeviceArn } from '../../lib/record/names';
import { AwsFault } from '../aws/aws';
import { type Ceremony, tellStep } from '../ceremony/ceremony';
import type { Step } from '../ceremony/effects';
import type { Facts, Journal } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import { RunbookError } from '../runbook-error';
import { patiently, RUN_TAG } from './own-device';

/** How far a device is gone. */
export type Removal = 'unchanged' | 'perhaps-deactivated' | 'deactivated' | 'perhaps-deleted' | 'deleted';

/** A device that goes. */
export class Outgoing {
  public removal: Removal = 'unchanged';

  public constructor(
    public readonly arn: string,
    public readonly holder: string,
    public readonly serial: string,
    /** Its run tag; empty for one that carries none. */
    public readonly run: string,
    public readonly isAssigned: boolean,
  ) {}

  /** It is cut off, or may be. */
  public get isTouched(): boolean {
    return this.removal !== 'unchanged';
  }

  /** What a later run needs to know of it. */
  public toFacts(): Facts {
    const { arn, serial, run, isAssigned } = this;
    return { arn, serial, run, assigned: isAssigned ? 'yes' : 'no' };
  }

  public static fromFacts(facts: Facts, holder: string): Outgoing {
    const { arn = '', serial = '', run = '', assigned } = facts;
    return new Outgoing(arn, holder, serial, run, assigned === 'yes');
  }

  /** One clause for the `state:` line. */
  public describe(): string {
    switch (this.removal) {
      case 'unchanged':
        return this.isAssigned
          ? `the device ${this.arn} is still enabled for ${this.holder}`
          : `the device ${this.arn} is as it was, assigned to nobody`;
      case 'perhaps-deactivated':
        return `whether the device ${this.arn} is still enabled could not be found out`;
      case 'deactivated':
        return `the device ${this.arn} is deactivated and not deleted yet`;
      case 'perhaps-deleted':
        return `the device ${this.arn} is deactivated, whether it is deleted could not be found out`;
      case 'deleted':
        return `the device ${this.arn} is gone`;
    }
  }
}

/** What the steps below share with those of the ceremony they belong to. */
export interface Removing {
  readonly ceremony: Ceremony;
  outgoing: Outgoing | undefined;
}

/** The device itself, one that was made under its name since, or none. */
export type Standing = 'same' | 'other' | 'gone';

function isNoSuchEntity(error: unknown): boolean {
  return error instanceof AwsFault && error.code === 'NoSuchEntity';
}

/** The run tag of a device, empty for one without; `undefined` where there is no such device. */
export async function runTagOf(arn: string, ports: Ports): Promise<string | undefined> {
  try {
    return (await ports.aws.deviceTags(arn))[RUN_TAG] ?? '';
  } catch (error) {
    if (isNoSuchEntity(error)) {
      return undefined;
    }
    throw error;
  }
}

/** Whether the device is still there, and still the one that was chosen. */
export async function standingOf(outgoing: Outgoing, ports: Ports): Promise<Standing> {
  const run = await runTagOf(outgoing.arn, ports);
  if (run === undefined) {
    return 'gone';
  }
  return run === outgoing.run ? 'same' : 'other';
}

/** Whether IAM lists the device for its holder; a holder who is gone has none. */
export async function isListed({ arn, holder }: Outgoing, ports: Ports): Promise<boolean> {
  try {
    return (await ports.aws.devicesOf(holder)).some((device) => device.arn === arn);
  } catch (error) {
    if (isNoSuchEntity(error)) {
      return false;
    }
    throw error;
  }
}

function outgoingOf({ outgoing, ceremony }: Removing): Outgoing {
  const parsed = outgoing === undefined ? undefined : parseDeviceArn(outgoing.arn);
  const { fleet, holder, slot } = ceremony.request;
  const isOurs = parsed?.fleet === fleet && parsed.holder === holder && parsed.slot === slot;
  if (outgoing === undefined || !isOurs || parsed.serial !== outgoing.serial) {
    throw new Error(`no device of ${slot} of ${holder} was chosen to go`);
  }
  return outgoing;
}

const CHOSEN = 'old-device';

/** The device that an earlier run chose: a later one takes that one and no other. */
export function chosenBefore({ progress }: Ceremony): Outgoing | undefined {
  return chosenIn(progress.journal);
}

/** The device that goes, as a journal keeps it. */
export function chosenIn({ steps, subject }: Journal): Outgoing | undefined {
  const found = steps.find(({ name }) => name === CHOSEN);
  return found === undefined ? undefined : Outgoing.fromFacts(found.facts, subject.holder);
}

/**
 * Keeps in the journal which device goes, before anything happens to it. Written in one go: a journal that knew only
 * that a device was to be chosen would have the next run choose anew, and perhaps the wrong one.
 */
export const chosen: Step<Removing> = {
  name: CHOSEN,
  isNeeded: ({ ceremony }) => chosenBefore(ceremony) === undefined,
  run: async (context) => {
    await context.ceremony.progress.finish(CHOSEN, outgoingOf(context).toFacts());
    return undefined;
  },
};

/** The device is assigned to nobody. */
export const deactivated: Step<Removing> = {
  name: 'deactivate',
  isNeeded: ({ outgoing }) => outgoing?.isAssigned === true,
  run: async (context) => {
    const outgoing = outgoingOf(context);
    const { ports, signal } = context.ceremony;
    if ((await standingOf(outgoing, ports)) === 'same') {
      await ports.terminal.during(`deactivating ${outgoing.serial}`, deactivate(outgoing, ports, signal));
    }
    outgoing.removal = 'deactivated';
    const { arn: deviceArn, serial, holder } = outgoing;
    tellStep(ports, 'deactivated', `${serial} lets ${holder} in no more`, { deviceArn, serial });
    return undefined;
  },
  settle: async (context, found) => {
    const outgoing = outgoingOf(context);
    // Lists lag: what was confirmed once is not asked again.
    if (found.state === 'begun') {
      outgoing.removal = 'perhaps-deactivated';
      if (await isListed(outgoing, context.ceremony.ports)) {
        return 'undone';
      }
    }
    outgoing.removal = 'deactivated';
    return 'done';
  },
};

/** IAM takes a device from the user named only; who is not assigned to them is "no such entity". */
async function deactivate(outgoing: Outgoing, ports: Ports, signal: AbortSignal): Promise<void> {
  const before = outgoing.removal;
  outgoing.removal = 'perhaps-deactivated';
  try {
    await patiently(ports, signal, () => ports.aws.deactivateDevice(outgoing.holder, outgoing.arn));
  } catch (error) {
    if (isNoSuchEntity(error)) {
      return;
    }
    if (error instanceof AwsFault && error.wasRefused) {
      outgoing.removal = before;
    }
    // An answer may be lost after its effect.
    if (await isListed(outgoing, ports).catch(() => true)) {
      throw error;
    }
  }
}

/** The device is gone from the account. */
export const deleted: Step<Removing> = {
  name: 'delete',
  run: async (context) => {
    const outgoing = outgoingOf(context);
    const { ports, signal } = context.ceremony;
    const standing = await standingOf(outgoing, ports);
    if (standing === 'same') {
      await ports.terminal.during(`deleting ${outgoing.arn}`, deleteDevice(outgoing, ports, signal));
    }
    outgoing.removal = 'deleted';
    const { arn: deviceArn } = outgoing;
    if (standing === 'other') {
      ports.terminal.note(`somebody made a new device ${deviceArn} meanwhile: it stays`);
    } else {
      tellStep(ports, 'deleted', `the device ${deviceArn} is gone`, { deviceArn });
    }
    return undefined;
  },
  settle: async (context, found) => {
    const outgoing = outgoingOf(context);
    if (found.state === 'begun') {
      outgoing.removal = 'perhaps-deleted';
      if ((await standingOf(outgoing, context.ceremony.ports)) === 'same') {
        return 'undone';
      }
    }
    outgoing.removal = 'deleted';
    return 'done';
  },
};

/** IAM may take a device for assigned some seconds after it was deactivated. */
const DELETION_PAUSES_SECONDS = [0, 1, 2, 4, 8, 16, 32];

async function deleteDevice(outgoing: Outgoing, ports: Ports, signal: AbortSignal): Promise<void> {
  const before = outgoing.removal;
  for (const seconds of DELETION_PAUSES_SECONDS) {
    if (seconds > 0) {
      await ports.clock.sleep(seconds * 1000, signal);
    }
    outgoing.removal = 'perhaps-deleted';
    try {
      await patiently(ports, signal, () => ports.aws.deleteDevice(outgoing.arn));
      return;
    } catch (error) {
      if (isNoSuchEntity(error)) {
        return;
      }
      if (error instanceof AwsFault && error.code === 'DeleteConflict') {
        outgoing.removal = before;
        await deactivate(outgoing, ports, signal);
        continue;
      }
      if (error instanceof AwsFault && error.wasRefused) {
        outgoing.removal = before;
      }
      if ((await standingOf(outgoing, ports).catch(() => 'same')) !== 'gone') {
        throw error;
      }
      return;
    }
  }
  throw new RunbookError('iam/not-removed', `IAM takes ${outgoing.arn} for assigned and does not delete it`, {
    hints: [
      'find out whose it is: `aws iam list-virtual-mfa-devices --assignment-status Assigned`',
      'then run `mfa-runbook resume{options}`',
    ],
    exitCode: 3,
  });
}

/** IAM has no deadline for showing a change; its own tools wait up to two minutes. */
const LISTING_PAUSES_SECONDS = [0, 1, 2, 4, 8, 15, 15, 15, 20, 20, 20];

/** IAM no longer lists the device for the holder. */
export const unlisted: Step<Removing> = {
  name: 'unlisted',
  run: async (context) => {
    const outgoing = outgoingOf(context);
    const { ports, signal, request } = context.ceremony;
    for (const seconds of LISTING_PAUSES_SECONDS) {
      if (seconds > 0) {
        const pausing = ports.clock.sleep(seconds * 1000, signal);
        await ports.terminal.during('waiting for IAM to forget the device', pausing);
      }
      if (!(await isListed(outgoing, ports))) {
        return undefined;
      }
    }
    throw new RunbookError(
      'iam/not-confirmed',
      `IAM deleted ${outgoing.arn} but still lists it for ${outgoing.holder} after two minutes`,
      {
        hints: [`run \`${request.command}\` again: it looks once more and completes the evidence`],
        exitCode: 3,
      },
    );
  },
};
