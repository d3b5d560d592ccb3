/** AWS::KMS: keys and their aliases. Nothing is encrypted with them here. */

import { randomUUID } from 'node:crypto';
import { toText } from '../json';
import type { ResourceType } from '../resource-type';
import { arnOf, storedResource } from '../stored-resource';

export const keyType = 'AWS::KMS::Key';

export const kmsTypes: Readonly<Record<string, ResourceType>> = {
  [keyType]: storedResource({
    type: keyType,
    properties: {
      BypassPolicyLockoutSafetyCheck: {},
      Description: {},
      EnableKeyRotation: {},
      Enabled: {},
      KeyPolicy: { shape: 'document' },
      KeySpec: {},
      KeyUsage: {},
      MultiRegion: {},
      Origin: {},
      PendingWindowInDays: {},
      RotationPeriodInDays: {},
      Tags: { shape: 'tags' },
    },
    attributes: ['KeyId', 'Arn'],
    tags: 'list',
    actions: { create: 'kms:CreateKey', update: 'kms:PutKeyPolicy', delete: 'kms:ScheduleKeyDeletion' },
    nameOf: () => randomUUID(),
    describe: (id, _properties, context) => ({
      physicalId: id,
      attributes: { KeyId: id, Arn: arnOf(context, 'kms', `key/${id}`) },
    }),
  }),

  'AWS::KMS::Alias': storedResource({
    type: 'AWS::KMS::Alias',
    properties: { AliasName: { required: true, replaces: true }, TargetKeyId: { required: true } },
    attributes: [],
    nameProperty: 'AliasName',
    actions: { create: 'kms:CreateAlias', update: 'kms:UpdateAlias', delete: 'kms:DeleteAlias' },
    nameOf: ({ AliasName }) => toText(AliasName) ?? '',
    describe: (name, _properties, context) => ({
      physicalId: name,
      attributes: {},
      resource: arnOf(context, 'kms', name),
    }),
    references: ({ TargetKeyId }) => [{ type: keyType, id: toText(TargetKeyId) ?? '' }],
    flaw: ({ AliasName }) =>
      /^alias\/(?!aws\/)[a-zA-Z0-9/_-]+$/.test(toText(AliasName) ?? '')
        ? undefined
        : `Invalid identifier: ${AliasName}: an alias begins with alias/ and not with alias/aws/`,
  }),
};
