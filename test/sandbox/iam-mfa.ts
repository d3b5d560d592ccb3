/** The life of an MFA device: create, enable, resync, deactivate, delete. */

import type { CallContext } from './caller';
import { judgePair } from './code-judgment';
import { accessDenied } from './common-errors';
import { requestTagKeys } from './context-keys';
import { type Operations, operation } from './declared-operation';
import { DeviceCodes } from './device-codes';
import {
  alreadyExists,
  deleteConflict,
  devicesOf,
  entityName,
  limitExceeded,
  path,
  tagList,
  userArn,
  userNamed,
  userNameOrOwn,
} from './iam-entities';
import {
  assign,
  authenticationCode,
  deviceArn,
  deviceAt,
  deviceOfUser,
  enablableDevice,
  invalidCodes,
  policyArnOf,
  storeDevice,
  unassign,
} from './iam-mfa-devices';
import { optional, tags, text, withDefault } from './parameters';
import { placeholderPng } from './placeholder-png';
import type { CodeDevice, User } from './records';
import type { State } from './state';

const devicesPerUser = 8;
const deviceName = text({ min: 1, max: 226, pattern: /^[\w+=,.@-]+$/ });

const deviceOperations: Operations = {
  CreateVirtualMFADevice: operation({
    parameters: {
      VirtualMFADeviceName: deviceName,
      Path: withDefault(path, '/'),
      Tags: withDefault(tags, []),
    },
    permissions: ({ VirtualMFADeviceName, Path, Tags }, { state }) => {
      const resource = state.iamArn('mfa', Path, VirtualMFADeviceName);
      const contextKeys = requestTagKeys(Tags);
      const tagging = { action: 'iam:TagMFADevice', resource, contextKeys };
      return [
        { action: 'iam:CreateVirtualMFADevice', resource, contextKeys },
        ...(Tags.length > 0 ? [tagging] : []),
      ];
    },
    run: ({ VirtualMFADeviceName: name, Path, Tags }, { state }) => {
      const { device, base32 } = createDevice(
        state,
        state.iamArn('mfa', Path, name),
        new Map(Tags.map((tag) => [tag.Key, tag.Value])),
      );
      return {
        VirtualMFADevice: {
          SerialNumber: device.arn,
          // A blob that contains text: it is sent as Base64 of the Base32.
          Base32StringSeed: Buffer.from(base32).toString('base64'),
          QRCodePNG: placeholderPng,
          ...(Tags.length === 0 ? {} : { Tags: tagList(device.tags) }),
        },
      };
    },
  }),

  DeleteVirtualMFADevice: operation({
    parameters: { SerialNumber: deviceArn },
    permissions: ({ SerialNumber }, { state }) => [
      { action: 'iam:DeleteVirtualMFADevice', resource: policyArnOf(state, SerialNumber) },
    ],
    run: ({ SerialNumber }, { state }) => {
      const device = deviceAt(state, SerialNumber);
      if (device.assignment) {
        throw deleteConflict('MFA VirtualDevice in use. Must deactivate first.');
      }
      state.devices.delete(device.arn);
      return {};
    },
  }),
};

/**
 * Creates an unassigned virtual device.
 *
 * @returns the device, and the Base32 text of its seed for the one answer that contains it
 * @throws AwsError EntityAlreadyExists, LimitExceeded
 */
export function createDevice(
  state: State,
  arn: string,
  tagged: CodeDevice['tags'],
): { readonly device: CodeDevice; readonly base32: string } {
  if (state.devices.has(arn)) {
    throw alreadyExists('MFADevice entity at the same path and name already exists.');
  }
  const { usersQuota } = state.settings;
  // Counting is needed only near the quota
  if (state.devices.size >= usersQuota && countVirtual(state) >= usersQuota) {
    throw limitExceeded(`Cannot exceed quota for VirtualMFADevicesPerAccount: ${usersQuota}`);
  }
  const { codes, base32 } = DeviceCodes.create(state.settings.newSeed?.());
  const device: CodeDevice = {
    kind: 'virtual',
    arn,
    tags: tagged,
    codes,
    synchronization: { offsetSteps: 0, lastPairCounter: undefined },
    assignment: undefined,
  };
  state.devices.set(device.arn, device);
  return { device, base32 };
}

