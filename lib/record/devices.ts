/**
 * The place of the record that an MFA device in IAM stands for, as far as its ARN or its serial tells.
 *
 * | device | what IAM calls its serial number | what tells the place |
 * |--------|----------------------------------|----------------------|
 * | virtual, of a user | `arn:…:mfa/mfa-guardrails/{fleet}/{holder}.{slot}.{serial}[+{profile}]` | its name |
 * | virtual, of root   | `arn:…:mfa/root.{slot}.{serial}[+{profile}]` | the name that was typed in the console |
 * | FIDO, of a user    | `arn:…:u2f/user/{user}/{slot}.{serial}-{26 characters}` | the name that was typed in the console |
 * | FIDO, of root      | `arn:…:u2f/root/root.{slot}.{serial}-{26 characters}` | the name that was typed in the console |
 * | hardware           | the serial printed on it, no ARN | the record |
 *
 * ListVirtualMFADevices shows virtual devices only: those of root among them, but none of its FIDO and hardware devices.
 * A typed name is the word of a person: IAM keeps neither the model nor the serial of a FIDO key.
 */
import {
  type DeviceName,
  normalizePrintedSerial,
  parseDeviceArn,
  parseRootDeviceName,
  parseRootHolder,
  parseSlotPlace,
  rootDeviceName,
  rootHolder,
  type SlotPlace,
} from './names';
import { formatPlace, isSamePlace } from './place';
import type { SlotToken, TokenType } from './record';

/** The kinds of devices that IAM knows. */
export type DeviceKind = 'virtual' | 'fido' | 'hardware';

/** A device as IAM lists it. */
interface ListedDevice {
  /** The value that IAM calls the serial number. */
  readonly arn: string;
  /** The IAM user it belongs to, or `root@{account}`. */
  readonly holder: string;
}

/** Returns the kind of a device by the form of its ARN or serial; `undefined` for an ARN of another form. */
export function deviceKind(arn: string): DeviceKind | undefined {
  if (!arn.startsWith('arn:')) {
    return 'hardware';
  }
  const [, resource] = /^arn:[^:]*:iam::\d{12}:(mfa|u2f)\//.exec(arn) ?? [];
  return resource === undefined ? undefined : resource === 'mfa' ? 'virtual' : 'fido';
}

/** Returns the kind of device that a token is in IAM: AWS has the seed of a hardware-totp token, and a FIDO key has none. */
export function deviceKindOf(type: TokenType): DeviceKind {
  return type === 'fido2' ? 'fido' : type === 'hardware-totp' ? 'hardware' : 'virtual';
}

/** Returns the name to type in the console for a FIDO key: `{slot}.{serial}`, for root with `root.` before it. */
export function fidoDeviceName(holder: string, place: SlotPlace): string {
  return parseRootHolder(holder) === undefined
    ? `${place.slot}.${formatPlace(place)}`
    : rootDeviceName(place);
}

const FIDO_ARN = /^arn:aws[a-z0-9-]*:iam::(\d{12}):u2f\/(?:user\/([^/]+)|root)\/([^/]+)$/;

/** Parses the ARN of a FIDO key. IAM appends 26 characters to the name; an older or another form is not read. */
function parseFidoArn(arn: string): DeviceName | undefined {
  const [, account = '', user, segment = ''] = FIDO_ARN.exec(arn) ?? [];
  const [, name = ''] = /^(.+)-[A-Z2-7]{26}$/.exec(segment) ?? [];
  const place = parseSlotPlace(name) ?? (user === undefined ? parseRootDeviceName(name) : undefined);
  return place === undefined ? undefined : { holder: user ?? rootHolder(account), ...place };
}

/** Parses the ARN of a virtual device that root made in the console, at the path `/`. */
function parseRootArn(arn: string): DeviceName | undefined {
  const [, account = '', name = ''] = /^arn:aws[a-z0-9-]*:iam::(\d{12}):mfa\/([^/]+)$/.exec(arn) ?? [];
  const place = parseRootDeviceName(name);
  return place === undefined ? undefined : { holder: rootHolder(account), ...place };
}

/**
 * Returns the holder, the slot and the place that a listed device stands for. Its holder is the one in its name, who may
 * be somebody else than the one IAM lists it for.
 *
 * @param tokens the tokens that the record declares for its holder, among which a printed serial is looked up
 * @returns `undefined` if the device tells none: it is not ours, or was named otherwise
 */
export function placeOfDevice(
  { arn, holder }: ListedDevice,
  tokens: readonly SlotToken[],
): DeviceName | undefined {
  const kind = deviceKind(arn);
  if (kind === 'fido') {
    return parseFidoArn(arn);
  }
  if (kind === 'virtual') {
    // A user may give a device the name of one of root.
    const isRoot = parseRootHolder(holder) !== undefined;
    return isRoot ? parseRootArn(arn) : parseDeviceArn(arn);
  }
  const printed = normalizePrintedSerial(arn);
  const token = tokens.find(
    ({ type, serial }) => type === 'hardware-totp' && normalizePrintedSerial(serial) === printed,
  );
  return token === undefined ? undefined : { holder, slot: token.slot, serial: token.serial };
}

/** Finds the token that a listed device stands for, among those of its holder: of its place, and of its kind. */
export function tokenOfDevice(device: ListedDevice, tokens: readonly SlotToken[]): SlotToken | undefined {
  const place = placeOfDevice(device, tokens);
  const kind = deviceKind(device.arn);
  return place === undefined
    ? undefined
    : tokens.find(
        (token) =>
          token.slot === place.slot && isSamePlace(token, place) && deviceKindOf(token.type) === kind,
      );
}
