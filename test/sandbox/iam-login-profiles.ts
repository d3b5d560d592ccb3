/** Console passwords: whether one exists and must be changed; never the password itself. */

import type { Permission } from './caller';
import { type Operations, operation } from './declared-operation';
import {
  accountFoundedAt,
  alreadyExists,
  entityName,
  isoDate,
  noSuchEntity,
  userArn,
  userNamed,
  userNameOrOwn,
} from './iam-entities';
import type { JsonObject } from './operation';
import { flag, optional, text, withDefault } from './parameters';
import type { LoginProfile, User } from './records';
import { isOwnOfRoot } from './root-access';
import type { State } from './state';

const password = text({ min: 1, max: 128, secret: true });

export const loginProfileOperations: Operations = {
  CreateLoginProfile: operation({
    parameters: {
      UserName: entityName,
      Password: password,
      PasswordResetRequired: withDefault(flag, false),
    },
    permissions: ({ UserName }, { state }) => asked(state, 'CreateLoginProfile', UserName),
    run: ({ UserName, PasswordResetRequired }, { state }) => {
      const user = userNamed(state, UserName);
      if (user.loginProfile) {
        throw alreadyExists(`Login Profile for user ${UserName} already exists.`);
      }
      const loginProfile = {
        createdAt: state.settings.clock.now(),
        passwordResetRequired: PasswordResetRequired,
      };
      state.users.set(user.name, { ...user, loginProfile });
      return shownProfile({ ...user, loginProfile });
    },
  }),

  GetLoginProfile: operation({
    parameters: { UserName: optional(entityName) },
    permissions: ({ UserName }, context) => [
      {
        action: 'iam:GetLoginProfile',
        resource: isOwnOfRoot(UserName, context)
          ? context.state.rootArn
          : userArn(context.state, userNameOrOwn(UserName, context)),
      },
    ],
    run: ({ UserName }, context) =>
      isOwnOfRoot(UserName, context)
        ? shownProfileOfRoot(context.state)
        : shownProfile(userNamed(context.state, userNameOrOwn(UserName, context))),
  }),

  UpdateLoginProfile: operation({
    parameters: {
      UserName: entityName,
      Password: optional(password),
      PasswordResetRequired: optional(flag),
    },
    permissions: ({ UserName }, { state }) => asked(state, 'UpdateLoginProfile', UserName),
    run: ({ UserName, PasswordResetRequired }, { state }) => {
      const user = userNamed(state, UserName);
      const before = profileOf(user);
      const passwordResetRequired = PasswordResetRequired ?? before.passwordResetRequired;
      state.users.set(user.name, { ...user, loginProfile: { ...before, passwordResetRequired } });
      return {};
    },
  }),

  DeleteLoginProfile: operation({
    parameters: { UserName: entityName },
    permissions: ({ UserName }, { state }) => asked(state, 'DeleteLoginProfile', UserName),
    run: ({ UserName }, { state }) => {
      const user = userNamed(state, UserName);
      profileOf(user);
      state.users.set(user.name, { ...user, loginProfile: undefined });
      return {};
    },
  }),
};

function asked(state: State, action: string, userName: string): readonly Permission[] {
  return [{ action: `iam:${action}`, resource: userArn(state, userName) }];
}

/** The root user has no name. @throws AwsError NoSuchEntity */
function shownProfileOfRoot({ rootCredentials }: State): JsonObject {
  if (!rootCredentials.has('password')) {
    throw noSuchEntity('Login Profile for the root user cannot be found.');
  }
  return { LoginProfile: { CreateDate: isoDate(accountFoundedAt), PasswordResetRequired: false } };
}

/** @throws AwsError NoSuchEntity */
function profileOf(user: User): LoginProfile {
  if (!user.loginProfile) {
    throw noSuchEntity(`Login Profile for User ${user.name} cannot be found.`);
  }
  return user.loginProfile;
}

function shownProfile(user: User): JsonObject {
  const { createdAt, passwordResetRequired } = profileOf(user);
  return {
    LoginProfile: {
      UserName: user.name,
      CreateDate: isoDate(createdAt),
      PasswordResetRequired: passwordResetRequired,
    },
  };
}
