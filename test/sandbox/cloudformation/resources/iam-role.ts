/** AWS::IAM::Role */

import { isSame, toDocument } from '../json';
import { callUnlessGone } from '../resource-handler';
import type { ResourceType } from '../resource-type';
import { entityOf, inlinePolicyList, principalName, syncPrincipal, syncTags } from './iam-principal';

const defaultMaxSessionSeconds = 3600;

export const iamRole: ResourceType = {
  properties: {
    AssumeRolePolicyDocument: { required: true, shape: 'document' },
    Description: {},
    ManagedPolicyArns: { shape: 'texts' },
    MaxSessionDuration: {},
    Path: { replaces: true },
    PermissionsBoundary: {},
    Policies: { shape: inlinePolicyList },
    RoleName: { replaces: true },
    Tags: { shape: 'tags' },
  },
  attributes: ['Arn', 'RoleId'],
  nameProperty: 'RoleName',
  tags: 'list',
  needsIamCapability: true,

  async create(properties, scope) {
    const name = principalName('Role', properties, scope);
    const { Path, Description, MaxSessionDuration, PermissionsBoundary, Tags } = properties;
    const result = await scope.call('iam', 'CreateRole', {
      RoleName: name,
      AssumeRolePolicyDocument: toDocument(properties.AssumeRolePolicyDocument),
      Path,
      Description,
      MaxSessionDuration,
      PermissionsBoundary,
      Tags,
    });
    scope.created(name);
    // The boundary was part of the creation
    await syncPrincipal({ kind: 'Role', name }, { PermissionsBoundary }, properties, scope);
    const { Arn, RoleId } = entityOf('Role', result);
    return { physicalId: name, attributes: { Arn, RoleId } };
  },

  async update({ physicalId: name, before, after }, scope) {
    if (!isSame(before.AssumeRolePolicyDocument, after.AssumeRolePolicyDocument)) {
      await scope.call('iam', 'UpdateAssumeRolePolicy', {
        RoleName: name,
        PolicyDocument: toDocument(after.AssumeRolePolicyDocument),
      });
    }
    if (before.Description !== after.Description || before.MaxSessionDuration !== after.MaxSessionDuration) {
      await scope.call('iam', 'UpdateRole', {
        RoleName: name,
        Description: after.Description ?? '',
        MaxSessionDuration: after.MaxSessionDuration ?? defaultMaxSessionSeconds,
      });
    }
    await syncPrincipal({ kind: 'Role', name }, before, after, scope);
    await syncTags({ kind: 'Role', name }, before, after, scope);
    const { Arn, RoleId } = entityOf('Role', await scope.call('iam', 'GetRole', { RoleName: name }));
    return { physicalId: name, attributes: { Arn, RoleId } };
  },

  async delete(name, properties, scope) {
    const { PermissionsBoundary } = properties;
    await syncPrincipal({ kind: 'Role', name }, properties, { PermissionsBoundary }, scope);
    await callUnlessGone(scope, 'iam', 'DeleteRole', { RoleName: name });
  },
};
