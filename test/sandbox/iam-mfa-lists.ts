/** Lists MFA devices, with the delay of IAM's lists. */

import { type Operations, operation } from './declared-operation';
import { entityName, isoDate, listedUser, userArn, userNamed, userNameOrOwn } from './iam-entities';
import { deviceArn } from './iam-mfa-devices';
import { AwsError, type JsonObject } from './operation';
import { pageOf, pageParameters } from './pagination';
import { oneOf, optional, withDefault } from './parameters';
import type { Device } from './records';
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
      { action: 'iam:ListMFADevices', resource: userArn(context.state, userNameOrOwn(UserName, context)) },
    ],
    run: (input, context) => {
      const user = userNamed(context.state, userNameOrOwn(input.UserName, context));
      const devices = context.state.devices
        .listed()
        .filter(({ assignment }) => assignment?.userId === user.id);
      const page = pageOf(devices, (device) => device.arn, input, context.state.settings.pageSize);
      const MFADevices = page.items.map(({ arn, assignment }) => ({
        UserName: user.name,
        SerialNumber: arn,
        EnableDate: isoDate(assignment?.enabledAt ?? 0),
      }));
      return { MFADevices, ...page.rest };
    },
  }),

  GetMFADevice: operation({
    parameters: { SerialNumber: deviceArn, UserName: optional(entityName) },
    permissions: ({ UserName }, context) => [
      { action: 'iam:GetMFADevice', resource: userArn(context.state, userNameOrOwn(UserName, context)) },
    ],
    run: () => {
      throw new AwsError(
        'ValidationError',
        400,
        'The MFA device serial number sent in the request is invalid or not supported by this API: it knows FIDO security keys only.',
      );
    },
  }),
};

/** IAM's lists show neither seeds nor tags. */
function listedDevice(state: State, { arn, assignment }: Device): JsonObject {
  if (!assignment) {
    return { SerialNumber: arn };
  }
  const user = state.users.get(assignment.userName);
  return {
    SerialNumber: arn,
    ...(user?.id === assignment.userId ? { User: listedUser(user) } : {}),
    EnableDate: isoDate(assignment.enabledAt),
  };
}
