/** Finds the devices at a fleet's path, and those among them that belong to no declared token. */
import { type DeviceName, devicePath, parseDeviceArn } from '../../lib/record/names';
import type { SlotToken } from '../../lib/record/record';
import type { VirtualDevice } from '../aws/aws';

/** A device of the fleet, with the holder, slot and serial in its name. */
export type NamedDevice = VirtualDevice & Pick<DeviceName, 'holder' | 'slot' | 'serial'>;

/** A declared token that was judged. */
interface JudgedToken extends SlotToken {
  readonly holder: string;
  readonly verdict: string;
  readonly deviceArn?: string;
}

/** A device at the fleet's path that belongs to no declared token. */
export interface StrayDevice {
  readonly kind: /** The record declares no such holder or slot. */
    | 'retire'
    /** Assigned to nobody: an unfinished enrollment or replacement left it. */
    | 'leftover'
    /** Not created by mfa-runbook in this form, so a person must investigate. */
    | 'inspect';
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

/** Makes a key of a holder and a slot; neither contains a blank. */
export function slotKey(holder: string, slot: string): string {
  return `${holder} ${slot}`;
}

/** Selects the devices at a fleet's path from all of the account: those whose names have our form, and the others. */
export function fleetDevices(fleet: string, devices: readonly VirtualDevice[]) {
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
      const { holder, slot, serial } = name;
      named.push({ ...device, holder, slot, serial });
    }
  }
  return { named, unnamed };
}

/** Finds the devices that belong to no declared token, sorted by ARN. */
export function findStrays(
  { named, unnamed }: ReturnType<typeof fleetDevices>,
  tokens: readonly JudgedToken[],
): readonly StrayDevice[] {
  // The verdict on a slot covers its device, even if that is of another token.
  const judged = new Set(tokens.map(({ deviceArn }) => deviceArn));
  const rest = named.filter(({ arn }) => !judged.has(arn));
  if (rest.length + unnamed.length === 0) {
    return [];
  }
  const declared = new Map(tokens.map((token) => [slotKey(token.holder, token.slot), token]));
  const strays = [
    ...unnamed.map(
      ({ arn, user }): StrayDevice => ({
        kind: 'inspect',
        deviceArn: arn,
        ...(user === undefined ? {} : { user }),
        isDeclared: false,
        why: "at the fleet's path, but its name does not have the form that mfa-runbook uses",
      }),
    ),
    ...rest.map((device) => judgeStray(device, declared.get(slotKey(device.holder, device.slot)))),
  ];
  return strays.sort((a, b) => (a.deviceArn < b.deviceArn ? -1 : 1));
}

/** @param token the token that the record declares for the device's slot */
function judgeStray(device: NamedDevice, token: JudgedToken | undefined): StrayDevice {
  const { arn, holder, slot, serial, user } = device;
  function stray(kind: StrayDevice['kind'], why: string): StrayDevice {
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
