/** Amazon SNS, API version 2010-03-31, only what a function needs to publish an alarm. */

import { randomUUID } from 'node:crypto';
import { type DeclaredService, operation } from './declared-operation';
import { refuseLockedTopic, topicAt } from './events/topics';
import { optional, text } from './parameters';

/** A subject has no line breaks and at most 100 characters. */
const subject = text({ min: 1, max: 100, pattern: /^[\x20-\x7E]+$/ });

export const sns: DeclaredService = {
  name: 'sns',
  protocol: 'awsQuery',
  xmlNamespace: 'http://sns.amazonaws.com/doc/2010-03-31/',
  declared: {
    Publish: operation({
      parameters: {
        TopicArn: text({ min: 1 }),
        Message: text({ min: 1, max: 262_144 }),
        Subject: optional(subject),
      },
      permissions: ({ TopicArn }) => [{ action: 'sns:Publish', resource: TopicArn }],
      run: async ({ TopicArn, Message, Subject }, context) => {
        await refuseLockedTopic(context, topicAt(context.state, TopicArn));
        context.state.outbox.publish({
          topicArn: TopicArn,
          message: Message,
          at: context.now(),
          ...(Subject === undefined ? {} : { subject: Subject }),
        });
        return { MessageId: randomUUID() };
      },
    }),
  },
};
