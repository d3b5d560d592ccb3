/** Delivery is watched: what fails is kept and said, on a topic that needs no key. */
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import type { IConstruct } from 'constructs';
import { rendered } from '../../support/policy-simulation';
import { HOME, makeAlarms, regionsOr, rulesOf } from './alarm-scene';
import { ACCOUNT } from './cloudtrail-events';

const alarms = makeAlarms({
  regions: regionsOr(['us-west-2', 'us-east-1', 'ap-south-1']),
  emailAddresses: ['security@example.com', 'operations@example.com'],
});
const template = Template.fromStack(Stack.of(alarms));
const [queueId = ''] = Object.keys(template.findResources('AWS::SQS::Queue'));
const topics = template.findResources('AWS::SNS::Topic');
const troubleId = Object.keys(topics).find((id) => id.includes('Trouble')) ?? '';

test('every rule on the bus keeps what it cannot deliver', () => {
  const rules = rulesOf(alarms).filter(({ scheduleExpression }) => scheduleExpression === undefined);

  expect(rules.length).toBeGreaterThan(20);
  for (const { node, targets } of rules) {
    const [target] = Array.isArray(targets) ? targets : [];
    const isWatched = target !== undefined && 'deadLetterConfig' in target;
    expect([node.id, isWatched]).toEqual([node.id, true]);
  }
});

test('the queue takes events of these rules only, keeps them for two weeks, and wants TLS', () => {
  template.hasResourceProperties('AWS::SQS::Queue', { MessageRetentionPeriod: 1_209_600 });
  const [policy] = Object.values(template.findResources('AWS::SQS::QueuePolicy'));
  const statements = policy?.Properties.PolicyDocument.Statement;
  const allowed = statements.filter(({ Effect: effect }: { readonly Effect: string }) => effect === 'Allow');

  expect(statements).toContainEqual(expect.objectContaining({ Effect: 'Deny' }));
  expect(
    allowed.map(({ Condition: condition }: { readonly Condition: unknown }) => rendered(condition)),
  ).toEqual([{ ArnLike: { 'aws:SourceArn': `arn:aws:events:${HOME}:${ACCOUNT}:rule/mfa-guardrails/*` } }]);
});

test('what waits in the queue, and what fails on the bus, are CloudWatch alarms', () => {
  template.resourceCountIs('AWS::CloudWatch::Alarm', 2);
  template.allResourcesProperties('AWS::CloudWatch::Alarm', {
    AlarmActions: [{ Ref: troubleId }],
    Threshold: 0,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
    AlarmDescription: Match.stringLikeRegexp('Next: '),
  });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queueId, 'QueueName'] } }],
  });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    Metrics: [
      Match.objectLike({
        Expression:
          'SELECT SUM(FailedInvocations) FROM SCHEMA("AWS/Events", EventBusName, RuleName) ' +
          "WHERE EventBusName = 'mfa-guardrails'",
        ReturnData: true,
      }),
    ],
  });
});

test('the topic that says so has no key, takes these alarms only, and has the same recipients', () => {
  expect(Object.keys(topics)).toHaveLength(2);
  expect(topics[troubleId]?.Properties.KmsMasterKeyId).toBeUndefined();
  const [policy] = Object.values(
    template.findResources('AWS::SNS::TopicPolicy', { Properties: { Topics: [{ Ref: troubleId }] } }),
  );
  const statements = policy?.Properties.PolicyDocument.Statement;
  const [allowed] = statements.filter(
    ({ Effect: effect }: { readonly Effect: string }) => effect === 'Allow',
  );

  expect(allowed).toMatchObject({
    Principal: { Service: 'cloudwatch.amazonaws.com' },
    Action: 'sns:Publish',
  });
  expect(rendered(allowed.Condition)).toEqual({
    ArnLike: { 'aws:SourceArn': `arn:aws:cloudwatch:${HOME}:${ACCOUNT}:alarm:mfa-guardrails.*` },
    StringEquals: { 'aws:SourceAccount': ACCOUNT },
  });
  for (const topic of Object.keys(topics)) {
    const subscribed = template.findResources('AWS::SNS::Subscription', {
      Properties: { TopicArn: { Ref: topic } },
    });
    expect(Object.keys(subscribed)).toHaveLength(2);
  }
});

describe('the monthly test', () => {
  function schedules(of: IConstruct): readonly unknown[] {
    return of.node
      .findAll()
      .filter((child): child is CfnRule => child instanceof CfnRule)
      .map(({ scheduleExpression }) => scheduleExpression)
      .filter((schedule) => schedule?.startsWith('cron(0 8 1'));
  }

  test('begins in the Region of IAM’s events, and nowhere else', () => {
    const tested = alarms.forwardingStacks.filter((stack) => schedules(stack).length > 0);

    expect(tested.map(({ region }) => region)).toEqual(['us-east-1']);
    expect(schedules(alarms.node.root)).toHaveLength(1);
  });

  test('begins at home where nothing forwards from there, and can be left out', () => {
    expect(schedules(makeAlarms({ regions: [] }).node.root)).toHaveLength(1);
    expect(schedules(makeAlarms({ regions: [], sendTestMessage: false }).node.root)).toEqual([]);
  });
});
