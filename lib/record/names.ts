/** The names under which the record, the evidence and the MFA devices of a fleet are found in AWS. */
import { formatPlace, type Place, parsePlace } from './place';
import { OWN_ACCOUNT } from './record';
import { FLEET_RULE, HOLDER_RULE, SERIAL_RULE, SLOT_RULE, type TextRule, textProblem } from './rules';

/** The first segment of every SSM parameter and device path of this project. */
export const ROOT = 'mfa-guardrails';

/** Returns the IAM path of a fleet's devices, with both slashes: `/mfa-guardrails/{fleet}/`. */
export function devicePath(fleet: string): string {
  return `/${ROOT}/${fleet}/`;
}

/** Returns the SSM path below which only CloudFormation writes: that of the record. */
export function recordPath(fleet: string): string {
  return `/${ROOT}/${fleet}/record`;
}

/** Returns the name of the SSM parameter with the manifest. */
export function manifestName(fleet: string): string {
  return `${recordPath(fleet)}/manifest`;
}

/** Returns the name of the SSM parameter with page `n`, counted from 0. */
export function pageName(fleet: string, n: number): string {
  return `${recordPath(fleet)}/page/${n}`;
}

/** Returns the SSM path below which only the runbook writes: that of the evidence. */
export function evidencePath(fleet: string): string {
  return `/${ROOT}/${fleet}/evidence`;
}

/**
 * Returns the name of the SSM parameter with the evidence of one slot. SSM allows fewer characters than IAM user names do, so every
 * character of the holder outside `A-Z a-z 0-9 . -` becomes `_` and its two-digit hexadecimal code. No two holders
 * share a name: IAM user names are ASCII, and the underscore itself is written `_5F`.
 */
export function evidenceName(fleet: string, holder: string, slot: string): string {
  const segment = holder.replace(
    /[^A-Za-z0-9.-]/g,
    (character) => `_${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return `${evidencePath(fleet)}/${segment}/${slot}`;
}

/** Returns a holder as the value of a tag: those allow no comma, and no user name has the colon that stands for it. */
export function holderTag(holder: string): string {
  return holder.replaceAll(',', ':');
}

/** Tells whether two names are of one IAM user: IAM keeps the case of a name and does not tell it apart. */
export function isSameUser(one: string | undefined, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase();
}

/** The holder text of the root user of the stack's account. */
const ROOT_HOLDER = 'root';

/** Formats the holder text of a root user: `root@123456789012`, or `root` for `self`, the account of the stack. */
export function rootHolder(account: string): string {
  return account === OWN_ACCOUNT ? ROOT_HOLDER : `${ROOT_HOLDER}@${account}`;
}

/** Parses the holder text of a root user to its account, which is `self` for `root`; `undefined` for anything else. */
export function parseRootHolder(text: string): string | undefined {
  return text === ROOT_HOLDER ? OWN_ACCOUNT : /^root@(\d{12})$/.exec(text)?.[1];
}

/**
 * Normalizes a serial as people read it off a token, to compare it: without blanks and hyphens, in upper case. Other
 * letters stay, for a rule to refuse.
 */
export function normalizePrintedSerial(text: string): string {
  return text.replace(/[\s-]/g, '').replace(/[a-z]/g, (letter) => letter.toUpperCase());
}

/** The place in a slot: what a device of the record stands for. */
export interface SlotPlace extends Place {
  readonly slot: string;
}

/** The parts of a device's name: its holder, its slot, and the place of its seed on a physical token. */
export interface DeviceName extends SlotPlace {
  readonly holder: string;
}

/**
 * Formats `{holder}.{slot}.{serial}`, the join key between IAM and the record, with `+{profile}` if there is one. Slots
 * have no dot and no plus sign, and serials neither.
 */
export function formatDeviceName(name: DeviceName): string {
  return `${name.holder}.${formatSlotPlace(name)}`;
}

function formatSlotPlace(place: SlotPlace): string {
  return `${place.slot}.${formatPlace(place)}`;
}

function follows(rule: TextRule, text: string): boolean {
  return textProblem(rule, text) === undefined;
}

/** Parses `{slot}.{serial}`, with `+{profile}` if there is one; `undefined` if the text has another form. */
export function parseSlotPlace(text: string): SlotPlace | undefined {
  const [, slot, placeText = ''] = /^([^.]+)\.([^.]+)$/.exec(text) ?? [];
  const place = parsePlace(placeText);
  if (slot === undefined || place === undefined) {
    return undefined;
  }
  const isOurs = follows(SLOT_RULE, slot) && follows(SERIAL_RULE, place.serial);
  return isOurs ? { slot, ...place } : undefined;
}

/** Parses a device name from the right, because a holder may have dots; `undefined` if it has another form. */
export function parseDeviceName(text: string): DeviceName | undefined {
  const [, holder, rest = ''] = /^(.+)\.([^.]+\.[^.]+)$/.exec(text) ?? [];
  const place = parseSlotPlace(rest);
  if (holder === undefined || place === undefined || !follows(HOLDER_RULE, holder)) {
    return undefined;
  }
  return { holder, ...place };
}

/** Formats the name that a person types for a device of root: `root.{slot}.{serial}`, with `+{profile}` if there is one. */
export function rootDeviceName(place: SlotPlace): string {
  return `${ROOT_HOLDER}.${formatSlotPlace(place)}`;
}

/** Parses the name of a device of root; `undefined` if it has another form. */
export function parseRootDeviceName(text: string): SlotPlace | undefined {
  const [, rest = ''] = /^root\.(.+)$/.exec(text) ?? [];
  return parseSlotPlace(rest);
}

/** Formats the ARN of a device of this project, which IAM calls its serial number. */
export function formatDeviceArn(partition: string, account: string, fleet: string, name: DeviceName): string {
  return `arn:${partition}:iam::${account}:mfa${devicePath(fleet)}${formatDeviceName(name)}`;
}

const DEVICE_ARN = new RegExp(`^arn:aws[a-z0-9-]*:iam::(\\d{12}):mfa/${ROOT}/([^/]+)/([^/]+)$`);

/** Parses a device ARN of any partition; `undefined` if the device was not made by this project. */
export function parseDeviceArn(
  arn: string,
): ({ readonly account: string; readonly fleet: string } & DeviceName) | undefined {
  const [, account, fleet, deviceName = ''] = DEVICE_ARN.exec(arn) ?? [];
  const name = parseDeviceName(deviceName);
  if (account === undefined || fleet === undefined || name === undefined) {
    return undefined;
  }
  return follows(FLEET_RULE, fleet) ? { account, fleet, ...name } : undefined;
}

/** Tells whether a device ARN names this fleet, this holder and, if one is given, this slot. */
export function isDeviceOf(
  arn: string,
  {
    fleet,
    holder,
    slot,
  }: { readonly fleet: string; readonly holder: string; readonly slot?: string | undefined },
): boolean {
  const name = parseDeviceArn(arn);
  return (
    name?.fleet === fleet && isSameUser(name.holder, holder) && (slot === undefined || name.slot === slot)
  );
}
