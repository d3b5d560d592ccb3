/** Watches the delivery of the alarms: what could not be delivered is kept, and reported on a topic of its own. */
import { Aws, Duration, Stack, Validations } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledgeRule } from '../policy/acknowledgements';

/** Properties of a DeliveryWatch. */
interface DeliveryWatchProps {
  readonly busName: string;
  readonly emailAddresses: readonly string[];
}

/** The prefix of the names of the CloudWatch alarms. */
export function alarmPrefix(busName: string): string {
  return `${busName}.`;
}

/**
 * The queue of the events that could not be delivered, and the topic and the CloudWatch alarms that report them.
 *
 * The topic is not encrypted with the key of the messages: a key that was disabled would silence both. It says that
 * something is wrong with the alarms, and who changed them.
 */
export class DeliveryWatch extends Construct {
  public readonly topic: ITopic;
  public readonly undelivered: Queue;

  public constructor(scope: Construct, id: string, { busName, emailAddresses }: DeliveryWatchProps) {
    super(scope, id);
    this.undelivered = this.addQueue(busName);
    this.topic = this.addTopic(busName, emailAddresses);
    const alarm = {
      alarmActions: [this.topic.topicArn],
      comparisonOperator: 'GreaterThanThreshold',
      evaluationPeriods: 1,
      threshold: 0,
      treatMissingData: 'notBreaching',
    };
    new CfnAlarm(this, 'Waiting', {
      ...alarm,
      alarmName: `${alarmPrefix(busName)}undelivered`,
      alarmDescription:
        'MFA alarms could not be delivered. Next: read the events in the queue, fix what they say, and deploy the alarms again.',
      namespace: 'AWS/SQS',
      metricName: 'ApproximateNumberOfMessagesVisible',
      dimensions: [{ name: 'QueueName', value: this.undelivered.queueName }],
      statistic: 'Maximum',
      period: 300,
    });
    new CfnAlarm(this, 'Failed', {
      ...alarm,
      alarmName: `${alarmPrefix(busName)}failed`,
      alarmDescription:
        'EventBridge could not publish MFA alarms. Next: look at topic, key and role of the alarms, and deploy them again.',
      metrics: [
        {
          id: 'failed',
          // One alarm for all rules: the metric is there only when something fails.
          expression: `SELECT SUM(FailedInvocations) FROM SCHEMA("AWS/Events", EventBusName, RuleName) WHERE EventBusName = '${busName}'`,
          period: 300,
          returnData: true,
        },
      ],
    });
  }

  private addQueue(busName: string): Queue {
    const queue = new Queue(this, 'Undelivered', { enforceSSL: true, retentionPeriod: Duration.days(14) });
    Validations.of(queue).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SQS3',
      reason: 'It is the dead-letter queue of the rules.',
    });
    queue.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        conditions: { ArnLike: { 'aws:SourceArn': this.arnOf('events', `rule/${busName}/*`) } },
      }),
    );
    return queue;
  }

  private addTopic(busName: string, emailAddresses: readonly string[]): Topic {
    const topic = new Topic(this, 'Trouble', { displayName: 'MFA alarms in trouble', enforceSSL: true });
    acknowledgeRule(
      topic,
      'SNSEncryptedKMS',
      'A key that was disabled would silence it together with the alarms; it only says that they are in trouble.',
    );
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: {
          ArnLike: { 'aws:SourceArn': this.arnOf('cloudwatch', `alarm:${alarmPrefix(busName)}*`) },
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
        },
      }),
    );
    for (const address of emailAddresses) {
      topic.addSubscription(new EmailSubscription(address));
    }
    return topic;
  }

  private arnOf(service: string, resource: string): string {
    const { partition, region, account } = Stack.of(this);
    return `arn:${partition}:${service}:${region}:${account}:${resource}`;
  }
}
