/** Checks topics for publishers: that one exists, and that its key permits them to publish. */

import type { CallContext } from '../caller';
import { toDocument, toText, toTexts } from '../cloudformation/json';
import { AwsError } from '../operation';
import type { State } from '../state';
import type { StoredResource } from '../stored-resources';

/** The actions on its key that a publisher to an encrypted topic needs. */
export const publisherActions = ['kms:GenerateDataKey', 'kms:Decrypt'] as const;

/** @throws AwsError NotFound */
export function topicAt({ stored }: State, arn: string): StoredResource {
  const topic = stored.ofType('AWS::SNS::Topic').find(({ physicalId }) => physicalId === arn);
  if (!topic) {
    throw new AwsError('NotFound', 404, 'Topic does not exist');
  }
  return topic;
}

/** Lists the policies deployed for a topic. */
export function topicPolicies({ stored }: State, topicArn: string): readonly string[] {
  return stored
    .ofType('AWS::SNS::TopicPolicy')
    .filter(({ properties }) => toTexts(properties.Topics).includes(topicArn))
    .map(({ properties }) => toDocument(properties.PolicyDocument));
}

/** Finds the key of this account that encrypts the topic: its ARN and its policy. */
export function keyOf(
  { stored }: State,
  topic: StoredResource,
): { readonly arn: string; readonly policy: string } | undefined {
  const id = toText(topic.properties.KmsMasterKeyId);
  const key = stored
    .ofType('AWS::KMS::Key')
    .find(({ attributes }) => id !== undefined && Object.values(attributes).includes(id));
  return key && { arn: toText(key.attributes.Arn) ?? '', policy: toDocument(key.properties.KeyPolicy) };
}

/** @throws AwsError AccessDenied when the caller may not use the key that encrypts the topic */
export async function refuseLockedTopic(
  { state, authorize }: Pick<CallContext, 'state' | 'authorize'>,
  topic: StoredResource,
): Promise<void> {
  const key = keyOf(state, topic);
  if (!key) {
    return;
  }
  for (const action of publisherActions) {
    await authorize({ action, resource: key.arn, trustPolicy: key.policy });
  }
}
