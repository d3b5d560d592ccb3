/** AWS::IAM::Group */

import { callUnlessGone } from '../resource-handler';
import type { ResourceType } from '../resource-type';
import { entityOf, inlinePolicyList, principalName, syncPrincipal } from './iam-principal';

export const iamGroup: ResourceType = {
  properties: {
    GroupName: { replaces: true },
    ManagedPolicyArns: { shape: 'texts' },
    Path: {},
    Policies: { shape: inlinePolicyList },
  },
  attributes: ['Arn'],
  nameProperty: 'GroupName',
  needsIamCapability: true,

  async create(properties, scope) {
    const name = principalName('Group', properties, scope);
    const result = await scope.call('iam', 'CreateGroup', { GroupName: name, Path: properties.Path });
    scope.created(name);
    await syncPrincipal({ kind: 'Group', name }, {}, properties, scope);
    return { physicalId: name, attributes: { Arn: entityOf('Group', result).Arn } };
  },

  async update({ physicalId: name, before, after }, scope) {
    if (before.Path !== after.Path) {
      await scope.call('iam', 'UpdateGroup', { GroupName: name, NewPath: after.Path ?? '/' });
    }
    await syncPrincipal({ kind: 'Group', name }, before, after, scope);
    const result = await scope.call('iam', 'GetGroup', { GroupName: name });
    return { physicalId: name, attributes: { Arn: entityOf('Group', result).Arn } };
  },

  async delete(name, properties, scope) {
    await syncPrincipal({ kind: 'Group', name }, properties, {}, scope);
    await callUnlessGone(scope, 'iam', 'DeleteGroup', { GroupName: name });
  },
};
