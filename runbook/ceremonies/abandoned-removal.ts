/** What a ceremony that is given up leaves of the device it was taking out of IAM. Changes nothing. */
import { parseDeviceArn } from '../../lib/record/names';
import type { Journal } from '../ceremony/journal';
import type { Ports } from '../ceremony/ports';
import { devicesOfPerhapsGone } from '../device/holder-devices';
import { chosenIn, isListed, type Outgoing, standingOf } from '../device/remove-device';

/** A device that a replacement or a retirement had chosen to go. */
export interface OldDevice {
  /** It lets its holder in, as before. */
  readonly isInUse: boolean;
  /** A clause for people: where it stands, and the command that deletes what is of no use any more. */
  readonly told: string;
}

/**
 * Looks where the device stands.
 *
 * @param options the common options as they were given, for the command that is named
 * @returns nothing where the ceremony had chosen no device. Throws AwsFault.
 */
export async function lookAtRemoval(
  journal: Journal,
  ports: Ports,
  options: string,
): Promise<OldDevice | undefined> {
  const outgoing = chosenIn(journal);
  if (outgoing === undefined) {
    return undefined;
  }
  const { arn, holder } = outgoing;
  function outOfUse(told: string): OldDevice {
    return { isInUse: false, told };
  }
  const standing = await standingOf(outgoing, ports);
  if (standing === 'gone') {
    return outOfUse(`the device ${arn} is gone, and \`mfa-runbook plan${options}\` says what is left to do`);
  }
  if (standing === 'other') {
    return outOfUse(`somebody made a new device ${arn} meanwhile: it stays`);
  }
  if (await isInUse(journal, outgoing, ports)) {
    return { isInUse: true, told: `the device ${arn} is still enabled for ${holder}, and stays` };
  }
  const command = await deletion(journal, outgoing, ports, options);
  return outOfUse(`the device ${arn} is left, assigned to nobody: \`${command}\` deletes it`);
}

/** IAM's lists lag: what was done for sure is not looked up. */
async function isInUse({ steps }: Journal, outgoing: Outgoing, ports: Ports): Promise<boolean> {
  const isOut = steps.some(({ name, state }) => name === 'deactivate' && state === 'done');
  return !isOut && outgoing.isAssigned && (await isListed(outgoing, ports));
}

/** To retire the slot takes every device of it, the new one of a replacement too. */
async function deletion(
  { subject: { fleet, holder, slot } }: Journal,
  { arn }: Outgoing,
  ports: Ports,
  options: string,
): Promise<string> {
  function isInSlot(other: string): boolean {
    const name = parseDeviceArn(other);
    return name?.fleet === fleet && name.holder === holder && name.slot === slot;
  }
  const devices = (await devicesOfPerhapsGone(holder, ports)) ?? [];
  return devices.some((device) => device.arn !== arn && isInSlot(device.arn))
    ? `aws iam delete-virtual-mfa-device --serial-number ${arn}`
    : `mfa-runbook retire ${holder} --slot ${slot}${options}`;
}
