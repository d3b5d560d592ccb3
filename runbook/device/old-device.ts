/**
 * The device that a replacement or a retirement takes out of IAM: deactivated, deleted, no longer listed. A hardware TOTP
 * token and a FIDO2 security key are deactivated only: IAM has no device of them then.
 *
 * Rules: only a device at the fleet's path, or a key, whose name says holder and slot; the one that was chosen, not one that
 * somebody made under the same name since (its run tag tells); IAM's "no such entity" means that it is done.
 */
import { deviceKind, placeOfDevice } from '../../lib/record/devices';
import { isDeviceOf, parseDeviceArn } from '../../lib/record/names';
import { type Place, placeOf } from '../../lib/record/place';
import { AwsFault } from '../aws/aws';
import { isGone } from '../aws/faults';
import { type Ceremony, tellStep } from '../ceremony/ceremony';
import type { Fate } from '../ceremony/effects';
import type { Journal, JournalStep } from '../ceremony/journal';
import { RunbookError } from '../runbook-error';
import {
  identityOf,
  isListed,
  patiently,
  poll,
  SHOWN_AFTER_SECONDS,
  UNTIL_ACCEPTED,
  UNTIL_SHOWN,
} from './iam';
import type { RetirableDevice } from './survey';

export class OldDevice {
  public removal: 'unchanged' | 'perhaps-deactivated' | 'deactivated' | 'perhaps-deleted' | 'deleted' =
    'unchanged';
  public readonly arn: string;
  public readonly serial: string;
  public readonly run: string;
  public readonly isAssigned: boolean;

  public constructor(
    public readonly holder: string,
    { arn, serial, run, isAssigned }: Omit<RetirableDevice, 'slot'>,
  ) {
    this.arn = arn;
    this.serial = serial;
    this.run = run;
    this.isAssigned = isAssigned;
  }

  /** The place of its seed: its name tells the profile, too. */
  public get place(): Place {
    return placeOf(placeOfDevice(this, []) ?? this);
  }

  /** IAM has a virtual device, which is deleted after it was deactivated, and carries a run tag. */
  public get isVirtual(): boolean {
    return deviceKind(this.arn) === 'virtual';
  }

  /** The device is deactivated, or may be. */
  public get isTouched(): boolean {
    return this.removal !== 'unchanged';
  }

  /** Formats one clause for the `state:` line. */
  public describe(): string {
    switch (this.removal) {
      case 'unchanged':
        return this.isAssigned
          ? `the device ${this.arn} is still enabled for ${this.holder}`
          : `the device ${this.arn} is unchanged, assigned to nobody`;
      case 'perhaps-deactivated':
        return `cannot tell whether the device ${this.arn} is still enabled`;
      case 'deactivated':
        return this.isVirtual
          ? `the device ${this.arn} is deactivated but not deleted yet`
          : `the device ${this.arn} is deactivated`;
      case 'perhaps-deleted':
        return `the device ${this.arn} is deactivated; cannot tell whether it is deleted`;
      case 'deleted':
        return `the device ${this.arn} is deleted`;
    }
  }
}

const CHOSEN = 'old-device';

/** Keeps in the journal which device is taken out, before anything happens to it. */
export async function keepOldDevice({ effects }: Ceremony, old: OldDevice): Promise<void> {
  if (effects.find(CHOSEN) === undefined) {
    const { arn, serial, run, isAssigned } = old;
    await effects.keep(CHOSEN, { arn, serial, run, assigned: isAssigned ? 'yes' : 'no' });
  }
}

/** Finds the device that an earlier run chose: a later run takes out that one and no other. */
export function keptOldDevice({ steps, subject }: Journal): OldDevice | undefined {
  const facts = steps.find(({ name }) => name === CHOSEN)?.facts;
  if (facts === undefined) {
    return undefined;
  }
  const { arn = '', serial = '', run = '', assigned } = facts;
  return new OldDevice(subject.holder, { arn, serial, run, isAssigned: assigned === 'yes' });
}

/** Tells whether a run has deactivated the device for sure. */
export function isDeactivated({ steps }: Journal): boolean {
  return steps.some(({ name, state }) => name === 'deactivate' && state === 'done');
}

/** Returns functions that find out what became of the effects below in an earlier run. */
export function removalFates(
  c: Ceremony,
  old: OldDevice | undefined,
): Readonly<Record<string, (found: JournalStep) => Promise<Fate>>> {
  if (old === undefined) {
    return {};
  }
  const { ports } = c;
  checkOurs(c, old);
  return {
    deactivate: async ({ state }) => {
      // Lists lag: what was confirmed once is not asked again.
      if (state === 'begun') {
        old.removal = 'perhaps-deactivated';
        if (await isListed(ports, old.arn, old.holder)) {
          return 'undone';
        }
      }
      old.removal = 'deactivated';
      return 'done';
    },
    delete: async ({ state }) => {
      if (state === 'begun') {
        old.removal = 'perhaps-deleted';
        if ((await identityOf(ports, old.arn, old.run)) === 'same') {
          return 'undone';
        }
      }
      old.removal = 'deleted';
      return 'done';
    },
  };
}

