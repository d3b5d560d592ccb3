/**
 * The changes of the alarms themselves, as patterns. A message cannot pass through the part whose change it reports, so each part
 * is watched through others.
 */
import {
  API_CALL,
  apiCall,
  type EventPattern,
  NOT_CLOUD_FORMATION,
  OMITTED,
  SUCCEEDED,
} from './watched-events';

/** The parts that the messages pass through, as the calls of AWS name them. */
interface AlarmChain {
  readonly bus: { readonly name: string; readonly rulePrefix: string };
  /** The beginning of the names that CloudFormation gives the rules on the bus. */
  readonly generatedPrefix: string;
  /** The name of the topic, or its beginning. */
  readonly topic: string;
  readonly keyId: string;
  readonly queueName: string;
  readonly functionName: string;
  /** The role of the function, and its policy. */
  readonly functionRole: { readonly name: string; readonly policyArn: string };
}

/** The changes that a deployment makes to a rule. No other stack can make them to a rule of the alarms. */
const RULE_DEPLOYED = ['DeleteRule', 'PutRule', 'PutTargets', 'RemoveTargets'];

/** Matches a change of a part of the chain, except the changes that a deployment makes to its rules. */
export function chainChanged(chain: AlarmChain): EventPattern {
  const { bus, generatedPrefix, topic, keyId, queueName, functionName, functionRole } = chain;
  const events = { eventSource: ['events.amazonaws.com'] };
  const rules = { ...events, ...NOT_CLOUD_FORMATION };
  const onBus = { eventBusName: namesOf(bus) };
  return {
    source: ['events', 'iam', 'kms', 'lambda', 'sns', 'sqs'].map((service) => `aws.${service}`),
    // No detail type: only calls have parameters, and the pattern is nearly as long as it may be.
    detail: {
      ...SUCCEEDED,
      $or: [
        { ...rules, requestParameters: onBus },
        { ...events, eventName: [{ 'anything-but': RULE_DEPLOYED }], requestParameters: onBus },
        // A rule that another stack adds to the bus.
        {
          ...events,
          requestParameters: {
            ...onBus,
            name: [{ 'anything-but': { prefix: [generatedPrefix, bus.rulePrefix] } }],
          },
        },
        { ...rules, requestParameters: { name: [bus.name, { prefix: bus.rulePrefix }] } },
        { ...rules, requestParameters: { rule: [{ prefix: bus.rulePrefix }] } },
        // Lambda takes a name, an ARN or a part of one, with a version or without; SQS takes old addresses of a queue, and its name.
        { requestParameters: { functionName: [{ wildcard: `*${functionName}*` }] } },
        { requestParameters: { keyId: [{ suffix: keyId }] } },
        { requestParameters: { queueUrl: [{ wildcard: `*${queueName}*` }] } },
        { requestParameters: { sourceArn: [{ suffix: `:${queueName}` }] } },
        // Without its role, the function cannot report that it lost it.
        { requestParameters: { roleName: [{ 'equals-ignore-case': functionRole.name }] } },
        { requestParameters: { policyArn: [{ 'equals-ignore-case': functionRole.policyArn }] } },
        { eventSource: [{ 'anything-but': ['iam.amazonaws.com'] }], ...OMITTED },
        ...ofTopic(topic),
      ],
    },
  };
}

function namesOf(bus: AlarmChain['bus']): readonly unknown[] {
  return [bus.name, { suffix: `event-bus/${bus.name}` }];
}

/**
 * Matches a change that may keep the alarm of chainChanged from hearing of it: of the policy or the key of the bus, or of
 * the rule of that alarm. For a rule on the default bus.
 */
export function busClosed(bus: AlarmChain['bus'], rule: string): EventPattern {
  const eventBusName = namesOf(bus);
  const bySomebody = { ...SUCCEEDED, ...NOT_CLOUD_FORMATION };
  return apiCall('aws.events', {
    $or: [
      { ...SUCCEEDED, eventName: ['PutPermission'], requestParameters: { eventBusName } },
      { ...bySomebody, eventName: ['UpdateEventBus'], requestParameters: { name: [bus.name] } },
      { ...bySomebody, requestParameters: { eventBusName, name: [rule] } },
      { ...bySomebody, requestParameters: { eventBusName, rule: [rule] } },
    ],
  });
}

/** A subscription has the ARN of its topic, and an id. A data protection policy, which can refuse messages, is of a resource. */
function ofTopic(topic: string): readonly EventPattern[] {
  const arns = [{ wildcard: `*:${topic}*` }];
  return ['topicArn', 'subscriptionArn', 'resourceArn'].map((name) => ({
    requestParameters: { [name]: arns },
  }));
}

/**
 * Matches a change of what says that the chain is broken: its topic, and the CloudWatch alarms, which can be deleted, muted, set
 * and replaced.
 */
export function chainWatchChanged(topic: string, alarmPrefix: string): EventPattern {
  const alarms = [{ prefix: alarmPrefix }];
  return {
    source: ['aws.monitoring', 'aws.sns'],
    'detail-type': [API_CALL],
    detail: {
      ...SUCCEEDED,
      $or: [
        ...ofTopic(topic),
        { requestParameters: { alarmName: alarms } },
        { requestParameters: { alarmNames: alarms } },
        { requestParameters: { muteTargets: { alarmNames: alarms } } },
        // Requests about dashboards may be as large, and concern no alarm.
        { eventName: [{ wildcard: '*Alarm*' }], ...OMITTED },
      ],
    },
  };
}
