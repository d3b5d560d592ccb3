/** Lists a holder's devices, and which of them can be retired. Changes nothing. */
import { deviceKind, placeOfDevice } from '../../lib/record/devices';
import { isDeviceOf, isSameUser, parseDeviceArn } from '../../lib/record/names';
import type { SlotToken } from '../../lib/record/record';
import type { AssignedDevice } from '../aws/aws';
import type { Ports } from '../ceremony/ports';
import { devicesOfUser, runTagOf } from './iam';

/** A device of ours that can be retired. */
export interface RetirableDevice {
  readonly arn: string;
  readonly slot: string;
  readonly serial: string;
  /** Its run tag; empty for one that carries none, as a printed serial or a key. */
  readonly run: string;
  readonly isAssigned: boolean;
}

/** A holder's devices. */
export interface HolderDevices {
  /** At the fleet's path and named after the holder, or without a path and of a slot of theirs; the unassigned ones first. */
  readonly ours: readonly RetirableDevice[];
  /** Unassigned, at our path and with such a name, but not created by mfa-runbook. */
  readonly unmarked: readonly string[];
  /** The holder's other devices: keys, phones, devices at other paths. */
  readonly others: readonly AssignedDevice[];
  /** IAM still has the user. */
  readonly isUser: boolean;
}

/**
 * Looks at every device of a holder in one account.
 *
 * @param whose `tokens`: those that the record declares for the holder. IAM does not say whose slot a printed serial is
 *   in, and a key of ours is one whose name says a slot that the record declares
 */
export async function surveyHolder(
  ports: Ports,
  account: string,
  whose: { readonly fleet: string; readonly holder: string; readonly tokens: readonly SlotToken[] },
): Promise<HolderDevices> {
  // A caller's `whose` may also name a slot: ours are the devices of every slot.
  const { fleet, holder, tokens } = whose;
  const listed = await ports.aws.virtualDevices();
  const assigned = await devicesOfUser(ports, holder);
  function isOurs(arn: string): boolean {
    return isDeviceOf(arn, { fleet, holder }) && parseDeviceArn(arn)?.account === account;
  }
  const arns = new Set(
    [
      // A device assigned to somebody other than its name says is left for people to sort out.
      ...listed.filter(({ user }) => user === undefined || isSameUser(user, holder)),
      ...(assigned ?? []),
    ]
      .map(({ arn }) => arn)
      .filter(isOurs),
  );
  const ours: RetirableDevice[] = [];
  const unmarked: string[] = [];
  const slots = new Set(tokens.map(({ slot }) => slot));
  const untagged = (assigned ?? []).flatMap(({ arn }): readonly RetirableDevice[] => {
    const place = deviceKind(arn) === 'virtual' ? undefined : placeOfDevice({ arn, holder }, tokens);
    return place === undefined || !slots.has(place.slot)
      ? []
      : [{ arn, slot: place.slot, serial: place.serial, run: '', isAssigned: true }];
  });
  for (const arn of [...arns].sort()) {
    const isAssigned =
      assigned !== undefined &&
      [...assigned, ...listed.filter(({ user }) => isSameUser(user, holder))].some(
        (device) => device.arn === arn,
      );
    const run = await runTagOf(ports, arn);
    const name = parseDeviceArn(arn);
    // A list may still show a device that was deleted.
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
    ours: [...ours, ...untagged].sort((a, b) => Number(a.isAssigned) - Number(b.isAssigned)),
    unmarked,
    others: (assigned ?? []).filter(
      ({ arn }) => !isOurs(arn) && untagged.every((device) => device.arn !== arn),
    ),
    isUser: assigned !== undefined,
  };
}
