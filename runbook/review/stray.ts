/** Finds the devices at a fleet's path, and those among them that belong to no declared token. */
import { type DeviceName, devicePath, parseDeviceArn } from '../../lib/record/names';
import type { VirtualDevice } from '../aws/aws';
import type { PlannedToken } from './fleet-plan';

/** A device of the fleet, and the holder, slot and serial in its name. */
export interface NamedDevice extends DeviceName {
  readonly arn: string;
  readonly user: string | undefined;
  readonly enabledAt: Date | undefined;
}

/** The ways to handle a device at the fleet's path that belongs to no declared token. */
type StrayKind =
  /** The record declares no such holder or slot. */
  | 'retire'
  /** Assigned to nobody: an unfinished enrollment or replacement left it. */
  | 'leftover'
  /** Not created by mfa-runbook in this form, so a person must investigate. */
  | 'inspect';

/** A device at the fleet's path that belongs to no declared token. */
export interface StrayDevice {
  readonly kind: StrayKind;
  readonly deviceArn: string;
  /** From the device's name; absent if it has another form. */
  readonly holder?: string;
  readonly slot?: string;
  readonly serial?: string;
  /** The user it is assigned to. */
  readonly user?: string;
  /** The record declares its token for its slot. */
  readonly isDeclared: boolean;
  readonly why: string;
}

/** The devices at a fleet's path: those whose names have our form, and the others. */
export interface FleetDevices {
  readonly named: readonly NamedDevice[];
  readonly unnamed: readonly VirtualDevice[];
}

/** Makes a key of a holder and a slot; neither contains a blank. */
export function slotKey(holder: string, slot: string): string {
  return `${holder} ${slot}`;
}

/** Selects the devices at a fleet's path from all of the account. */
export function fleetDevices(fleet: string, devices: readonly VirtualDevice[]): FleetDevices {
  const named: NamedDevice[] = [];
  const unnamed: VirtualDevice[] = [];
  const path = `:mfa${devicePath(fleet)}`;
  for (const device of devices) {
    if (!device.arn.includes(path)) {
      continue;
    }
    const name = parseDeviceArn(device.arn);
    if (name === undefined) {
      unnamed.push(device);
    } else {
      const { arn, user, enabledAt } = device;
      const { holder, slot, serial } = name;
      named.push({ arn, user, enabledAt, holder, slot, serial });
    }
  }
  return { named, unnamed };
}

/** Finds the devices that belong to no declared token, sorted by ARN. */
export function findStrays(
  { named, unnamed }: FleetDevices,
  tokens: readonly PlannedToken[],
): readonly StrayDevice[] {
  // The verdict on a slot covers its device, even if that is of another token.
  const judged = new Set(tokens.map(({ deviceArn }) => deviceArn));
  const rest = named.filter(({ arn }) => !judged.has(arn));
  if (rest.length + unnamed.length === 0) {
    return [];
  }
  const declared = new Map(tokens.map((token) => [slotKey(token.holder, token.slot), token]));
  const strays = [
    ...unnamed.map(unnamedStray),
    ...rest.map((device) => judgeStray(device, declared.get(slotKey(device.holder, device.slot)))),
  ];
  return strays.sort((a, b) => (a.deviceArn < b.deviceArn ? -1 : 1));
}

function unnamedStray({ arn, user }: VirtualDevice): StrayDevice {
  return {
    kind: 'inspect',
    deviceArn: arn,
    ...(user === undefined ? {} : { user }),
    isDeclared: false,
    why: "at the fleet's path, with a name in another form than mfa-runbook's",
  };
}

/** @param token the token that the record declares for the device's slot */
function judgeStray(device: NamedDevice, token: PlannedToken | undefined): StrayDevice {
  const { arn, holder, slot, serial, user } = device;
  function stray(kind: StrayKind, why: string): StrayDevice {
    return {
      kind,
      deviceArn: arn,
      holder,
      slot,
      serial,
      ...(user === undefined ? {} : { user }),
      isDeclared: token?.serial === serial,
      why,
    };
  }
  if (user === undefined) {
    return stray('leftover', 'assigned to nobody');
  }
  if (user !== holder) {
    return stray('inspect', `assigned to ${user}, not to the holder in its name`);
  }
  if (token === undefined) {
    return stray('retire', 'not declared in the record');
  }
  if (token.verdict === 'not-checked') {
    return stray('inspect', `the record declares ${token.serial}, a ${token.type} token, for its slot`);
  }
  return stray(
    'inspect',
    `enabled in addition to the slot's other device, ${token.deviceArn ?? 'of another token'}`,
  );
}
