/** AWS::IAM::Policy: one inline policy, written to users, groups and roles. */

import { isSame, toText } from '../json';
import type { ResourceType } from '../resource-type';
import { compareTargets } from './iam-policy-targets';
import { deleteInlinePolicy, putInlinePolicy } from './iam-principal';

export const iamPolicy: ResourceType = {
  properties: {
    Groups: { shape: 'texts' },
    PolicyDocument: { required: true, shape: 'document' },
    PolicyName: { required: true },
    Roles: { shape: 'texts' },
    Users: { shape: 'texts' },
  },
  attributes: ['Id'],
  needsIamCapability: true,

  async create(properties, scope) {
    const physicalId = scope.generateName(128);
    scope.created(physicalId);
    const name = toText(properties.PolicyName) ?? '';
    for (const target of compareTargets({}, properties).joined) {
      await putInlinePolicy(target, name, properties.PolicyDocument, scope);
    }
    return { physicalId, attributes: { Id: physicalId } };
  },

  async update({ physicalId, before, after }, scope) {
    const [oldName, name] = [toText(before.PolicyName) ?? '', toText(after.PolicyName) ?? ''];
    const { left, joined, kept } = compareTargets(before, after);
    const isChanged = oldName !== name || !isSame(before.PolicyDocument, after.PolicyDocument);
    for (const target of isChanged ? [...kept, ...joined] : joined) {
      await putInlinePolicy(target, name, after.PolicyDocument, scope);
    }
    for (const target of oldName === name ? left : [...left, ...kept]) {
      await deleteInlinePolicy(target, oldName, scope);
    }
    return { physicalId, attributes: { Id: physicalId } };
  },

  async delete(_physicalId, properties, scope) {
    for (const target of compareTargets(properties, {}).left) {
      await deleteInlinePolicy(target, toText(properties.PolicyName) ?? '', scope);
    }
  },
};
