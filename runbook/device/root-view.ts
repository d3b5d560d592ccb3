/**
 * Looks at the devices of a root user. IAM has no call that names them for every type: a listing of the account's virtual
 * devices shows root's virtual ones, and a session of sts:AssumeRoot shows those of any type.
 */

import { parseRootDeviceName, parseRootHolder, rootDeviceName, type SlotPlace } from '../../lib/record/names';
import { formatPlace, isSamePlace, type Place, placeOf } from '../../lib/record/place';
import { MAX_TOKENS_PER_HOLDER } from '../../lib/record/rules';
import type { AccountView, VirtualDevice, WayIn } from '../aws/aws';
import { unlessDenied } from '../aws/faults';
import type { Ceremony } from '../ceremony/ceremony';
import type { Ports } from '../ceremony/ports';
import { RunbookError } from '../runbook-error';
import type { InSlot } from './slot';

/** Evidence names by which listing a device was seen. */
type SeenBy = 'own' | 'auditor' | 'assume-root';

/** A listing of the account whose root user it is. */
export interface RootView {
  readonly by: SeenBy;
  /** Those of root, and with `own` and `auditor` every other virtual device. */
  devices(): Promise<readonly VirtualDevice[]>;
  /** Absent where the session may not look for sign-ins. */
  readonly consoleSignIns?: AccountView['consoleSignIns'];
  /** `undefined` where the session may not ask. */
  aliases(): Promise<readonly string[] | undefined>;
}

/** Returns the account of a ceremony's root user. */
export function rootAccount({ request }: Pick<Ceremony, 'request'>): string {
  const account = parseRootHolder(request.holder);
  if (account === undefined) {
    throw new Error(`${request.holder} is no root user`);
  }
  return account;
}

/**
 * Opens a view of the root user's account: the caller's own, or through the given way. `undefined` if there is none:
 * then a person has to confirm what is there.
 *
 * @throws AwsFault
 */
export async function openRootView(c: Ceremony, way: WayIn | undefined): Promise<RootView | undefined> {
  const { aws } = c.ports;
  const account = rootAccount(c);
  if (way === undefined) {
    return account === c.identity.account
      ? {
          by: 'own',
          devices: () => aws.virtualDevices(),
          consoleSignIns: aws.consoleSignIns,
          aliases: () => unlessDenied(aws.accountAliases()),
        }
      : undefined;
  }
  const view = await aws.inAccount(account, way);
  if ('assumeRoot' in way) {
    return {
      by: 'assume-root',
      devices: async () => (await view.rootDevices()).map(({ arn }) => ({ arn, isRoot: true })),
      aliases: async () => undefined,
    };
  }
  return {
    by: 'auditor',
    devices: () => view.virtualDevices(),
    consoleSignIns: view.consoleSignIns,
    aliases: () => unlessDenied(view.accountAliases()),
  };
}

/** Makes the ARN of a device that the console creates for root under a name, or returns the printed serial. */
export function rootDeviceArn(c: Ceremony, name = deviceNameOf(c)): string {
  const { type, serial } = c.token;
  const kind = type === 'fido2' ? 'u2f/root' : 'mfa';
  return type === 'hardware-totp'
    ? serial
    : `arn:${c.identity.partition}:iam::${rootAccount(c)}:${kind}/${name}`;
}

/** Returns the name that a person types for the ceremony's token. */
export function deviceNameOf({ request, token }: Ceremony): string {
  return rootDeviceName({ slot: request.slot, ...placeOf(token) });
}

/** The console adds a random part to the name of a security key. */
const KEY_SUFFIX = /-[A-Z2-7]{26}$/;
const KEY_OF_ROOT = /:u2f\/root\//;

/** Formats the ARN of a device for people: an ellipsis stands for a random part that is not known yet. */
export function shownArn(arn: string): string {
  return isWithoutSuffix(arn) ? `${arn}-…` : arn;
}

/** Tells whether AWS's random part is missing from the ARN of a security key. */
export function isWithoutSuffix(arn: string): boolean {
  return KEY_OF_ROOT.test(arn) && !KEY_SUFFIX.test(arn);
}

/** Tells whether an ARN is `begin`, followed by AWS's random part and nothing else. */
export function isWithSuffix(arn: string, begin: string): boolean {
  return arn.startsWith(begin) && arn.slice(begin.length).search(KEY_SUFFIX) === 0;
}

/** Reads slot and place in the name of a device of root, with the random part or without. */
export function parseListedName(name: string): SlotPlace | undefined {
  return parseRootDeviceName(name.replace(KEY_SUFFIX, ''));
}

/** Reads slot and place in the name of a device of root; `undefined` if its name says neither. */
function placeOfRootDevice(arn: string): SlotPlace | undefined {
  const [, kind, name = ''] = /^arn:[^:]+:iam::\d{12}:(mfa|u2f\/root)\/([^/]+)$/.exec(arn) ?? [];
  return kind === 'mfa' ? parseRootDeviceName(name) : parseListedName(name);
}

