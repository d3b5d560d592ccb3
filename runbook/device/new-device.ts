/** The device that a ceremony makes, and the token that gets its seed: how far both got, and how they are undone. */
import { formatPlace } from '../../lib/record/place';
import { AwsFault } from '../aws/aws';
import { isGone } from '../aws/faults';
import type { Ceremony, CeremonyState } from '../ceremony/ceremony';
import type { Fate } from '../ceremony/effects';
import { devicesOfUser, identityOf, poll } from './iam';

export class NewDevice implements CeremonyState {
  public stage:
    | 'none'
    /** A person was asked to register the key, and IAM does not list it. */
    | 'awaited'
    | 'created'
    | 'deleted'
    /** IAM shows no such device: gone, or not shown yet. */
    | 'not-shown'
    /** Somebody else deleted or replaced it. */
    | 'taken-away'
    | 'enabled'
    | 'unknown' = 'none';
  public arn = '';
  /** When IAM says that it was enabled; known after a lost answer only. */
  public enabledAt: Date | undefined;
  /** A hardware TOTP token: nothing is created, and nothing can be left. */
  public isPrinted = false;
  /** A FIDO2 security key, which a person registers: nothing is created by a call, and nothing can be left. */
  public isKey = false;
  /** The name under which a person registers the key. */
  public name = '';
  /** The certifications of the key, as AWS tells them; absent until it did. */
  public certifications: Readonly<Record<string, string>> | undefined;
  /** The command ended on purpose before the person has registered the key. */
  public isPaused = false;
  /** An unassigned device that an earlier run had left was deleted. */
  public leftoverDeleted = false;
  public token: 'untouched' | 'perhaps-written' | 'written' = 'untouched';

  public get isEnabled(): boolean {
    return this.stage === 'enabled';
  }

  /** There may be a device of this ceremony that is not enabled: somebody has to look after it. */
  public get mayBeLeft(): boolean {
    return this.stage === 'created' || this.stage === 'unknown' || this.stage === 'not-shown';
  }

  /** Open: a device that may be left or is awaited, or an enabled one whose evidence is not complete. */
  public isOpen({ effects }: Ceremony): boolean {
    return this.mayBeLeft || this.stage === 'awaited' || (this.isEnabled && effects.journal.steps.length > 0);
  }

  public async undo(c: Ceremony): Promise<void> {
    if (!this.isPrinted && !this.isKey) {
      await removeUnlessEnabled(c, this);
    }
  }

  /** @param isIamUnchanged nothing else was changed in IAM: only then may the text say that nothing was */
  public describe(isIamUnchanged = true): string {
    if (this.isPrinted) {
      return this.#describePrinted(isIamUnchanged);
    }
    if (this.isKey) {
      return this.#describeKey(isIamUnchanged);
    }
    const leftover = this.leftoverDeleted ? ', the unassigned device of an earlier run was deleted' : '';
    return `${this.#describeDevice(isIamUnchanged)}${leftover}, ${this.#describeToken()}`;
  }

  #describePrinted(isIamUnchanged: boolean): string {
    switch (this.stage) {
      case 'enabled':
        return `the token ${this.arn} is enabled`;
      case 'unknown':
        return `cannot tell whether AWS enabled the token ${this.arn}`;
      default:
        return isIamUnchanged ? 'nothing was enabled in IAM' : 'the new token is not enabled';
    }
  }

  #describeKey(isIamUnchanged: boolean): string {
    switch (this.stage) {
      case 'enabled':
        return `the security key ${this.arn} is registered`;
      case 'awaited':
        return `IAM lists no security key ${this.name} yet`;
      default:
        return isIamUnchanged ? 'nothing was registered in IAM' : 'the new key is not registered';
    }
  }

  #describeDevice(isIamUnchanged: boolean): string {
    switch (this.stage) {
      case 'none':
      case 'awaited':
        return isIamUnchanged ? 'nothing was created in IAM' : 'no new device was created';
      case 'created':
        return `the device ${this.arn} is left in IAM, assigned to nobody`;
      case 'deleted':
        return this.leftoverDeleted || !isIamUnchanged
          ? 'the device that was created was deleted again'
          : 'the device that was created was deleted again, IAM is as before';
      case 'not-shown':
        return `IAM shows no device ${this.arn}; one that was just created may still appear`;
      case 'taken-away':
        return 'the device that was created was deleted or replaced by somebody else';
      case 'enabled':
        return `the device ${this.arn} is enabled`;
      case 'unknown':
        return `cannot tell whether the device ${this.arn} exists or is enabled`;
    }
  }

  #describeToken(): string {
    switch (this.token) {
      case 'untouched':
        return 'the token was not written';
      case 'perhaps-written':
        return 'the token may have been written';
      case 'written':
        return this.stage === 'enabled' || this.stage === 'unknown'
          ? 'the token holds its seed'
          : 'the token was written and its new seed belongs to no device';
    }
  }
}

