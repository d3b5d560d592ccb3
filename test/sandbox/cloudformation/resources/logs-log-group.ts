/** AWS::Logs::LogGroup. Nothing is logged to it here. */

import { toText } from '../json';
import { arnOf, storedResource } from '../stored-resource';

/** Days. */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export const logsLogGroup = storedResource({
  type: 'AWS::Logs::LogGroup',
  properties: {
    BearerTokenAuthenticationEnabled: {},
    DataProtectionPolicy: { shape: 'document' },
    DeletionProtectionEnabled: {},
    FieldIndexPolicies: { shape: { items: 'document' } },
    KmsKeyId: {},
    LogGroupClass: {},
    LogGroupName: { replaces: true },
    ResourcePolicyDocument: { shape: 'document' },
    RetentionInDays: {},
    Tags: { shape: 'tags' },
  },
  attributes: ['Arn'],
  nameProperty: 'LogGroupName',
  tags: 'list',
  actions: {
    create: 'logs:CreateLogGroup',
    update: 'logs:PutRetentionPolicy',
    delete: 'logs:DeleteLogGroup',
  },
  nameOf: ({ LogGroupName }, scope) => toText(LogGroupName) ?? scope.generateName(512),
  describe(name, _properties, context) {
    const arn = arnOf(context, 'logs', `log-group:${name}:*`);
    return {
      physicalId: name,
      attributes: { Arn: arn },
      resource: arnOf(context, 'logs', `log-group:${name}`),
    };
  },
  flaw: ({ RetentionInDays }) =>
    RetentionInDays === undefined || retentions.includes(Number(RetentionInDays))
      ? undefined
      : `RetentionInDays ${RetentionInDays} is none of ${retentions.join(', ')}`,
});