/** Tells whether a listed device is the one at an ARN, or the security key that was given the ceremony's name. */
function isDevice(c: Ceremony, { arn, isRoot }: VirtualDevice, expected: string): boolean {
  if (isRoot !== true) {
    return false;
  }
  const place = c.token.type === 'fido2' ? placeOfRootDevice(arn) : undefined;
  return arn === expected || (place?.slot === c.request.slot && isSamePlace(place, c.token));
}

/** Finds the device at an ARN among those of root. */
export async function findRootDevice(
  c: Ceremony,
  view: RootView,
  expected: string,
): Promise<VirtualDevice | undefined> {
  return (await view.devices()).find((device) => isDevice(c, device, expected));
}

/** Finds the device of root in the ceremony's slot, whatever token the record declares for it now. */
export async function deviceInRootSlot(c: Ceremony, view: RootView): Promise<InSlot | undefined> {
  const found = devicesInRootSlot(c, await view.devices());
  // The token that the record no longer declares is the one that is out of use.
  return found.find((device) => !isSamePlace(device, c.token)) ?? found[0];
}

/** Selects the devices of root in the ceremony's slot. */
export function devicesInRootSlot(c: Ceremony, devices: readonly VirtualDevice[]): readonly InSlot[] {
  const expected = rootDeviceArn(c);
  return devices.flatMap((device) => {
    if (isDevice(c, device, expected)) {
      return [{ arn: device.arn, ...placeOf(c.token) }];
    }
    const place = device.isRoot === true ? placeOfRootDevice(device.arn) : undefined;
    return place?.slot === c.request.slot ? [{ arn: device.arn, ...placeOf(place) }] : [];
  });
}

/**
 * Does step 2: checks that the slot is free, and that the token is in use nowhere else.
 *
 * @param leaving ARN of the device that is to be replaced
 * @returns the slot's device, if this very token is enrolled in it already
 * @throws RunbookError `iam/slot-taken`, `iam/token-in-use`, `iam/device-limit`, `iam/name-taken`
 */
export async function lookAtRootSlot(
  c: Ceremony,
  view: RootView,
  leaving?: string,
): Promise<VirtualDevice | undefined> {
  const { ports, request } = c;
  const devices = await ports.terminal.during('looking for its devices', view.devices());
  const expected = rootDeviceArn(c);
  const enrolled = devices.find((device) => isDevice(c, device, expected));
  if (enrolled !== undefined) {
    return enrolled;
  }
  const own = devices.filter(({ isRoot }) => isRoot === true);
  for (const { arn } of own) {
    if (arn !== leaving) {
      checkRival(c, arn);
    }
  }
  if (own.length >= MAX_TOKENS_PER_HOLDER) {
    throw new RunbookError(
      'iam/device-limit',
      `${request.holder} has ${own.length} MFA devices, and IAM allows ${MAX_TOKENS_PER_HOLDER}`,
      {
        hints: [`remove one that is out of use in the console: ${own.map(({ arn }) => arn).join(', ')}`],
        exitCode: 3,
      },
    );
  }
  tellLeftover(
    ports,
    devices.find(({ arn }) => arn === expected),
  );
  return undefined;
}

function checkRival({ request, token }: Ceremony, arn: string): void {
  const { holder, slot } = request;
  const found = placeOfRootDevice(arn);
  if (found === undefined) {
    return;
  }
  if (found.slot === slot) {
    throw new RunbookError(
      'iam/slot-taken',
      `${slot} of ${holder} is enrolled with the token ${placeText(found)}, but the record declares ${placeText(token)}`,
      {
        hints: [
          `if ${found.serial} is out of use: \`mfa-runbook retire ${holder} --slot ${slot}{options}\`, then run \`{command}\``,
          'if it is not, correct tokens.yaml and run `cdk deploy`',
        ],
        exitCode: 3,
      },
    );
  }
  // A security key holds no seed that another enrollment would replace.
  if (isSamePlace(found, token) && token.type !== 'fido2') {
    throw new RunbookError('iam/token-in-use', `the token ${placeText(token)} is still enrolled as ${arn}`, {
      hints: [
        `if that device is out of use: \`mfa-runbook retire ${holder} --slot ${found.slot}{options}\`, then run \`{command}\``,
        'if it is not, correct tokens.yaml and run `cdk deploy`',
      ],
      exitCode: 3,
    });
  }
}

function placeText(place: Place): string {
  return formatPlace(placeOf(place));
}

/** Warns of an unassigned device: the console refuses its name, unless the page that is open there made it. */
function tellLeftover({ terminal }: Ports, device: VirtualDevice | undefined): void {
  if (device === undefined) {
    return;
  }
  const { arn, user } = device;
  if (user !== undefined) {
    throw new RunbookError('iam/name-taken', `the device ${arn} is assigned to ${user}`, {
      hints: ['the console gives no two devices one name: find out whose it is before you delete anything'],
      exitCode: 3,
    });
  }
  terminal.event('leftover', { deviceArn: arn });
  terminal.note(
    `the device ${arn} exists already and is assigned to nobody: unless its page is open in the console right now, have an administrator of the account delete it first, or the console refuses its name: \`aws iam delete-virtual-mfa-device --serial-number ${arn}\``,
  );
}