/**
 * Deletes the device of a ceremony that failed before it was enabled, whatever made it fail. Never throws.
 *
 * Rules: only a device that carries this ceremony's run tag is deleted; one that IAM does not delete because it is
 * assigned was enabled; what cannot be found out is said to be unknown.
 */
async function removeUnlessEnabled(c: Ceremony, device: NewDevice): Promise<void> {
  if (device.mayBeLeft) {
    await c.ports.terminal.during('cleaning up in IAM', tryToRemove(c, device));
  }
}

async function tryToRemove(c: Ceremony, device: NewDevice): Promise<void> {
  // The Ctrl-C that made the clean-up necessary must not stop it.
  const ports = { ...c.ports, signal: new AbortController().signal };
  // IAM needs some time to show a device that was just created.
  const pauses = [0, 0.25, 1];
  let looks = 0;
  await poll(ports, { pauses }, async () => {
    looks++;
    try {
      await removeOwn(c, device, looks === pauses.length);
    } catch {
      // Tried again; the state line says what remains.
    }
    return device.mayBeLeft ? undefined : device;
  });
}

async function removeOwn(c: Ceremony, device: NewDevice, isLast: boolean): Promise<void> {
  const identity = await identityOf(c.ports, device.arn, c.effects.journal.id);
  if (identity === 'other') {
    device.stage = device.stage === 'created' ? 'taken-away' : 'none';
  }
  if (identity === 'gone' && isLast) {
    device.stage = 'not-shown';
  }
  if (identity !== 'same') {
    return;
  }
  try {
    await c.ports.aws.deleteDevice(device.arn);
    device.stage = 'deleted';
  } catch (error) {
    if (!isConflict(error)) {
      throw error;
    }
    device.stage = 'enabled';
  }
}

/** Finds out whether an Enable that failed took effect, and deletes the device if it did not. */
export async function settleEnable(c: Ceremony, device: NewDevice): Promise<void> {
  const { ports, request, effects } = c;
  try {
    const listed = (await devicesOfUser(ports, request.holder))?.find(({ arn }) => arn === device.arn);
    if (listed !== undefined && (await identityOf(ports, device.arn, effects.journal.id)) === 'same') {
      device.stage = 'enabled';
      device.enabledAt = listed.enabledAt;
    }
  } catch {
    // A listing that fails leaves the question to the deletion.
  }
  await removeUnlessEnabled(c, device);
}

/**
 * Finds out what became of the device of an earlier run. The seed was lost with that run: if it was burned, the
 * ceremony continues with the codes that the token shows; if not, nobody can use the device, and it is deleted.
 */
export async function deviceFate(c: Ceremony, device: NewDevice): Promise<Fate> {
  const { ports, effects, token } = c;
  const identity = await identityOf(ports, device.arn, effects.journal.id);
  if (identity !== 'same') {
    // A device that IAM does not show yet stands in nobody's way: its tag says that it is ours.
    device.stage = identity === 'other' ? 'none' : 'not-shown';
    return 'undone';
  }
  device.stage = 'created';
  if (effects.isDone('burn') && effects.journal.serial === formatPlace(token)) {
    return 'done';
  }
  try {
    await ports.aws.deleteDevice(device.arn);
  } catch (error) {
    if (isGone(error)) {
      device.stage = 'none';
      return 'undone';
    }
    if (!isConflict(error)) {
      throw error;
    }
    device.stage = 'enabled';
    // Assigned by this ceremony; or by somebody else, and then it is as if it had been enrolled before.
    return effects.find('enable') === undefined ? 'undone' : 'done';
  }
  device.stage = 'none';
  ports.terminal.say(`deleted the device ${device.arn}, whose seed was lost with the run that created it`);
  ports.terminal.event('leftover-deleted', { deviceArn: device.arn });
  return 'undone';
}

/** IAM does not delete a device that is assigned. */
function isConflict(error: unknown): boolean {
  return error instanceof AwsFault && error.code === 'DeleteConflict';
}
