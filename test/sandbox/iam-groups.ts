/** IAM groups and their members. */

import { type Operations, operation } from './declared-operation';
import {
  alreadyExists,
  deleteConflict,
  entityName,
  groupArn,
  groupNamed,
  limitExceeded,
  listedUser,
  path,
  shownGroup,
  userArn,
  userNamed,
} from './iam-entities';
import { pageOf, pageParameters } from './pagination';
import { optional, text, withDefault } from './parameters';
import type { Group, User } from './records';
import type { State } from './state';

const groupsPerUser = 10;

const coreGroupOperations: Operations = {
  CreateGroup: operation({
    parameters: { GroupName: entityName, Path: withDefault(path, '/') },
    permissions: ({ GroupName, Path }, { state }) => [
      { action: 'iam:CreateGroup', resource: state.iamArn('group', Path, GroupName) },
    ],
    run: ({ GroupName, Path }, { state }) => {
      if (state.groups.hasIgnoringCase(GroupName)) {
        throw alreadyExists(`Group with name ${GroupName} already exists.`);
      }
      const group: Group = {
        arn: state.iamArn('group', Path, GroupName),
        path: Path,
        name: GroupName,
        id: state.newId('AGPA'),
        createdAt: state.settings.clock.now(),
        inlinePolicies: new Map(),
        attachedPolicies: new Set(),
      };
      state.groups.set(group.name, group);
      return { Group: shownGroup(group) };
    },
  }),

  GetGroup: operation({
    parameters: { GroupName: entityName, ...pageParameters },
    permissions: ({ GroupName }, { state }) => [
      { action: 'iam:GetGroup', resource: groupArn(state, GroupName) },
    ],
    run: (input, { state }) => {
      const group = groupNamed(state, input.GroupName);
      const page = pageOf(membersOf(state, group), (user) => user.name, input, state.settings.pageSize);
      return { Group: shownGroup(group), Users: page.items.map(listedUser), ...page.rest };
    },
  }),

  ListGroups: operation({
    parameters: { PathPrefix: withDefault(text({ min: 1, max: 512 }), '/'), ...pageParameters },
    permissions: () => [{ action: 'iam:ListGroups', resource: '*' }],
    run: (input, { state }) => {
      const groups = state.groups.listed().filter((group) => group.path.startsWith(input.PathPrefix));
      const page = pageOf(groups, (group) => group.name, input, state.settings.pageSize);
      return { Groups: page.items.map(shownGroup), ...page.rest };
    },
  }),

  UpdateGroup: operation({
    parameters: { GroupName: entityName, NewPath: optional(path) },
    permissions: ({ GroupName }, { state }) => [
      { action: 'iam:UpdateGroup', resource: groupArn(state, GroupName) },
    ],
    run: ({ GroupName, NewPath }, { state }) => {
      const group = groupNamed(state, GroupName);
      const newPath = NewPath ?? group.path;
      state.groups.set(group.name, {
        ...group,
        path: newPath,
        arn: state.iamArn('group', newPath, group.name),
      });
      return {};
    },
  }),

  DeleteGroup: operation({
    parameters: { GroupName: entityName },
    permissions: ({ GroupName }, { state }) => [
      { action: 'iam:DeleteGroup', resource: groupArn(state, GroupName) },
    ],
    run: ({ GroupName }, { state }) => {
      const group = groupNamed(state, GroupName);
      if (membersOf(state, group).length > 0) {
        throw deleteConflict('Cannot delete entity, must remove users from group first.');
      }
      if (group.attachedPolicies.size > 0) {
        throw deleteConflict('Cannot delete entity, must detach all policies first.');
      }
      if (group.inlinePolicies.size > 0) {
        throw deleteConflict('Cannot delete entity, must delete policies first.');
      }
      state.groups.delete(group.name);
      return {};
    },
  }),
};

const membershipOperations: Operations = {
  AddUserToGroup: operation({
    parameters: { GroupName: entityName, UserName: entityName },
    permissions: ({ GroupName }, { state }) => [
      { action: 'iam:AddUserToGroup', resource: groupArn(state, GroupName) },
    ],
    run: ({ GroupName, UserName }, { state }) => {
      const group = groupNamed(state, GroupName);
      const user = userNamed(state, UserName);
      const groups = new Set([...user.groups, group.name]);
      if (groups.size > groupsPerUser) {
        throw limitExceeded(`Cannot exceed quota for GroupsPerUser: ${groupsPerUser}`);
      }
      state.users.set(user.name, { ...user, groups });
      return {};
    },
  }),

  RemoveUserFromGroup: operation({
    parameters: { GroupName: entityName, UserName: entityName },
    permissions: ({ GroupName }, { state }) => [
      { action: 'iam:RemoveUserFromGroup', resource: groupArn(state, GroupName) },
    ],
    run: ({ GroupName, UserName }, { state }) => {
      const group = groupNamed(state, GroupName);
      const user = userNamed(state, UserName);
      state.users.set(user.name, {
        ...user,
        groups: new Set([...user.groups].filter((name) => name !== group.name)),
      });
      return {};
    },
  }),

  ListGroupsForUser: operation({
    parameters: { UserName: entityName, ...pageParameters },
    permissions: ({ UserName }, { state }) => [
      { action: 'iam:ListGroupsForUser', resource: userArn(state, UserName) },
    ],
    run: (input, { state }) => {
      const user = userNamed(state, input.UserName);
      const groups = [...user.groups].map((name) => groupNamed(state, name));
      const page = pageOf(groups, (group) => group.name, input, state.settings.pageSize);
      return { Groups: page.items.map(shownGroup), ...page.rest };
    },
  }),
};

function membersOf(state: State, group: Group): User[] {
  return [...state.users.values()].filter((user) => user.groups.has(group.name));
}

export const groupOperations: Operations = { ...coreGroupOperations, ...membershipOperations };
