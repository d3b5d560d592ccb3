/** The rules on the bus of the alarms: each publishes a message on a topic, or calls the function. */
import { CfnRule } from 'aws-cdk-lib/aws-events';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { AlarmBus } from './alarm-bus';
import { formatInput, type Lines } from './alarm-messages';
import type { EventPattern } from './watched-events';

/** The parts that every rule needs. */
interface RuleParts {
  readonly bus: AlarmBus;
  /** The role that publishes. */
  readonly delivery: IRole;
  /** The topic of the messages. */
  readonly topic: ITopic;
  /** The queue of the events that could not be delivered. */
  readonly undelivered: IQueue;
}

/** An alarm: a rule that publishes a message. */
export interface Alarm {
  readonly id: string;
  /** The name of the rule, if CloudFormation does not make one. */
  readonly name?: string;
  readonly pattern: EventPattern;
  readonly lines: Lines;
  /** The state of the rule, if it is not EventBridge's default. */
  readonly state?: string;
  /** The topic, if it is not that of the messages. */
  readonly topic?: ITopic;
}

/** Makes rules on the bus. */
export class AlarmRules {
  public constructor(private readonly parts: RuleParts) {}

  /** Adds an alarm. */
  public add(scope: Construct, { id, name, pattern, lines, state, topic }: Alarm): void {
    this.addRule(scope, id, {
      name,
      pattern,
      state,
      target: {
        id: 'Topic',
        arn: (topic ?? this.parts.topic).topicArn,
        // Not by the policies of the topic and its key: SNS does not support aws:SourceAccount and aws:SourceArn in the
        // latter, so EventBridge could not be held to this account there.
        roleArn: this.parts.delivery.roleArn,
        inputTransformer: formatInput(lines),
      },
    });
  }

  /** Adds a rule with another target. */
  public addRule(
    scope: Construct,
    id: string,
    rule: {
      readonly pattern: EventPattern;
      readonly target: CfnRule.TargetProperty;
      readonly state?: string | undefined;
      readonly name?: string | undefined;
    },
  ): CfnRule {
    return new CfnRule(scope, id, {
      eventBusName: this.parts.bus.nameIn(scope),
      eventPattern: rule.pattern,
      ...(rule.name === undefined ? {} : { name: rule.name }),
      ...(rule.state === undefined ? {} : { state: rule.state }),
      targets: [{ ...rule.target, deadLetterConfig: { arn: this.parts.undelivered.queueArn } }],
    });
  }
}
