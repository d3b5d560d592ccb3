/** AWS::CloudWatch::Alarm. Nothing is measured here, so it never goes off. */

import { toText, toTexts } from '../json';
import { arnOf, storedResource } from '../stored-resource';

const dimensions = {
  shape: { items: { members: { Name: { required: true }, Value: { required: true } } } },
} as const;

export const cloudWatchAlarm = storedResource({
  type: 'AWS::CloudWatch::Alarm',
  properties: {
    ActionConfiguration: {
      shape: {
        members: {
          AlarmTagsPropagation: {
            shape: {
              members: {
                Enabled: { required: true },
                ExcludedTagKeys: { shape: 'texts' },
                IncludedTagKeys: { shape: 'texts' },
              },
            },
          },
        },
      },
    },
    ActionsEnabled: {},
    AlarmActions: { shape: 'texts' },
    AlarmDescription: {},
    AlarmName: { replaces: true },
    ComparisonOperator: {},
    DatapointsToAlarm: {},
    Dimensions: dimensions,
    EvaluateLowSampleCountPercentile: {},
    EvaluationCriteria: {
      shape: {
        members: {
          PromQLCriteria: { shape: { members: { PendingPeriod: {}, Query: {}, RecoveryPeriod: {} } } },
        },
      },
    },
    EvaluationInterval: {},
    EvaluationPeriods: {},
    EvaluationWindow: {
      shape: {
        members: {
          SlidingWindow: { shape: 'document' },
          WallClockWindow: { shape: { members: { Timezone: {} } } },
        },
      },
    },
    ExtendedStatistic: {},
    InsufficientDataActions: { shape: 'texts' },
    MetricName: {},
    Metrics: {
      shape: {
        items: {
          members: {
            AccountId: {},
            Expression: {},
            Id: { required: true },
            Label: {},
            MetricStat: {
              shape: {
                members: {
                  Metric: {
                    required: true,
                    shape: { members: { Dimensions: dimensions, MetricName: {}, Namespace: {} } },
                  },
                  Period: { required: true },
                  Stat: { required: true },
                  Unit: {},
                },
              },
            },
            Period: {},
            ReturnData: {},
          },
        },
      },
    },
    Namespace: {},
    OKActions: { shape: 'texts' },
    Period: {},
    Statistic: {},
    Tags: { shape: 'tags' },
    Threshold: {},
    ThresholdMetricId: {},
    TreatMissingData: {},
    Unit: {},
    WarmUpConfiguration: {
      shape: {
        members: { OnlyStartEvaluatingAfterWarmUpPeriodEnds: {}, WarmUpPeriodDurationInMinutes: {} },
      },
    },
  },
  attributes: ['Arn'],
  nameProperty: 'AlarmName',
  tags: 'list',
  actions: {
    create: 'cloudwatch:PutMetricAlarm',
    update: 'cloudwatch:PutMetricAlarm',
    delete: 'cloudwatch:DeleteAlarms',
  },
  nameOf: ({ AlarmName }, scope) => toText(AlarmName) ?? scope.generateName(255),
  describe(name, _properties, context) {
    const arn = arnOf(context, 'cloudwatch', `alarm:${name}`);
    return { physicalId: name, attributes: { Arn: arn }, resource: arn };
  },
  references: ({ AlarmActions }) =>
    toTexts(AlarmActions)
      .filter((arn) => arn.includes(':sns:'))
      .map((id) => ({ type: 'AWS::SNS::Topic', id })),
});
