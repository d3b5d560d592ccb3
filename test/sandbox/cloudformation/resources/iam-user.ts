/** AWS::IAM::User */

import type { JsonObject } from '../../operation';
import { isObject, toTexts } from '../json';
import { callUnlessGone } from '../resource-handler';
import type { ResourceScope, ResourceType } from '../resource-type';
import { entityOf, inlinePolicyList, principalName, syncPrincipal, syncTags } from './iam-principal';

export const iamUser: ResourceType = {
  properties: {
    Groups: { shape: 'texts' },
    LoginProfile: { shape: { members: { Password: { required: true }, PasswordResetRequired: {} } } },
    ManagedPolicyArns: { shape: 'texts' },
    Path: {},
    PermissionsBoundary: {},
    Policies: { shape: inlinePolicyList },
    Tags: { shape: 'tags' },
    UserName: { replaces: true },
  },
  attributes: ['Arn'],
  nameProperty: 'UserName',
  tags: 'list',
  needsIamCapability: true,

  async create(properties, scope) {
    const name = principalName('User', properties, scope);
    const { Path, PermissionsBoundary, Tags } = properties;
    const result = await scope.call('iam', 'CreateUser', { UserName: name, Path, PermissionsBoundary, Tags });
    scope.created(name);
    // The boundary was part of the creation
    await syncPrincipal({ kind: 'User', name }, { PermissionsBoundary }, properties, scope);
    await syncGroups(name, {}, properties, scope);
    await syncLoginProfile(name, {}, properties, scope);
    return { physicalId: name, attributes: { Arn: entityOf('User', result).Arn } };
  },

  async update({ physicalId: name, before, after }, scope) {
    if (before.Path !== after.Path) {
      await scope.call('iam', 'UpdateUser', { UserName: name, NewPath: after.Path ?? '/' });
    }
    await syncPrincipal({ kind: 'User', name }, before, after, scope);
    await syncGroups(name, before, after, scope);
    await syncLoginProfile(name, before, after, scope);
    await syncTags({ kind: 'User', name }, before, after, scope);
    const result = await scope.call('iam', 'GetUser', { UserName: name });
    return { physicalId: name, attributes: { Arn: entityOf('User', result).Arn } };
  },

  async delete(name, properties, scope) {
    const { PermissionsBoundary } = properties;
    await syncPrincipal({ kind: 'User', name }, properties, { PermissionsBoundary }, scope);
    await syncGroups(name, properties, {}, scope);
    await syncLoginProfile(name, properties, {}, scope);
    await callUnlessGone(scope, 'iam', 'DeleteUser', { UserName: name });
  },
};

async function syncGroups(
  UserName: string,
  before: JsonObject,
  after: JsonObject,
  scope: ResourceScope,
): Promise<void> {
  const [old, wanted] = [toTexts(before.Groups), toTexts(after.Groups)];
  for (const GroupName of wanted.filter((group) => !old.includes(group))) {
    await scope.call('iam', 'AddUserToGroup', { UserName, GroupName });
  }
  for (const GroupName of old.filter((group) => !wanted.includes(group))) {
    await callUnlessGone(scope, 'iam', 'RemoveUserFromGroup', { UserName, GroupName });
  }
}

async function syncLoginProfile(
  UserName: string,
  before: JsonObject,
  after: JsonObject,
  scope: ResourceScope,
): Promise<void> {
  const profile = isObject(after.LoginProfile) ? after.LoginProfile : undefined;
  if (!profile) {
    if (before.LoginProfile) {
      await callUnlessGone(scope, 'iam', 'DeleteLoginProfile', { UserName });
    }
    return;
  }
  const operation = before.LoginProfile ? 'UpdateLoginProfile' : 'CreateLoginProfile';
  await scope.call('iam', operation, { UserName, ...profile });
}
