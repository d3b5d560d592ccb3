/** IAM users and their permissions boundaries. */

import { requestTagKeys } from './context-keys';
import { type Operations, operation } from './declared-operation';
import {
  alreadyExists,
  arn,
  deleteConflict,
  devicesOf,
  entityName,
  limitExceeded,
  listedUser,
  newUserName,
  noSuchEntity,
  path,
  policyAt,
  shownUser,
  userArn,
  userNamed,
  userNameOrOwn,
} from './iam-entities';
import { pageOf, pageParameters } from './pagination';
import { optional, tags, text, withDefault } from './parameters';
import type { User } from './records';
import type { State } from './state';

const coreUserOperations: Operations = {
  CreateUser: operation({
    parameters: {
      UserName: newUserName,
      Path: withDefault(path, '/'),
      PermissionsBoundary: optional(arn),
      Tags: withDefault(tags, []),
    },
    permissions: ({ UserName, Path, PermissionsBoundary, Tags }, { state }) => {
      const resource = state.iamArn('user', Path, UserName);
      const contextKeys = {
        ...requestTagKeys(Tags),
        ...(PermissionsBoundary === undefined ? {} : { 'iam:PermissionsBoundary': PermissionsBoundary }),
      };
      const tagging = { action: 'iam:TagUser', resource, contextKeys: requestTagKeys(Tags) };
      return [{ action: 'iam:CreateUser', resource, contextKeys }, ...(Tags.length > 0 ? [tagging] : [])];
    },
    run: ({ UserName, Path, PermissionsBoundary, Tags }, { state }) => {
      if (state.users.hasIgnoringCase(UserName)) {
        throw alreadyExists(`User with name ${UserName} already exists.`);
      }
      const { usersQuota } = state.settings;
      if (state.users.size >= usersQuota) {
        throw limitExceeded(`Cannot exceed quota for UsersPerAccount: ${usersQuota}`);
      }
      const user: User = {
        arn: state.iamArn('user', Path, UserName),
        path: Path,
        name: UserName,
        id: state.newId('AIDA'),
        createdAt: state.settings.clock.now(),
        inlinePolicies: new Map(),
        attachedPolicies: new Set(),
        tags: new Map(Tags.map((tag) => [tag.Key, tag.Value])),
        groups: new Set(),
        boundary: PermissionsBoundary === undefined ? undefined : policyAt(state, PermissionsBoundary).arn,
        loginProfile: undefined,
      };
      state.users.set(user.name, user);
      return { User: shownUser(user) };
    },
  }),

  GetUser: operation({
    parameters: { UserName: optional(entityName) },
    permissions: ({ UserName }, context) => [
      { action: 'iam:GetUser', resource: userArn(context.state, userNameOrOwn(UserName, context)) },
    ],
    run: ({ UserName }, context) => ({
      User: shownUser(userNamed(context.state, userNameOrOwn(UserName, context))),
    }),
  }),

  ListUsers: operation({
    parameters: { PathPrefix: withDefault(text({ min: 1, max: 512 }), '/'), ...pageParameters },
    permissions: () => [{ action: 'iam:ListUsers', resource: '*' }],
    run: (input, { state }) => {
      const users = state.users.listed().filter((user) => user.path.startsWith(input.PathPrefix));
      const page = pageOf(users, (user) => user.name, input, state.settings.pageSize);
      return { Users: page.items.map(listedUser), ...page.rest };
    },
  }),

  UpdateUser: operation({
    parameters: { UserName: entityName, NewPath: optional(path) },
    permissions: ({ UserName }, { state }) => [
      { action: 'iam:UpdateUser', resource: userArn(state, UserName) },
    ],
    run: ({ UserName, NewPath }, { state }) => {
      const user = userNamed(state, UserName);
      const newPath = NewPath ?? user.path;
      state.users.set(user.name, { ...user, path: newPath, arn: state.iamArn('user', newPath, user.name) });
      return {};
    },
  }),

  DeleteUser: operation({
    parameters: { UserName: entityName },
    permissions: ({ UserName }, { state }) => [
      { action: 'iam:DeleteUser', resource: userArn(state, UserName) },
    ],
    run: ({ UserName }, { state }) => {
      const user = userNamed(state, UserName);
      const obstacle = whatHolds(state, user);
      if (obstacle !== undefined) {
        throw deleteConflict(`Cannot delete entity, must ${obstacle} first.`);
      }
      state.users.delete(user.name);
      return {};
    },
  }),
};

/** Refuses to delete a user who still has something. */
function whatHolds(state: State, user: User): string | undefined {
  if (devicesOf(state, user.id).length > 0) {
    return 'remove tokens from principal';
  }
  if ([...state.accessKeys.values()].some((key) => key.userName === user.name)) {
    return 'delete access keys';
  }
  if (user.loginProfile) {
    return 'delete login profile';
  }
  if (user.groups.size > 0) {
    return 'remove users from group';
  }
  if (user.attachedPolicies.size > 0) {
    return 'detach all policies';
  }
  return user.inlinePolicies.size > 0 ? 'delete policies' : undefined;
}

const boundaryOperations: Operations = {
  PutUserPermissionsBoundary: operation({
    parameters: { UserName: entityName, PermissionsBoundary: arn },
    permissions: ({ UserName, PermissionsBoundary }, { state }) => [
      {
        action: 'iam:PutUserPermissionsBoundary',
        resource: userArn(state, UserName),
        contextKeys: { 'iam:PermissionsBoundary': PermissionsBoundary },
      },
    ],
    run: ({ UserName, PermissionsBoundary }, { state }) => {
      const user = userNamed(state, UserName);
      state.users.set(user.name, { ...user, boundary: policyAt(state, PermissionsBoundary).arn });
      return {};
    },
  }),

  DeleteUserPermissionsBoundary: operation({
    parameters: { UserName: entityName },
    permissions: ({ UserName }, { state }) => [
      { action: 'iam:DeleteUserPermissionsBoundary', resource: userArn(state, UserName) },
    ],
    run: ({ UserName }, { state }) => {
      const user = userNamed(state, UserName);
      if (user.boundary === undefined) {
        throw noSuchEntity(`Permissions boundary for user ${UserName} cannot be found.`);
      }
      state.users.set(user.name, { ...user, boundary: undefined });
      return {};
    },
  }),
};

export const userOperations: Operations = { ...coreUserOperations, ...boundaryOperations };
