/** AWS::SNS: topics, their policies and their subscriptions. Messages that rules publish are in the outbox. */

import { randomUUID } from 'node:crypto';
import type { Json } from '../../operation';
import { toText, toTexts } from '../json';
import type { ResourceType } from '../resource-type';
import { arnOf, type Reference, storedResource } from '../stored-resource';
import { keyType } from './kms';

const topicType = 'AWS::SNS::Topic';
const endpoints: Readonly<Record<string, RegExp>> = {
  email: /^[^@\s]+@[^@\s]+$/,
  'email-json': /^[^@\s]+@[^@\s]+$/,
  http: /^http:\/\/./,
  https: /^https:\/\/./,
  lambda: /^arn:[^:]+:lambda:/,
  sms: /^\+?[0-9 -]+$/,
  sqs: /^arn:[^:]+:sqs:/,
  firehose: /^arn:[^:]+:firehose:/,
  application: /^arn:[^:]+:sns:/,
};

export const snsTypes: Readonly<Record<string, ResourceType>> = {
  [topicType]: storedResource({
    type: topicType,
    properties: {
      ArchivePolicy: { shape: 'document' },
      ContentBasedDeduplication: {},
      DataProtectionPolicy: { shape: 'document' },
      DeliveryStatusLogging: {
        shape: {
          items: {
            members: {
              FailureFeedbackRoleArn: {},
              Protocol: { required: true },
              SuccessFeedbackRoleArn: {},
              SuccessFeedbackSampleRate: {},
            },
          },
        },
      },
      DisplayName: {},
      FifoThroughputScope: {},
      FifoTopic: { replaces: true },
      KmsMasterKeyId: {},
      MaximumMessageSize: {},
      SignatureVersion: {},
      Subscription: {
        shape: { items: { members: { Endpoint: { required: true }, Protocol: { required: true } } } },
      },
      Tags: { shape: 'tags' },
      TopicName: { replaces: true },
      TracingConfig: {},
    },
    attributes: ['TopicArn', 'TopicName'],
    nameProperty: 'TopicName',
    tags: 'list',
    actions: { create: 'sns:CreateTopic', update: 'sns:SetTopicAttributes', delete: 'sns:DeleteTopic' },
    nameOf: ({ TopicName }, scope) => toText(TopicName) ?? scope.generateName(256),
    describe(name, _properties, context) {
      const arn = arnOf(context, 'sns', name);
      return { physicalId: arn, attributes: { TopicArn: arn, TopicName: name }, resource: arn };
    },
    references: ({ KmsMasterKeyId }) => keyReference(KmsMasterKeyId),
  }),

  'AWS::SNS::TopicPolicy': storedResource({
    type: 'AWS::SNS::TopicPolicy',
    properties: {
      PolicyDocument: { required: true, shape: 'document' },
      Topics: { required: true, shape: 'texts' },
    },
    attributes: ['Id'],
    actions: {
      create: 'sns:SetTopicAttributes',
      update: 'sns:SetTopicAttributes',
      delete: 'sns:SetTopicAttributes',
    },
    nameOf: (_properties, scope) => scope.generateName(128),
    describe: (id, { Topics }) => {
      const [topic = '*'] = toTexts(Topics);
      return { physicalId: id, attributes: { Id: id }, resource: topic };
    },
    references: ({ Topics }) => toTexts(Topics).map((id) => ({ type: topicType, id })),
  }),

  'AWS::SNS::Subscription': storedResource({
    type: 'AWS::SNS::Subscription',
    properties: {
      DeliveryPolicy: { shape: 'document' },
      Endpoint: { replaces: true },
      FilterPolicy: { shape: 'document' },
      FilterPolicyScope: {},
      Protocol: { required: true, replaces: true },
      RawMessageDelivery: {},
      RedrivePolicy: { shape: 'document' },
      Region: {},
      ReplayPolicy: { shape: 'document' },
      SubscriptionRoleArn: {},
      TopicArn: { required: true, replaces: true },
    },
    attributes: ['Arn'],
    actions: {
      create: 'sns:Subscribe',
      update: 'sns:SetSubscriptionAttributes',
      delete: 'sns:Unsubscribe',
    },
    nameOf: () => randomUUID(),
    describe(id, { TopicArn }) {
      const topic = toText(TopicArn) ?? '';
      const arn = `${topic}:${id}`;
      return { physicalId: arn, attributes: { Arn: arn }, resource: topic };
    },
    references: ({ TopicArn }) => [{ type: topicType, id: toText(TopicArn) ?? '' }],
    flaw({ Protocol, Endpoint }) {
      const pattern = endpoints[toText(Protocol) ?? ''];
      if (!pattern) {
        return `Invalid parameter: Invalid protocol type: ${Protocol}`;
      }
      return pattern.test(toText(Endpoint) ?? '')
        ? undefined
        : `Invalid parameter: ${Protocol} endpoint ${Endpoint}`;
    },
  }),
};

/** Finds a key of this account; AWS's own key, by its alias, always exists. */
function keyReference(key: Json | undefined): readonly Reference[] {
  const id = toText(key);
  return id === undefined || /(^|:)alias\/aws\//.test(id) ? [] : [{ type: keyType, id }];
}
