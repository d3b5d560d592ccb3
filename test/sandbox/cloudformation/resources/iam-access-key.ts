/** AWS::IAM::AccessKey */

import { toText } from '../json';
import { callUnlessGone } from '../resource-handler';
import type { ResourceType } from '../resource-type';
import { entityOf } from './iam-principal';

export const iamAccessKey: ResourceType = {
  properties: { Serial: { replaces: true }, Status: {}, UserName: { required: true, replaces: true } },
  attributes: ['Id', 'SecretAccessKey'],
  needsIamCapability: true,

  async create({ UserName, Status }, scope) {
    const key = entityOf('AccessKey', await scope.call('iam', 'CreateAccessKey', { UserName }));
    const id = toText(key.AccessKeyId) ?? '';
    scope.created(id);
    if (Status === 'Inactive') {
      await scope.call('iam', 'UpdateAccessKey', { UserName, AccessKeyId: id, Status });
    }
    return { physicalId: id, attributes: { Id: id, SecretAccessKey: key.SecretAccessKey } };
  },

  async update({ physicalId, after, attributes }, scope) {
    const { UserName, Status = 'Active' } = after;
    await scope.call('iam', 'UpdateAccessKey', { UserName, AccessKeyId: physicalId, Status });
    return { physicalId, attributes };
  },

  async delete(physicalId, { UserName }, scope) {
    await callUnlessGone(scope, 'iam', 'DeleteAccessKey', { UserName, AccessKeyId: physicalId });
  },
};
