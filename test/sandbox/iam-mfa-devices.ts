/**
 * Virtual MFA devices as entities. The operations are in iam-mfa.ts and iam-mfa-lists.ts.
 */

import { noSuchEntity } from './iam-entities';
import { AwsError } from './operation';
import { text } from './parameters';
import type { Device, User } from './records';
import type { State } from './state';

/**
 * The API's serial number: the ARN of a virtual device, or the printed serial of a hardware device.
 */
export const deviceArn = text({ min: 9, max: 256, pattern: /^[\w+=/:,.@-]+$/ });

/** Six digits, never shown in messages. */
export const authenticationCode = text({ min: 6, max: 6, pattern: /^\d+$/, secret: true });

/** @throws AwsError NoSuchEntity */
export function deviceAt(state: State, serialNumber: string): Device {
  const device = state.devices.get(serialNumber);
  if (!device) {
    throw noSuchEntity(`VirtualMFADevice with serial number ${serialNumber} does not exist.`);
  }
  return device;
}

/** Finds a device of this user. @throws AwsError NoSuchEntity */
export function deviceOfUser(state: State, serialNumber: string, user: User): Device {
  const device = state.devices.get(serialNumber);
  if (!device || device.assignment?.userId !== user.id) {
    throw noSuchEntity('MFA Device invalid for user.');
  }
  return device;
}

/** Stores a changed device and announces it to STS, which sees it later. */
export function storeDevice(state: State, device: Device): void {
  state.devices.set(device.arn, device);
  const { assignment, codes, synchronization } = device;
  const binding = assignment && {
    userId: assignment.userId,
    codes,
    offsetSteps: synchronization.offsetSteps,
  };
  state.stsView.announce(device.arn, binding, state.settings.clock.now());
}

export function invalidCodes(): AwsError {
  return new AwsError('InvalidAuthenticationCode', 403, 'Authentication code for device is not valid.');
}
