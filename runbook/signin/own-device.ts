/** Chooses the caller's device whose code is asked for: nothing is guessed from names, only listed, given or remembered. */
import { deviceKind } from '../../lib/record/devices';
import { normalizePrintedSerial, parseDeviceArn } from '../../lib/record/names';
import { formatPlace } from '../../lib/record/place';
import { listOf } from '../../lib/record/text';
import { type AssignedDevice, AwsFault } from '../aws/aws';
import { isDenied } from '../aws/faults';
import type { SessionIssuer } from '../aws/session-issuer';
import { RunbookError } from '../runbook-error';
import type { Terminal } from '../terminal/terminal';

/** A device whose code will be asked for. */
export interface ChosenDevice {
  readonly arn: string;
  /** Known if the devices could be listed. */
  readonly enabledAt: Date | undefined;
}

/** The devices that are known before anything is asked. */
export interface DeviceSources {
  /** `--device` */
  readonly wanted: string | undefined;
  /** `mfa_serial` of the profile. */
  readonly profileDevice: string | undefined;
  /** The one that this caller used last on this machine. */
  readonly remembered: string | undefined;
}

/** The caller's devices; `undefined` if the caller may not list them. */
type Listed = readonly AssignedDevice[] | undefined;

function isArn(text: string): boolean {
  return text.startsWith('arn:');
}

/** Tells a printed serial from the name of a slot or a device: letters and digits, with a digit among them. */
function isPrintedSerial(text: string): boolean {
  const serial = normalizePrintedSerial(text);
  return /^[A-Z0-9]{9,32}$/.test(serial) && /\d/.test(serial);
}

function isFido({ arn }: { readonly arn: string }): boolean {
  return deviceKind(arn) === 'fido';
}

/** Names a device as its owner knows it: `alice.breakglass primary, token 86596220000001`. */
export function deviceLabel(arn: string): string {
  const ours = parseDeviceArn(arn);
  if (ours !== undefined) {
    return `${ours.holder} ${ours.slot}, token ${formatPlace(ours)}`;
  }
  return isArn(arn) ? `the device ${arn}` : `the token ${arn}`;
}

/** Returns true if `--device` means this device: by ARN, serial (with its profile or without), slot, or the name that ends the ARN. */
function isWanted(wanted: string, arn: string): boolean {
  const ours = parseDeviceArn(arn);
  if (ours !== undefined && [ours.slot, ours.serial, formatPlace(ours)].includes(wanted)) {
    return true;
  }
  return isArn(arn) ? wanted === arn || arn.endsWith(`/${wanted}`) : normalizePrintedSerial(wanted) === arn;
}

/** Finds the device without asking AWS or a person, to look a cached session up. */
export function deviceKnownLocally({ wanted, profileDevice, remembered }: DeviceSources): string | undefined {
  if (wanted === undefined) {
    return profileDevice ?? remembered;
  }
  if (isArn(wanted)) {
    return wanted;
  }
  return [remembered, profileDevice].find((arn) => arn !== undefined && isWanted(wanted, arn));
}

/** Reads the name of the user that an ARN is of; `undefined` for the root user and for roles. */
function userOf(callerArn: string): string | undefined {
  return /:user\/(?:.*\/)?([^/]+)$/.exec(callerArn)?.[1];
}

/** Lists the caller's devices; `undefined` if that is denied. */
export async function listOwnDevices(issuer: SessionIssuer, callerArn: string): Promise<Listed> {
  try {
    return await issuer.ownDevices(userOf(callerArn));
  } catch (error) {
    if (error instanceof AwsFault && isDenied(error)) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Chooses the device whose code will be asked for.
 *
 * @throws RunbookError `session/no-device`, `session/fido`, `cancelled`
 */
export async function chooseDevice(
  { wanted, profileDevice, remembered, listed }: DeviceSources & { readonly listed: Listed },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ChosenDevice> {
  const named = wanted ?? profileDevice;
  if (named !== undefined) {
    return checkUsable(findNamed(named, listed));
  }
  if (listed === undefined) {
    if (remembered === undefined) {
      throw noDevice(
        'you may not list your devices (iam:ListMFADevices is denied)',
        'pass --device with the ARN of your device, or set mfa_serial in the profile',
        'MfaEnforcementPolicy lets users list their own devices (iam:ListMFADevices), with MFA or without',
      );
    }
    return checkUsable({ arn: remembered, enabledAt: undefined });
  }
  const usable = listed.filter((device) => !isFido(device));
  const [only, ...others] = usable;
  if (only !== undefined) {
    return others.length === 0 ? only : askWhich({ usable, remembered }, terminal, signal);
  }
  if (listed.length > 0) {
    throw fidoOnly(listed);
  }
  throw noDevice(
    'you have no MFA device',
    'have an operator enroll your token first: `mfa-runbook enroll HOLDER --slot SLOT`',
  );
}

function findNamed(named: string, listed: Listed): ChosenDevice {
  if (listed === undefined) {
    if (isArn(named) || isPrintedSerial(named)) {
      return { arn: isArn(named) ? named : normalizePrintedSerial(named), enabledAt: undefined };
    }
    throw noDevice(
      `you may not list your devices, so ${named} cannot be looked up`,
      'name it by its ARN: `{command with --device ARN}`',
      'a hardware TOTP token can also be named by the serial printed on it',
    );
  }
  const [device, ...others] = listed.filter(({ arn }) => isWanted(named, arn));
  if (device !== undefined && others.length === 0) {
    return device;
  }
  throw noDevice(
    `${named} matches ${others.length > 0 ? 'more than one of your devices' : 'none of your devices'}`,
    ...(listed.length === 0
      ? ['have an operator enroll your token first: `mfa-runbook enroll HOLDER --slot SLOT`']
      : listed.map(({ arn }) => `name one of them: \`{command with --device ${arn}}\``)),
  );
}

function checkUsable(device: ChosenDevice): ChosenDevice {
  if (isFido(device)) {
    throw fidoOnly([device]);
  }
  return device;
}

function noDevice(message: string, ...hints: readonly string[]): RunbookError {
  return new RunbookError('session/no-device', message, { hints });
}

function fidoOnly(devices: readonly ChosenDevice[]): RunbookError {
  const arns = listOf(devices.map(({ arn }) => arn));
  return new RunbookError('session/fido', `${arns} is a FIDO key or passkey, which works in a browser only`, {
    hints: [
      'STS takes codes only: pass --device with a device that shows codes',
      'or sign in with the key by `aws login` of AWS CLI 2.32 or newer, which opens the browser',
    ],
  });
}

async function askWhich(
  {
    usable,
    remembered,
  }: { readonly usable: readonly AssignedDevice[]; readonly remembered: string | undefined },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ChosenDevice> {
  const last = usable.find(({ arn }) => arn === remembered);
  function pick(answer: string): AssignedDevice | undefined {
    if (answer === '') {
      return last;
    }
    const matching = usable.filter(({ arn }) => isWanted(answer, arn));
    return usable[Number(answer) - 1] ?? (matching.length === 1 ? matching[0] : undefined);
  }
  for (const [index, { arn }] of usable.entries()) {
    terminal.note(`${index + 1}: ${deviceLabel(arn)}${arn === last?.arn ? ' (used last)' : ''}`);
  }
  const answer = await terminal.ask(
    {
      name: 'device',
      message: `which device (1 to ${usable.length}, or a slot${last === undefined ? '' : '; Enter for the last one'})`,
      check: (text) => (pick(text) === undefined ? `"${text}" is none of them` : undefined),
    },
    signal,
  );
  return pick(answer) ?? { arn: answer, enabledAt: undefined };
}
