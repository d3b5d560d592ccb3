/** The comparison of an enabled device with the records. */
import { deviceKindOf, placeOfDevice, tokenOfDevice } from '../record/devices';
import { isSameUser, normalizePrintedSerial, parseDeviceArn, rootHolder } from '../record/names';
import { formatPlace, isSamePlace, type Place } from '../record/place';
import { type FleetRecord, type Holder, type SlotToken, tokensOf } from '../record/record';

/** The device that was enabled. */
interface EnabledDevice {
  /** The IAM user name, as the caller wrote it. */
  readonly user: string;
  /** The value that IAM calls the serial number: an ARN, or the serial printed on a hardware token. */
  readonly arn: string;
}

/** The difference between a device and the record, and the next steps. */
interface Judgment {
  readonly headline: string;
  readonly why: string;
  readonly next: readonly string[];
}

function holderIn(record: FleetRecord, user: string): Holder | undefined {
  return record.holders.find(({ name }) => isSameUser(name, user));
}

/** Returns the fleet in a device's name; `undefined` for a device that the runbook did not create. */
export function namedFleet(arn: string): string | undefined {
  return parseDeviceArn(arn)?.fleet;
}

/** The user name that CloudTrail gives root. */
export const ROOT_USER = 'AWS ROOT USER';

/**
 * Judges a device by the records: of the fleet it is named after, or of all.
 *
 * @param account the account the device is in
 * @returns `undefined` when a record declares it for this user
 */
export function judgeDevice(
  device: EnabledDevice,
  account: string,
  records: readonly FleetRecord[],
): Judgment | undefined {
  if (device.user === '' || device.arn === '') {
    return incomplete(device);
  }
  if (device.user === ROOT_USER) {
    return judgeRoot(device, account, records);
  }
  if (parseDeviceArn(device.arn) !== undefined) {
    return judgeNamed(device, account, records);
  }
  if (/:u2f\//.test(device.arn)) {
    return judgeFido(device, records);
  }
  if (!device.arn.startsWith('arn:')) {
    return judgePrinted(device, records);
  }
  return unrecorded(
    device,
    records,
    'it does not have a name from mfa-runbook, so it belongs to no token of a record',
  );
}

/** The headline for a device that could not be judged. */
export const NOT_COMPARED = 'an enabled MFA device could not be compared with the record';

function incomplete({ user, arn }: EnabledDevice): Judgment {
  const missing = [...(user === '' ? ['its user'] : []), ...(arn === '' ? ['the device'] : [])];
  return {
    headline: NOT_COMPARED,
    why: `the event does not name ${missing.join(' and ')}`,
    next: ['look up the CloudTrail event, and run mfa-runbook plan: it compares every device of the fleet.'],
  };
}

function listed(tokens: readonly SlotToken[]): string {
  return tokens.map((token) => `${formatPlace(token)} in slot ${token.slot}`).join(', ');
}

/** Judges a device of root by the records of this account: another account's may declare it, and is not read here. */
function judgeRoot(
  device: EnabledDevice,
  account: string,
  records: readonly FleetRecord[],
): Judgment | undefined {
  const holder = rootHolder(account);
  const tokens = records.flatMap((record) => tokensOf(record, holder, account) ?? []);
  if (tokenOfDevice({ arn: device.arn, holder }, tokens) !== undefined) {
    return undefined;
  }
  const declared =
    tokens.length === 0
      ? 'no record that these alarms read declares a token for root of this account'
      : `the record declares ${listed(tokens)} for root of this account`;
  return {
    headline: UNRECORDED,
    why: `it belongs to root, and ${declared}`,
    next: [
      'if an operator enrolled it, compare its name with the record of the fleet that declares this root.',
      'if none of your people enabled it, sign in as root, remove it and change the password.',
    ],
  };
}

const UNRECORDED = 'unrecorded MFA device enabled';

/** Users may manage their own devices, but not holders, and nobody at the path of a fleet. */
function unrecorded(device: EnabledDevice, records: readonly FleetRecord[], why: string): Judgment {
  const { user, arn } = device;
  const command = `aws iam deactivate-mfa-device --user-name ${user} --serial-number ${arn}`;
  const fleet = namedFleet(arn);
  if (fleet === undefined && records.every((record) => holderIn(record, user) === undefined)) {
    return {
      headline: UNRECORDED,
      why,
      next: [
        `if ${user} manages their own devices and enabled it themselves, there is nothing to do. Otherwise deactivate it:`,
        command,
      ],
    };
  }
  const isPlanned = records.some((record) => record.fleet === fleet);
  const plan = isPlanned ? ' mfa-runbook plan lists every device of the fleet that is not declared.' : '';
  return {
    headline: UNRECORDED,
    why,
    next: [
      'find out who enabled it. If nobody did, deactivate it:',
      command,
      `if it should stay, declare it in tokens.yaml and deploy.${plan}`,
    ],
  };
}

