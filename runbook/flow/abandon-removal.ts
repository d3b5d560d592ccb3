/** What a ceremony that is given up leaves of the device it was taking out of IAM. Changes nothing. */
import { parseDeviceArn } from '../../lib/record/names';
import { devicesOfPerhapsGone } from './holder-devices';
import type { Journal } from './journal';
import type { Ports } from './ports';
import { chosenIn, isListed, type Outgoing, standingOf } from './remove-device';

/** A device that a replacement or a retirement had chosen to go. */
export interface OldDevice {
  /** It lets its holder in, as before. */
  readonly isInUse: boolean;
  /** Clauses for people: where it stands, and the command that deletes what is of no use any more. */
  readonly told: readonly string[];
}

/**
 * Looks where the device stands.
 *
 * @param options the common options as they were given, for hints
 * @returns nothing where the ceremony had chosen none. Throws AwsFault.
 */
export async function abandonedRemoval(
  journal: Journal,
  ports: Ports,
  options: string,
): Promise<OldDevice | undefined> {
  const outgoing = chosenIn(journal);
  if (outgoing === undefined) return undefined;
  const { arn, holder } = outgoing;
  const told = (text: string): OldDevice => ({ isInUse: false, told: [text] });
  const standing = await standingOf(outgoing, ports);
  if (standing === 'gone') return told(`the device ${arn} is gone`);
  if (standing === 'other') return told(`somebody made a new device ${arn} meanwhile: it stays`);
  if (await isInUse(journal, outgoing, ports)) {
    return { isInUse: true, told: [`the device ${arn} is still enabled for ${holder}, and stays`] };
  }
  return told(
    `the device ${arn} is assigned to nobody: \`${await deletion(journal, outgoing, ports, options)}\` deletes it`,
  );
}

/** Lists lag: of what was done for sure IAM is not asked. */
async function isInUse({ steps }: Journal, outgoing: Outgoing, ports: Ports): Promise<boolean> {
  const isOut = steps.some(({ name, state }) => name === 'deactivate' && state === 'done');
  return !isOut && outgoing.isAssigned && (await isListed(outgoing, ports));
}

/** Retiring the slot would take another device of it along. */
async function deletion(
  { subject: { fleet, holder, slot } }: Journal,
  { arn }: Outgoing,
  ports: Ports,
  options: string,
): Promise<string> {
  const isRival = (other: string): boolean => {
    const name = parseDeviceArn(other);
    return other !== arn && name?.fleet === fleet && name.holder === holder && name.slot === slot;
  };
  const devices = (await devicesOfPerhapsGone(holder, ports)) ?? [];
  return devices.some((device) => isRival(device.arn))
    ? `aws iam delete-virtual-mfa-device --serial-number ${arn}`
    : `mfa-runbook retire ${holder} --slot ${slot}${options}`;
}
