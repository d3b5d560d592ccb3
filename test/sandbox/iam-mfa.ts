/** The life of a virtual MFA device: create, enable, resync, deactivate, delete. */

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
  authenticationCode,
  deviceArn,
  deviceAt,
  deviceOfUser,
  invalidCodes,
  storeDevice,
} from './iam-mfa-devices';
import { optional, tags, text, withDefault } from './parameters';
import { placeholderPng } from './placeholder-png';
import type { Device, User } from './records';
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
      if (state.devices.has(state.iamArn('mfa', Path, name))) {
        throw alreadyExists('MFADevice entity at the same path and name already exists.');
      }
      const { usersQuota, clock } = state.settings;
      if (state.devices.size >= usersQuota) {
        throw limitExceeded(`Cannot exceed quota for VirtualMFADevicesPerAccount: ${usersQuota}`);
      }
      const { codes, base32 } = DeviceCodes.create(state.settings.newSeed?.());
      const device: Device = {
        arn: state.iamArn('mfa', Path, name),
        name,
        createdAt: clock.now(),
        tags: new Map(Tags.map((tag) => [tag.Key, tag.Value])),
        codes,
        synchronization: { offsetSteps: 0, lastPairCounter: undefined },
        assignment: undefined,
      };
      state.devices.set(device.arn, device);
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
    permissions: ({ SerialNumber }) => [{ action: 'iam:DeleteVirtualMFADevice', resource: SerialNumber }],
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
      const device = deviceAt(context.state, input.SerialNumber);
      refuseAssigned(device, user);
      if (devicesOf(context.state, user.id).length >= devicesPerUser) {
        throw limitExceeded(`Cannot exceed quota for MFADevicesPerUser: ${devicesPerUser}`);
      }
      const enabledAt = context.state.settings.clock.now();
      const synchronised = synchronise(
        device,
        input.AuthenticationCode1,
        input.AuthenticationCode2,
        enabledAt,
      );
      storeDevice(context.state, {
        ...synchronised,
        assignment: { userName: user.name, userId: user.id, enabledAt },
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
      const now = state.settings.clock.now();
      storeDevice(state, synchronise(device, input.AuthenticationCode1, input.AuthenticationCode2, now));
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
      // Seed, adjustment and history stay with the device.
      storeDevice(context.state, {
        ...deviceOfUser(context.state, SerialNumber, user),
        assignment: undefined,
      });
      return {};
    },
  }),
};

/** Adjusts the device's clock with an accepted pair. @throws AwsError InvalidAuthenticationCode */
function synchronise(device: Device, first: string, second: string, nowMs: number): Device {
  const judgment = judgePair(device.codes.codeOf, device.synchronization, first, second, nowMs);
  if (!judgment.accepted) {
    throw invalidCodes();
  }
  return { ...device, synchronization: judgment.now };
}

function refuseAssigned(device: Device, user: User): void {
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
  const isOwn = caller.kind !== 'role-session' && caller.userId === user.id;
  if (!isOwn || caller.mfaAt !== undefined || devicesOf(state, user.id).length === 0) {
    return;
  }
  throw accessDenied(
    'To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user.',
  );
}

export const mfaOperations: Operations = { ...deviceOperations, ...assignmentOperations };