/** Checks once more, before a device is touched, that it is ours. */
function checkOurs(c: Ceremony, { arn, serial, holder }: OldDevice): void {
  const name = parseDeviceArn(arn);
  const isOurs: Readonly<Record<'virtual' | 'fido' | 'hardware', () => boolean>> = {
    virtual: () =>
      name?.serial === serial && name.account === c.identity.account && isDeviceOf(arn, c.request),
    fido: () => {
      const place = placeOfDevice({ arn, holder }, []);
      return place?.serial === serial && place.slot === c.request.slot;
    },
    hardware: () => arn === serial,
  };
  const kind = deviceKind(arn);
  if (kind === undefined || !isOurs[kind]()) {
    throw new Error(`${arn} is not the device of ${serial} in ${c.request.slot} of ${c.request.holder}`);
  }
}

/** Deactivates the device, unless it is assigned to nobody, and deletes it if it is a virtual one. */
export async function removeOldDevice(c: Ceremony, old: OldDevice): Promise<void> {
  checkOurs(c, old);
  if (old.isAssigned) {
    await c.effects.once('deactivate', () => deactivateChosen(c, old));
  }
  if (old.isVirtual) {
    await c.effects.once('delete', () => deleteChosen(c, old));
  }
}

async function deactivateChosen({ ports }: Ceremony, old: OldDevice): Promise<undefined> {
  const { arn, serial, holder } = old;
  // A hardware TOTP token has no tags and is the same one whoever enabled it; a key that is registered again has another ARN.
  if (!old.isVirtual || (await identityOf(ports, arn, old.run)) === 'same') {
    await ports.terminal.during(`deactivating ${serial}`, deactivate(ports, old));
  }
  old.removal = 'deactivated';
  tellStep(ports, 'deactivated', `${serial} can no longer sign ${holder} in`, { deviceArn: arn, serial });
}

/** IAM takes a device from the given user only; for one who does not have it, that is "no such entity". */
async function deactivate(ports: Ceremony['ports'], old: OldDevice): Promise<void> {
  const before = old.removal;
  old.removal = 'perhaps-deactivated';
  try {
    await patiently(ports, () => ports.aws.deactivateDevice(old.holder, old.arn));
  } catch (error) {
    if (isGone(error)) {
      return;
    }
    if (error instanceof AwsFault && error.wasRefused) {
      old.removal = before;
    }
    // An answer may be lost after its effect.
    if (await isListed(ports, old.arn, old.holder).catch(() => true)) {
      throw error;
    }
  }
}

async function deleteChosen({ ports }: Ceremony, old: OldDevice): Promise<undefined> {
  const { arn } = old;
  const identity = await identityOf(ports, arn, old.run);
  if (identity === 'same') {
    await ports.terminal.during(`deleting ${arn}`, deleteDevice(ports, old));
  }
  old.removal = 'deleted';
  if (identity === 'other') {
    ports.terminal.note(`somebody has made a new device ${arn} since then: it is left alone`);
  } else {
    tellStep(ports, 'deleted', `the device ${arn} is deleted`, { deviceArn: arn });
  }
}

async function deleteDevice(ports: Ceremony['ports'], old: OldDevice): Promise<void> {
  const before = old.removal;
  // IAM may treat a device as assigned for some seconds after it was deactivated.
  const isDeleted = await poll(ports, { pauses: UNTIL_ACCEPTED }, async () => {
    old.removal = 'perhaps-deleted';
    try {
      await patiently(ports, () => ports.aws.deleteDevice(old.arn));
      return true;
    } catch (error) {
      if (isGone(error)) {
        return true;
      }
      if (error instanceof AwsFault && error.code === 'DeleteConflict') {
        old.removal = before;
        await deactivate(ports, old);
        return undefined;
      }
      if (error instanceof AwsFault && error.wasRefused) {
        old.removal = before;
      }
      if ((await identityOf(ports, old.arn, old.run).catch(() => 'same')) !== 'gone') {
        throw error;
      }
      return true;
    }
  });
  if (isDeleted === undefined) {
    throw new RunbookError('iam/not-removed', `IAM treats ${old.arn} as assigned and does not delete it`, {
      hints: [
        'find out whose it is: `aws iam list-virtual-mfa-devices --assignment-status Assigned`',
        'then run `mfa-runbook resume{options}`',
      ],
      exitCode: 3,
    });
  }
}

/** Waits until IAM no longer lists the device for its holder. */
export async function confirmUnlisted({ ports }: Ceremony, old: OldDevice): Promise<void> {
  const waiting = { pauses: UNTIL_SHOWN, saying: 'waiting for IAM to forget the device' };
  const isUnlisted = await poll(ports, waiting, async () =>
    (await isListed(ports, old.arn, old.holder)) ? undefined : true,
  );
  if (isUnlisted === undefined) {
    throw new RunbookError(
      'iam/not-confirmed',
      `IAM ${old.isVirtual ? 'deleted' : 'deactivated'} ${old.arn} but still lists it for ${old.holder} after ${SHOWN_AFTER_SECONDS} s`,
      {
        hints: ['run `{command}` again: it looks once more and completes the evidence'],
        exitCode: 3,
      },
    );
  }
}
