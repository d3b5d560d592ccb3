/** Which devices a holder has, and which of them can be retired. Changes nothing. */
import { parseDeviceArn } from '../../lib/record/names';
import { type AssignedDevice, AwsFault, type VirtualDevice } from '../aws/aws';
import type { CeremonyRequest, Preamble } from '../ceremony/ceremony';
import type { Ports } from '../ceremony/ports';
import { runTagOf } from './remove-device';

/** A device of ours that can be retired. */
export interface RetirableDevice {
  readonly arn: string;
  readonly slot: string;
  readonly serial: string;
  /** Its run tag; empty for one that carries none. */
  readonly run: string;
  readonly isAssigned: boolean;
}

/** What a holder has. */
export interface HolderDevices {
  /** At the fleet's path, by their names the holder's: the unassigned ones first. */
  readonly ours: readonly RetirableDevice[];
  /** Unassigned, at our path and with such a name, but made by nobody's mfa-runbook. */
  readonly unmarked: readonly string[];
  /** The holder's other devices: keys, phones, devices of other paths. */
  readonly others: readonly AssignedDevice[];
  /** Whether IAM still has the user. */
  readonly isUser: boolean;
}

/** Looks at every device of a holder. Changes nothing. */
export async function surveyHolder(
  { fleet, holder }: Pick<CeremonyRequest, 'fleet' | 'holder'>,
  { identity }: Preamble,
  ports: Ports,
): Promise<HolderDevices> {
  const listed = await ports.aws.virtualDevices();
  const assigned = await devicesOfPerhapsGone(holder, ports);
  function isOurs(arn: string): boolean {
    const name = parseDeviceArn(arn);
    return name?.account === identity.account && name.fleet === fleet && name.holder === holder;
  }
  const arns = new Set([
    ...listed.filter((device) => isOurs(device.arn) && isFreeOr(device, holder)).map(({ arn }) => arn),
    ...(assigned ?? []).filter(({ arn }) => isOurs(arn)).map(({ arn }) => arn),
  ]);
  const ours: RetirableDevice[] = [];
  const unmarked: string[] = [];
  for (const arn of [...arns].sort()) {
    const isAssigned =
      assigned?.some((device) => device.arn === arn) === true ||
      (assigned !== undefined && listed.some((device) => device.arn === arn && device.user === holder));
    const run = await runTagOf(arn, ports);
    const name = parseDeviceArn(arn);
    // Not there any more, and still listed.
    if (run === undefined || name === undefined) {
      continue;
    }
    if (!isAssigned && run === '') {
      unmarked.push(arn);
    } else {
      ours.push({ arn, slot: name.slot, serial: name.serial, run, isAssigned });
    }
  }
  return {
    ours: ours.sort((a, b) => Number(a.isAssigned) - Number(b.isAssigned)),
    unmarked,
    others: (assigned ?? []).filter(({ arn }) => !isOurs(arn)),
    isUser: assigned !== undefined,
  };
}

/** One that is assigned to somebody else than its name says is a matter for people. */
function isFreeOr({ user }: VirtualDevice, holder: string): boolean {
  return user === undefined || user === holder;
}

/** The devices assigned to a user; nothing where IAM has no such user. */
export async function devicesOfPerhapsGone(
  holder: string,
  ports: Ports,
): Promise<readonly AssignedDevice[] | undefined> {
  try {
    return await ports.aws.devicesOf(holder);
  } catch (error) {
    if (error instanceof AwsFault && error.code === 'NoSuchEntity') {
      return undefined;
    }
    throw error;
  }
}
