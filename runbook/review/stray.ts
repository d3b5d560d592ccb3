/** Finds the devices of a fleet, and those among them that belong to no declared token. */
import { placeOfDevice } from '../../lib/record/devices';
import { type DeviceName, devicePath, isSameUser, parseDeviceArn, rootHolder } from '../../lib/record/names';
import { isSamePlace, type Place, placeOf } from '../../lib/record/place';
import type { SlotToken } from '../../lib/record/record';
import type { VirtualDevice } from '../aws/aws';

/** A device of the fleet, with the holder, slot and place that its name tells. A root user has a holder text as `user`. */
export type NamedDevice = VirtualDevice & DeviceName;

/** A declared token that was judged. */
interface JudgedToken extends SlotToken {
  readonly holder: string;
  readonly verdict: string;
  readonly deviceArn?: string;
}

/** A device of the fleet that belongs to no declared token. */
export interface StrayDevice extends Partial<Place> {
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
  /** The user it is assigned to. */
  readonly user?: string;
  /** The record declares its token for its slot. */
  readonly isDeclared: boolean;
  readonly why: string;
}

/** Makes a key of a holder and a slot; neither contains a blank, and IAM does not tell the case of a name apart. */
export function slotKey(holder: string, slot: string): string {
  return `${holder.toLowerCase()} ${slot}`;
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
      const { holder, slot } = name;
      named.push({ ...device, holder, slot, ...placeOf(name) });
    }
  }
  return { named, unnamed };
}

/** Selects the FIDO keys of users whose names have our form: they have no path, so only those in a declared slot are ours. */
export function fidoDevices(
  devices: readonly VirtualDevice[],
  declared: ReadonlySet<string>,
): readonly NamedDevice[] {
  return devices.flatMap((device) => {
    const { arn, user: holder = '' } = device;
    const name = arn.includes(':u2f/') ? placeOfDevice({ arn, holder }, []) : undefined;
    return name !== undefined && declared.has(slotKey(name.holder, name.slot))
      ? [{ ...device, ...name }]
      : [];
  });
}

/** Selects the devices of a root user whose names have our form. */
export function rootDevices(
  { account, tokens }: { readonly account: string; readonly tokens: readonly SlotToken[] },
  devices: readonly VirtualDevice[],
): readonly NamedDevice[] {
  const holder = rootHolder(account);
  return devices.flatMap((device) => {
    const name = placeOfDevice({ arn: device.arn, holder }, tokens);
    return name === undefined
      ? []
      : [{ ...device, ...name, holder, ...(device.isRoot === true ? { user: holder } : {}) }];
  });
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
  const { arn, holder, slot, user } = device;
  function stray(kind: StrayDevice['kind'], why: string): StrayDevice {
    return {
      kind,
      deviceArn: arn,
      holder,
      slot,
      ...placeOf(device),
      ...(user === undefined ? {} : { user }),
      isDeclared: token !== undefined && isSamePlace(token, device),
      why,
    };
  }
  if (user === undefined) {
    return stray('leftover', 'assigned to nobody');
  }
  if (!isSameUser(user, holder)) {
    return stray('inspect', `assigned to ${user}, not to the holder in its name`);
  }
  if (token === undefined) {
    return stray('retire', 'not declared in the record');
  }
  return stray(
    'inspect',
    `enabled in addition to the slot's other device, ${token.deviceArn ?? 'of another token'}`,
  );
}
