/** AWS::IAM::UserToGroupAddition */

import type { JsonObject } from '../../operation';
import { toText, toTexts } from '../json';
import { callUnlessGone } from '../resource-handler';
import type { ResourceScope, ResourceType } from '../resource-type';

export const iamUserToGroupAddition: ResourceType = {
  properties: { GroupName: { required: true }, Users: { required: true, shape: 'texts' } },
  attributes: ['Id'],
  needsIamCapability: true,

  async create(properties, scope) {
    const physicalId = scope.generateName(128);
    scope.created(physicalId);
    await syncMembers({}, properties, scope);
    return { physicalId, attributes: { Id: physicalId } };
  },

  async update({ physicalId, before, after }, scope) {
    await syncMembers(before, after, scope);
    return { physicalId, attributes: { Id: physicalId } };
  },

  async delete(_physicalId, properties, scope) {
    await syncMembers(properties, {}, scope);
  },
};

async function syncMembers(before: JsonObject, after: JsonObject, scope: ResourceScope): Promise<void> {
  const [oldGroup, group] = [toText(before.GroupName), toText(after.GroupName)];
  const isSameGroup = oldGroup === group;
  const [old, wanted] = [toTexts(before.Users), toTexts(after.Users)];
  for (const UserName of wanted.filter((user) => !isSameGroup || !old.includes(user))) {
    await scope.call('iam', 'AddUserToGroup', { GroupName: group, UserName });
  }
  for (const UserName of old.filter((user) => !isSameGroup || !wanted.includes(user))) {
    await callUnlessGone(scope, 'iam', 'RemoveUserFromGroup', { GroupName: oldGroup, UserName });
  }
}
