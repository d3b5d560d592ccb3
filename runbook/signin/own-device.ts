/** Which of the caller's devices the code is to come from. Nothing is derived from names: it is listed, told or remembered. */
import { parseDeviceArn } from '../../lib/record/names';
import { type AssignedDevice, AwsFault } from '../aws/aws';
import { isDenied } from '../aws/faults';
import type { SessionIssuer } from '../aws/session-issuer';
import { RunbookError } from '../runbook-error';
import type { Terminal } from '../terminal/terminal';

/** A device whose code will be asked for. */
export interface ChosenDevice {
  readonly arn: string;
  /** Known where the devices could be listed. */
  readonly enabledAt: Date | undefined;
}

/** What is known of the caller's devices before anything is asked. */
export interface DeviceSources {
  /** `--device` */
  readonly wanted: string | undefined;
  /** `mfa_serial` of the profile. */
  readonly profileDevice: string | undefined;
  /** What this caller used last on this machine. */
  readonly remembered: string | undefined;
  /** The command line, for hints. */
  readonly command: string;
}

function isArn(text: string): boolean {
  return text.startsWith('arn:');
}
function isFido(arn: string): boolean {
  return /:u2f\//.test(arn);
}

/** The device as its owner knows it: `alice.breakglass primary, token 86596220000001`. */
export function deviceLabel(arn: string): string {
  const ours = parseDeviceArn(arn);
  return ours === undefined ? `the device ${arn}` : `${ours.holder} ${ours.slot}, token ${ours.serial}`;
}

/** Whether `--device` means this device: by ARN or printed serial, by slot, or by the name that ends the ARN. */
export function isWanted(wanted: string, arn: string): boolean {
  const ours = parseDeviceArn(arn);
  if (ours !== undefined && (wanted === ours.slot || wanted === ours.serial)) {
    return true;
  }
  return wanted === arn || (isArn(arn) && arn.endsWith(`/${wanted}`));
}

/** The device, where it can be told without asking AWS or a person; for finding a cached session. */
export function deviceKnownLocally({ wanted, profileDevice, remembered }: DeviceSources): string | undefined {
  if (wanted === undefined) {
    return profileDevice ?? remembered;
  }
  if (isArn(wanted)) {
    return wanted;
  }
  return [remembered, profileDevice].find((arn) => arn !== undefined && isWanted(wanted, arn));
}

/** The caller's devices; `undefined` where listing them is denied. */
export async function listOwnDevices(issuer: SessionIssuer): Promise<readonly AssignedDevice[] | undefined> {
  try {
    return await issuer.ownDevices();
  } catch (error) {
    if (error instanceof AwsFault && isDenied(error)) {
      return undefined;
    }
    throw error;
  }
}

/**
 * The device whose code will be asked for.
 *
 * @param listed the caller's devices; `undefined` where listing them is denied
 * @throws RunbookError `session/no-device`, `session/fido`, `cancelled`
 */
export async function chooseDevice(
  sources: DeviceSources,
  listed: readonly AssignedDevice[] | undefined,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ChosenDevice> {
  const told = sources.wanted ?? sources.profileDevice;
  if (told !== undefined) {
    return checkUsable(findTold(told, sources, listed));
  }
  if (listed === undefined) {
    return checkUsable(fallBack(sources));
  }
  const usable = listed.filter(({ arn }) => !isFido(arn));
  const [only, ...others] = usable;
  if (only === undefined) {
    throw listed.length === 0 ? noDevice() : fidoOnly(listed);
  }
  return others.length === 0 ? only : askWhich(usable, sources.remembered, terminal, signal);
}

function findTold(
  told: string,
  { command }: DeviceSources,
  listed: readonly AssignedDevice[] | undefined,
): ChosenDevice {
  const found = listed?.filter(({ arn }) => isWanted(told, arn)) ?? [];
  const [device, ...others] = found;
  if (device !== undefined && others.length === 0) {
    return device;
  }
  if (listed === undefined && isArn(told)) {
    return { arn: told, enabledAt: undefined };
  }
  const problem =
    listed === undefined
      ? `your devices may not be listed, so ${told} cannot be looked up`
      : `${told} is ${others.length > 0 ? 'more than one of your devices' : 'none of your devices'}`;
  throw new RunbookError('session/no-device', problem, {
    hints: [
      listed === undefined || listed.length === 0
        ? 'pass --device with the ARN of your device'
        : `pass --device with one of: ${listed.map(({ arn }) => arn).join(', ')}`,
      `then run \`${command}\` again`,
    ],
  });
}

function fallBack({ remembered }: DeviceSources): ChosenDevice {
  if (remembered !== undefined) {
    return { arn: remembered, enabledAt: undefined };
  }
  throw new RunbookError(
    'session/no-device',
    'your devices may not be listed (iam:ListMFADevices is denied)',
    {
      hints: [
        'pass --device with the ARN of your device, or set mfa_serial in the profile',
        'MfaEnforcementPolicy allows iam:ListMFADevices on the own user, with MFA or without',
      ],
    },
  );
}

function checkUsable(device: ChosenDevice): ChosenDevice {
  if (isFido(device.arn)) {
    throw fidoOnly([device]);
  }
  return device;
}

function noDevice(): RunbookError {
  return new RunbookError('session/no-device', 'you have no MFA device', {
    hints: ['have your token enrolled first: `mfa-runbook enroll HOLDER --slot SLOT`, by an operator'],
  });
}

function fidoOnly(devices: readonly { readonly arn: string }[]): RunbookError {
  return new RunbookError(
    'session/fido',
    `${devices.map(({ arn }) => arn).join(', ')} is a FIDO key or passkey, which works in a browser only`,
    {
      hints: [
        'AWS takes no FIDO key for command line sessions: use a device that shows codes, or `aws sso login`',
      ],
    },
  );
}

async function askWhich(
  devices: readonly AssignedDevice[],
  remembered: string | undefined,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ChosenDevice> {
  const last = devices.find(({ arn }) => arn === remembered);
  function pick(answer: string): AssignedDevice | undefined {
    if (answer === '') {
      return last;
    }
    const matching = devices.filter(({ arn }) => isWanted(answer, arn));
    return devices[Number(answer) - 1] ?? (matching.length === 1 ? matching[0] : undefined);
  }
  for (const [index, { arn }] of devices.entries()) {
    terminal.note(`${index + 1}: ${deviceLabel(arn)}${arn === last?.arn ? ' (used last)' : ''}`);
  }
  const answer = await terminal.ask(
    {
      name: 'device',
      message: `which device (1 to ${devices.length}, or a slot${last === undefined ? '' : '; Enter for the last one'})`,
      check: (text) => (pick(text) === undefined ? `"${text}" is none of them` : undefined),
    },
    signal,
  );
  return pick(answer) ?? { arn: answer, enabledAt: undefined };
}
