/** AWS::SQS: queues and their policies. Events that cannot be delivered are not put there. */

import { toText, toTexts } from '../json';
import type { ResourceType } from '../resource-type';
import { arnOf, storedResource } from '../stored-resource';

const queueType = 'AWS::SQS::Queue';

export const sqsTypes: Readonly<Record<string, ResourceType>> = {
  [queueType]: storedResource({
    type: queueType,
    properties: {
      ContentBasedDeduplication: {},
      DeduplicationScope: {},
      DelaySeconds: {},
      FifoQueue: { replaces: true },
      FifoThroughputLimit: {},
      KmsDataKeyReusePeriodSeconds: {},
      KmsMasterKeyId: {},
      MaximumMessageSize: {},
      MessageRetentionPeriod: {},
      QueueName: { replaces: true },
      ReceiveMessageWaitTimeSeconds: {},
      RedriveAllowPolicy: { shape: 'document' },
      RedrivePolicy: { shape: 'document' },
      SqsManagedSseEnabled: {},
      Tags: { shape: 'tags' },
      VisibilityTimeout: {},
    },
    attributes: ['Arn', 'QueueName', 'QueueUrl'],
    nameProperty: 'QueueName',
    tags: 'list',
    actions: { create: 'sqs:CreateQueue', update: 'sqs:SetQueueAttributes', delete: 'sqs:DeleteQueue' },
    nameOf: ({ QueueName }, scope) => toText(QueueName) ?? scope.generateName(80),
    describe(name, _properties, context) {
      const arn = arnOf(context, 'sqs', name);
      const url = `https://sqs.${context.region}.amazonaws.com/${context.account}/${name}`;
      return { physicalId: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url }, resource: arn };
    },
  }),

  'AWS::SQS::QueuePolicy': storedResource({
    type: 'AWS::SQS::QueuePolicy',
    properties: {
      PolicyDocument: { required: true, shape: 'document' },
      Queues: { required: true, shape: 'texts' },
    },
    attributes: ['Id'],
    actions: {
      create: 'sqs:SetQueueAttributes',
      update: 'sqs:SetQueueAttributes',
      delete: 'sqs:SetQueueAttributes',
    },
    nameOf: (_properties, scope) => scope.generateName(128),
    describe(id, { Queues }, context) {
      const [url = ''] = toTexts(Queues);
      const resource = arnOf(context, 'sqs', url.slice(url.lastIndexOf('/') + 1));
      return { physicalId: id, attributes: { Id: id }, resource };
    },
    references: ({ Queues }) => toTexts(Queues).map((id) => ({ type: queueType, id })),
  }),
};
