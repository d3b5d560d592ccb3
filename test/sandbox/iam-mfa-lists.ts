/** Lists MFA devices, with the delay of IAM's lists. */

import type { CallContext } from './caller';
import { type Operations, operation } from './declared-operation';
import {
  accountFoundedAt,
  entityName,
  isoDate,
  listedUser,
  userArn,
  userNamed,
  userNameOrOwn,
} from './iam-entities';
import { deviceArn, deviceOfUser } from './iam-mfa-devices';
import { AwsError, type JsonObject } from './operation';
import { pageOf, pageParameters } from './pagination';
import { oneOf, optional, withDefault } from './parameters';
import type { CodeDevice, Device } from './records';
import { isOwnOfRoot } from './root-access';
import type { State } from './state';

export const mfaListOperations: Operations = {
  ListVirtualMFADevices: operation({
    parameters: {
      AssignmentStatus: withDefault(oneOf('Any', 'Assigned', 'Unassigned'), 'Any'),
      ...pageParameters,
    },
    permissions: () => [{ action: 'iam:ListVirtualMFADevices', resource: '*' }],
    run: (input, { state }) => {
      const { AssignmentStatus } = input;
      const devices = state.devices
        .listed()
        .filter(isVirtual)
        .filter(
          ({ assignment }) =>
            AssignmentStatus === 'Any' || (assignment !== undefined) === (AssignmentStatus === 'Assigned'),
        );
      const page = pageOf(devices, (device) => device.arn, input, state.settings.pageSize);
      return { VirtualMFADevices: page.items.map((device) => listedDevice(state, device)), ...page.rest };
    },
  }),

  ListMFADevices: operation({
    parameters: { UserName: optional(entityName), ...pageParameters },
    permissions: ({ UserName }, context) => [
      { action: 'iam:ListMFADevices', resource: subjectArn(UserName, context) },
    ],
    run: (input, context) => {
      const subject = subjectOf(input.UserName, context);
      const devices = context.state.devices
        .listed()
        .filter(({ assignment }) => assignment?.userId === subject.id);
      const page = pageOf(devices, (device) => device.arn, input, context.state.settings.pageSize);
      return { MFADevices: page.items.map((device) => assignedDevice(subject, device)), ...page.rest };
    },
  }),

  GetMFADevice: operation({
    parameters: { SerialNumber: deviceArn, UserName: optional(entityName) },
    permissions: ({ UserName }, context) => [
      { action: 'iam:GetMFADevice', resource: subjectArn(UserName, context) },
    ],
    run: ({ SerialNumber, UserName }, context) => {
      if (!SerialNumber.includes(':u2f/')) {
        throw new AwsError(
          'ValidationError',
          400,
          'The MFA device serial number sent in the request is invalid or not supported by this API: it knows FIDO security keys only.',
        );
      }
      const subject = subjectOf(UserName, context);
      const device = deviceOfUser(context.state, SerialNumber, subject);
      return {
        ...assignedDevice(subject, device),
        Certifications: device.kind === 'security-key' ? device.certifications : {},
      };
    },
  }),
};

function isVirtual(device: Device): device is CodeDevice {
  return device.kind === 'virtual';
}

/** A user, or the root user, who has no name. */
interface Subject {
  readonly id: string;
  readonly name: string | undefined;
}

function subjectArn(userName: string | undefined, context: CallContext): string {
  return isOwnOfRoot(userName, context)
    ? context.state.rootArn
    : userArn(context.state, userNameOrOwn(userName, context));
}

/** @throws AwsError NoSuchEntity */
function subjectOf(userName: string | undefined, context: CallContext): Subject {
  return isOwnOfRoot(userName, context)
    ? { id: context.account, name: undefined }
    : userNamed(context.state, userNameOrOwn(userName, context));
}

function assignedDevice({ name }: Subject, { arn, assignment }: Device): JsonObject {
  return {
    ...(name === undefined ? {} : { UserName: name }),
    SerialNumber: arn,
    EnableDate: isoDate(assignment?.enabledAt ?? 0),
  };
}

/** IAM's lists show neither seeds nor tags. */
function listedDevice(state: State, { arn, assignment }: CodeDevice): JsonObject {
  if (!assignment) {
    return { SerialNumber: arn };
  }
  return {
    SerialNumber: arn,
    ...ownerOf(state, assignment),
    EnableDate: isoDate(assignment.enabledAt),
  };
}

function ownerOf(
  state: State,
  { userName, userId }: { readonly userName: string | undefined; readonly userId: string },
): JsonObject {
  if (userName === undefined) {
    return { User: { UserId: userId, Arn: state.rootArn, CreateDate: isoDate(accountFoundedAt) } };
  }
  const user = state.users.get(userName);
  return user?.id === userId ? { User: listedUser(user) } : {};
}
