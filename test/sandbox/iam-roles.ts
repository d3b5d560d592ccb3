/** IAM roles: trust, session length, permissions boundary. */

import { requestTagKeys } from './context-keys';
import { type Operations, operation } from './declared-operation';
import {
  alreadyExists,
  arn,
  deleteConflict,
  entityName,
  listedRole,
  newUserName,
  noSuchEntity,
  path,
  policyAt,
  policyDocument,
  roleArn,
  roleNamed,
  shownRole,
} from './iam-entities';
import { pageOf, pageParameters } from './pagination';
import { integer, optional, tags, text, withDefault } from './parameters';
import { checkTrustPolicy } from './policy-documents';
import type { Role } from './records';

/** Latin-1 without control characters, except tabs and line ends. */
const description = text({ max: 1000, pattern: /^[\t\n\r\x20-\x7E\xA1-\xFF]*$/ });
const sessionSeconds = integer(3600, 43_200);

const coreRoleOperations: Operations = {
  CreateRole: operation({
    parameters: {
      RoleName: newUserName,
      Path: withDefault(path, '/'),
      AssumeRolePolicyDocument: policyDocument,
      Description: optional(description),
      MaxSessionDuration: withDefault(sessionSeconds, 3600),
      PermissionsBoundary: optional(arn),
      Tags: withDefault(tags, []),
    },
    permissions: ({ RoleName, Path, PermissionsBoundary, Tags }, { state }) => {
      const resource = state.iamArn('role', Path, RoleName);
      const contextKeys = {
        ...requestTagKeys(Tags),
        ...(PermissionsBoundary === undefined ? {} : { 'iam:PermissionsBoundary': PermissionsBoundary }),
      };
      const tagging = { action: 'iam:TagRole', resource, contextKeys: requestTagKeys(Tags) };
      return [{ action: 'iam:CreateRole', resource, contextKeys }, ...(Tags.length > 0 ? [tagging] : [])];
    },
    run: async (input, { state }) => {
      const name = input.RoleName;
      const trustPolicy = await checkTrustPolicy(state, input.AssumeRolePolicyDocument);
      if (state.roles.hasIgnoringCase(name)) {
        throw alreadyExists(`Role with name ${name} already exists.`);
      }
      const role: Role = {
        arn: state.iamArn('role', input.Path, name),
        path: input.Path,
        name,
        id: state.newId('AROA'),
        createdAt: state.settings.clock.now(),
        inlinePolicies: new Map(),
        attachedPolicies: new Set(),
        tags: new Map(input.Tags.map((tag) => [tag.Key, tag.Value])),
        boundary:
          input.PermissionsBoundary === undefined
            ? undefined
            : policyAt(state, input.PermissionsBoundary).arn,
        trustPolicy,
        description: input.Description,
        maxSessionSeconds: input.MaxSessionDuration,
      };
      state.roles.set(role.name, role);
      return { Role: shownRole(role) };
    },
  }),

  GetRole: operation({
    parameters: { RoleName: entityName },
    permissions: ({ RoleName }, { state }) => [{ action: 'iam:GetRole', resource: roleArn(state, RoleName) }],
    run: ({ RoleName }, { state }) => ({ Role: shownRole(roleNamed(state, RoleName)) }),
  }),

  ListRoles: operation({
    parameters: { PathPrefix: withDefault(text({ min: 1, max: 512 }), '/'), ...pageParameters },
    permissions: () => [{ action: 'iam:ListRoles', resource: '*' }],
    run: (input, { state }) => {
      const roles = state.roles.listed().filter((role) => role.path.startsWith(input.PathPrefix));
      const page = pageOf(roles, (role) => role.name, input, state.settings.pageSize);
      return { Roles: page.items.map(listedRole), ...page.rest };
    },
  }),

  DeleteRole: operation({
    parameters: { RoleName: entityName },
    permissions: ({ RoleName }, { state }) => [
      { action: 'iam:DeleteRole', resource: roleArn(state, RoleName) },
    ],
    run: ({ RoleName }, { state }) => {
      const role = roleNamed(state, RoleName);
      if (role.attachedPolicies.size > 0) {
        throw deleteConflict('Cannot delete entity, must detach all policies first.');
      }
      if (role.inlinePolicies.size > 0) {
        throw deleteConflict('Cannot delete entity, must delete policies first.');
      }
      state.roles.delete(role.name);
      return {};
    },
  }),
};

const roleChangeOperations: Operations = {
  UpdateRole: operation({
    parameters: {
      RoleName: entityName,
      Description: optional(description),
      MaxSessionDuration: optional(sessionSeconds),
    },
    permissions: ({ RoleName }, { state }) => [
      { action: 'iam:UpdateRole', resource: roleArn(state, RoleName) },
    ],
    run: ({ RoleName, Description, MaxSessionDuration }, { state }) => {
      const role = roleNamed(state, RoleName);
      // As on AWS, an update without a description removes it.
      const maxSessionSeconds = MaxSessionDuration ?? role.maxSessionSeconds;
      state.roles.set(role.name, { ...role, description: Description, maxSessionSeconds });
      return {};
    },
  }),

  UpdateAssumeRolePolicy: operation({
    parameters: { RoleName: entityName, PolicyDocument: policyDocument },
    permissions: ({ RoleName }, { state }) => [
      { action: 'iam:UpdateAssumeRolePolicy', resource: roleArn(state, RoleName) },
    ],
    run: async ({ RoleName, PolicyDocument }, { state }) => {
      roleNamed(state, RoleName);
      const trustPolicy = await checkTrustPolicy(state, PolicyDocument);
      state.roles.set(RoleName, { ...roleNamed(state, RoleName), trustPolicy });
      return {};
    },
  }),

  PutRolePermissionsBoundary: operation({
    parameters: { RoleName: entityName, PermissionsBoundary: arn },
    permissions: ({ RoleName, PermissionsBoundary }, { state }) => [
      {
        action: 'iam:PutRolePermissionsBoundary',
        resource: roleArn(state, RoleName),
        contextKeys: { 'iam:PermissionsBoundary': PermissionsBoundary },
      },
    ],
    run: ({ RoleName, PermissionsBoundary }, { state }) => {
      const role = roleNamed(state, RoleName);
      state.roles.set(role.name, { ...role, boundary: policyAt(state, PermissionsBoundary).arn });
      return {};
    },
  }),

  DeleteRolePermissionsBoundary: operation({
    parameters: { RoleName: entityName },
    permissions: ({ RoleName }, { state }) => [
      { action: 'iam:DeleteRolePermissionsBoundary', resource: roleArn(state, RoleName) },
    ],
    run: ({ RoleName }, { state }) => {
      const role = roleNamed(state, RoleName);
      if (role.boundary === undefined) {
        throw noSuchEntity(`Permissions boundary for role ${RoleName} cannot be found.`);
      }
      state.roles.set(role.name, { ...role, boundary: undefined });
      return {};
    },
  }),
};

export const roleOperations: Operations = { ...coreRoleOperations, ...roleChangeOperations };