function countVirtual(state: State): number {
  return [...state.devices.values()].filter(({ kind }) => kind === 'virtual').length;
}

const synchronizationPair = {
  UserName: entityName,
  SerialNumber: deviceArn,
  AuthenticationCode1: authenticationCode,
  AuthenticationCode2: authenticationCode,
};

const assignmentOperations: Operations = {
  EnableMFADevice: operation({
    parameters: synchronizationPair,
    permissions: ({ UserName }, { state }) => [
      { action: 'iam:EnableMFADevice', resource: userArn(state, UserName) },
    ],
    run: (input, context) => {
      const user = userNamed(context.state, input.UserName);
      refuseUnprovenSelfManagement(context.state, user, context);
      const device = enablableDevice(context.state, input.SerialNumber);
      refuseAssigned(device, user);
      refuseNinth(context.state, user.id);
      assign(context.state, synchronise(context.state, device, input), {
        userName: user.name,
        userId: user.id,
      });
      return {};
    },
  }),

  ResyncMFADevice: operation({
    parameters: synchronizationPair,
    permissions: ({ UserName }, { state }) => [
      { action: 'iam:ResyncMFADevice', resource: userArn(state, UserName) },
    ],
    run: (input, { state }) => {
      const device = deviceOfUser(state, input.SerialNumber, userNamed(state, input.UserName));
      // A security key shows no codes, so none is valid.
      if (device.kind === 'security-key') {
        throw invalidCodes();
      }
      storeDevice(state, synchronise(state, device, input));
      return {};
    },
  }),

  DeactivateMFADevice: operation({
    parameters: { UserName: optional(entityName), SerialNumber: deviceArn },
    permissions: ({ UserName }, context) => [
      {
        action: 'iam:DeactivateMFADevice',
        resource: userArn(context.state, userNameOrOwn(UserName, context)),
      },
    ],
    run: ({ UserName, SerialNumber }, context) => {
      const user = userNamed(context.state, userNameOrOwn(UserName, context));
      refuseUnprovenSelfManagement(context.state, user, context);
      unassign(context.state, deviceOfUser(context.state, SerialNumber, user));
      return {};
    },
  }),
};

/** Adjusts the device's clock with an accepted pair. @throws AwsError InvalidAuthenticationCode */
export function synchronise(
  { settings }: State,
  device: CodeDevice,
  codes: { readonly AuthenticationCode1: string; readonly AuthenticationCode2: string },
): CodeDevice {
  const judgment = judgePair(
    device.codes.codeOf,
    device.synchronization,
    codes.AuthenticationCode1,
    codes.AuthenticationCode2,
    settings.clock.now(),
  );
  if (!judgment.accepted) {
    throw invalidCodes();
  }
  return { ...device, synchronization: judgment.now };
}

/** @throws AwsError LimitExceeded for a user, or a root user, who has eight devices */
export function refuseNinth(state: State, userId: string): void {
  if (devicesOf(state, userId).length >= devicesPerUser) {
    throw limitExceeded(`Cannot exceed quota for MFADevicesPerUser: ${devicesPerUser}`);
  }
}

function refuseAssigned(device: CodeDevice, user: User): void {
  if (!device.assignment) {
    return;
  }
  throw device.assignment.userId === user.id
    ? alreadyExists(`MFA Device for user ${user.name} already exists.`)
    : alreadyExists('MFA Device is already in use.');
}

/**
 * A user who has a device may add or remove their own only in a session with MFA; for anyone else, policies decide.
 * https://aws.amazon.com/security/security-bulletins/AWS-2023-001/
 */
function refuseUnprovenSelfManagement(state: State, user: User, { caller }: CallContext): void {
  const isOwn = caller.userId === user.id;
  if (!isOwn || caller.mfaAt !== undefined || devicesOf(state, user.id).length === 0) {
    return;
  }
  throw accessDenied(
    'To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user.',
  );
}

export const mfaOperations: Operations = { ...deviceOperations, ...assignmentOperations };