/** Judges a device that carries holder, slot and token serial in its name. */
function judgeNamed(
  device: EnabledDevice,
  account: string,
  records: readonly FleetRecord[],
): Judgment | undefined {
  const name = parseDeviceArn(device.arn);
  const record = records.find(({ fleet }) => fleet === name?.fleet);
  if (name === undefined || record === undefined) {
    return unrecorded(
      device,
      records,
      `it is named after fleet ${name?.fleet}, whose record these alarms do not read`,
    );
  }
  if (name.account !== account) {
    return unrecorded(device, records, `its ARN names account ${name.account}`);
  }
  if (!isSameUser(name.holder, device.user)) {
    return unrecorded(device, records, `its name says that it belongs to ${name.holder}`);
  }
  const declared = holderIn(record, device.user)?.tokens.find(({ slot }) => slot === name.slot);
  const isDeclared = declared !== undefined && isSamePlace(declared, name);
  if (isDeclared && deviceKindOf(declared.type) === 'virtual') {
    return undefined;
  }
  if (record.spares.some((spare) => isSamePlace(spare, name))) {
    return spareInUse(name);
  }
  return unrecorded(device, records, declarationOf(record, device.user, name.slot, declared));
}

function declarationOf(
  { fleet }: FleetRecord,
  user: string,
  slot: string,
  declared: SlotToken | undefined,
): string {
  return declared === undefined
    ? `the record of fleet ${fleet} declares no token for ${user} in slot ${slot}`
    : `the record of fleet ${fleet} declares the ${declared.type} token ${formatPlace(declared)} for ${user} in slot ${slot}`;
}

function spareInUse(name: Place & { readonly holder: string; readonly slot: string }): Judgment {
  return {
    headline: 'a spare MFA token was enrolled',
    why: `the record declares the token ${formatPlace(name)} as a spare, not for ${name.holder} in slot ${name.slot}`,
    next: [
      'if an operator replaced a token, move it from spares to the holder in tokens.yaml and deploy.',
      `if nobody did, retire it: mfa-runbook retire ${name.holder} --slot ${name.slot}`,
    ],
  };
}

/** Judges a FIDO key by the name that was typed for it, because IAM keeps nothing else that tells two keys apart. */
function judgeFido(device: EnabledDevice, records: readonly FleetRecord[]): Judgment | undefined {
  const { user, arn } = device;
  const tokens = records.flatMap((record) => holderIn(record, user)?.tokens ?? []);
  const keys = tokens.filter(({ type }) => type === 'fido2');
  const listing = { arn, holder: user };
  const name = placeOfDevice(listing, keys);
  if (keys.length === 0) {
    return unrecorded(device, records, `it is a FIDO key, and no record declares one for ${user}`);
  }
  if (name !== undefined && !isSameUser(name.holder, user)) {
    return unrecorded(device, records, `its ARN says that it belongs to ${name.holder}`);
  }
  if (tokenOfDevice(listing, keys) !== undefined) {
    return undefined;
  }
  if (name !== undefined) {
    const why = `its name says that it is ${formatPlace(name)} in slot ${name.slot}, and the record declares ${listed(keys)}`;
    return unrecorded(device, records, why);
  }
  return {
    headline: 'FIDO key enabled, cannot be compared with the record',
    why: `its name is not that of a declared key, SLOT.SERIAL. The record declares ${listed(keys)} for ${user}`,
    next: [
      `ask ${device.user} which key it was, and compare the serial printed on it.`,
      `if it was none of these, deactivate it: aws iam deactivate-mfa-device --user-name ${device.user} --serial-number ${device.arn}`,
    ],
  };
}

/** Judges a hardware TOTP token, known to AWS by the serial printed on it. */
function judgePrinted(device: EnabledDevice, records: readonly FleetRecord[]): Judgment | undefined {
  const owners = records.flatMap(({ holders }) =>
    holders.filter(({ tokens }) =>
      tokens.some(
        ({ type, serial }) =>
          type === 'hardware-totp' && normalizePrintedSerial(serial) === normalizePrintedSerial(device.arn),
      ),
    ),
  );
  if (owners.some(({ name }) => isSameUser(name, device.user))) {
    return undefined;
  }
  const [owner] = owners;
  return unrecorded(
    device,
    records,
    owner === undefined
      ? `no record declares a hardware TOTP token of this serial for ${device.user}`
      : `the record declares this hardware TOTP token for ${owner.name}`,
  );
}
