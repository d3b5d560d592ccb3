/** The devices at the fleet's path, and those among them that belong to no declared token. */
import { type DeviceName, devicePath, parseDeviceArn } from '../../lib/record/names';
import type { VirtualDevice } from '../aws/aws';
import type { PlannedToken } from './fleet-plan';

/** A device of the fleet whose name we understand. */
export interface NamedDevice {
  readonly arn: string;
  readonly user: string | undefined;
  readonly enabledAt: Date | undefined;
  /** As its name says, like slot and serial. */
  readonly holder: string;
  readonly slot: string;
  readonly serial: string;
}

/** What a device at the fleet's path is that belongs to no declared token. */
export type StrayKind =
  /** The record declares no such holder or slot. */
  | 'retire'
  /** Assigned to nobody: what an unfinished enrolment or replacement left. */
  | 'leftover'
  /** Not as mfa-runbook makes them, so a person must look. */
  | 'inspect';

/** A device at the fleet's path that belongs to no declared token. */
export interface StrayDevice {
  readonly kind: StrayKind;
  readonly deviceArn: string;
  /** As the device's name says; absent where it says nothing we understand. */
  readonly holder?: string;
  readonly slot?: string;
  readonly serial?: string;
  /** The user it is assigned to. */
  readonly user?: string;
  /** It is of the token that the record declares for its slot. */
  readonly isDeclared: boolean;
  readonly why: string;
}

/** The devices at a fleet's path: those whose names we understand, and the others. */
export interface FleetDevices {
  readonly named: readonly NamedDevice[];
  readonly unnamed: readonly VirtualDevice[];
}

/** One text for a holder's slot; neither of the two holds a blank. */
export function slotKey(holder: string, slot: string): string {
  return `${holder} ${slot}`;
}

/** The devices at a fleet's path among all of the account. */
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
      named.push(nameDevice(device, name));
    }
  }
  return { named, unnamed };
}

function nameDevice({ arn, user, enabledAt }: VirtualDevice, name: DeviceName): NamedDevice {
  return {
    arn,
    user,
    enabledAt,
    holder: name.holder,
    slot: name.slot,
    serial: name.serial,
  };
}

/** The devices that belong to no declared token, in the order of their ARNs. */
export function findStrays(
  { named, unnamed }: FleetDevices,
  tokens: readonly PlannedToken[],
): readonly StrayDevice[] {
  // The device of a slot, whichever token it is of, is what the slot's own verdict is about.
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
    why: "at the fleet's path, with a name that mfa-runbook does not give",
  };
}

/** @param token what the record declares for the device's slot */
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
    return stray('inspect', `assigned to ${user}, not to whom its name says`);
  }
  if (token === undefined) {
    return stray('retire', 'not declared in the record');
  }
  if (token.verdict === 'not-checked') {
    return stray('inspect', `the record declares ${token.serial}, a ${token.type} token, for its slot`);
  }
  return stray('inspect', `enabled beside the slot's other device, ${token.deviceArn ?? 'of another token'}`);
}
