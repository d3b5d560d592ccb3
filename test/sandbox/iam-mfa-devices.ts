/**
 * MFA devices as entities. The operations are in iam-mfa.ts and iam-mfa-lists.ts.
 */

import { noSuchEntity } from './iam-entities';
import { AwsError } from './operation';
import { text } from './parameters';
import type { Assignment, CodeDevice, Device } from './records';
import type { State } from './state';

/**
 * The API's serial number: the ARN of a virtual device, or the printed serial of a hardware device.
 */
export const deviceArn = text({ min: 9, max: 256, pattern: /^[\w+=/:,.@-]+$/ });

/** Six digits, never shown in messages. */
export const authenticationCode = text({ min: 6, max: 6, pattern: /^\d+$/, secret: true });

/** Gives the ARN for policies; for a printed serial, the one that a device of this name would have. */
export function policyArnOf(state: State, serialNumber: string): string {
  return serialNumber.startsWith('arn:') ? serialNumber : state.iamArn('mfa', '/', serialNumber);
}

/** Finds a virtual device. @throws AwsError NoSuchEntity */
export function deviceAt(state: State, serialNumber: string): CodeDevice {
  const device = state.devices.get(serialNumber);
  if (device?.kind !== 'virtual') {
    throw noSuchEntity(`VirtualMFADevice with serial number ${serialNumber} does not exist.`);
  }
  return device;
}

/**
 * Finds a device that can be enabled: a virtual one, or a printed token that AWS knows.
 *
 * @throws AwsError NoSuchEntity; InvalidAuthenticationCode for an unknown printed serial, depending on the settings
 */
export function enablableDevice(state: State, serialNumber: string): CodeDevice {
  const { shared, settings } = state;
  const known = state.devices.get(serialNumber);
  if (serialNumber.startsWith('arn:') || known?.kind === 'printed') {
    return known?.kind === 'printed' ? known : deviceAt(state, serialNumber);
  }
  const token = shared.printedTokens.get(serialNumber);
  if (!token) {
    throw settings.unknownSerialCode === 'NoSuchEntity'
      ? noSuchEntity(`MFA Device with serial number ${serialNumber} does not exist.`)
      : invalidCodes();
  }
  if (token.isInUse) {
    throw new AwsError('EntityAlreadyExists', 409, 'MFA Device is already in use.');
  }
  const { codes, synchronization } = token;
  return {
    kind: 'printed',
    arn: serialNumber,
    tags: new Map(),
    codes,
    synchronization,
    assignment: undefined,
  };
}

/** Finds a device of this user. @throws AwsError NoSuchEntity */
export function deviceOfUser(state: State, serialNumber: string, user: { readonly id: string }): Device {
  const device = state.devices.get(serialNumber);
  if (!device || device.assignment?.userId !== user.id) {
    throw noSuchEntity('MFA Device invalid for user.');
  }
  return device;
}

/** Stores a changed device and announces it to STS, which sees it later. */
export function storeDevice(state: State, device: CodeDevice): void {
  const { assignment, codes, synchronization } = device;
  if (device.kind === 'printed') {
    state.shared.printedTokens.note(device.arn, { synchronization, isInUse: assignment !== undefined });
  }
  if (device.kind === 'printed' && assignment === undefined) {
    state.devices.delete(device.arn);
  } else {
    state.devices.set(device.arn, device);
  }
  const binding = assignment && {
    userId: assignment.userId,
    codes,
    offsetSteps: synchronization.offsetSteps,
  };
  state.stsView.announce(device.arn, binding, state.settings.clock.now());
}

/** Takes a device away from its user; a security key is then gone. */
export function unassign(state: State, device: Device): void {
  if (device.kind === 'security-key') {
    state.devices.delete(device.arn);
  } else {
    // Seed, adjustment and history stay with the device.
    storeDevice(state, { ...device, assignment: undefined });
  }
}

/** Assigns a device, after its codes were accepted. */
export function assign(state: State, device: CodeDevice, whose: Omit<Assignment, 'enabledAt'>): void {
  storeDevice(state, { ...device, assignment: { ...whose, enabledAt: state.settings.clock.now() } });
}

export function invalidCodes(): AwsError {
  return new AwsError('InvalidAuthenticationCode', 403, 'Authentication code for device is not valid.');
}
