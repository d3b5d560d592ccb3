/** AWS::Events: buses, who may put events on them, and rules. Rules take effect: see `events/`. */

import { parseEventPattern } from '../../events/event-pattern';
import type { Json, JsonObject } from '../../operation';
import { isList, isObject, toText } from '../json';
import type { Properties } from '../property-shape';
import type { ResourceType } from '../resource-type';
import { arnOf, type Reference, storedResource } from '../stored-resource';
import { validationError } from '../validation-error';

const busType = 'AWS::Events::EventBus';
export const ruleType = 'AWS::Events::Rule';
export const defaultBus = 'default';
const maxTargets = 5;

const ruleProperties: Properties = {
  Description: {},
  EventBusName: { replaces: true },
  EventPattern: { shape: 'document' },
  Name: { replaces: true },
  RoleArn: {},
  ScheduleExpression: {},
  State: {},
  Tags: { shape: 'tags' },
  Targets: {
    shape: {
      items: {
        members: {
          AppSyncParameters: { shape: { members: { GraphQLOperation: { required: true } } } },
          Arn: { required: true },
          BatchParameters: {
            shape: {
              members: {
                ArrayProperties: { shape: { members: { Size: {} } } },
                JobDefinition: { required: true },
                JobName: { required: true },
                RetryStrategy: { shape: { members: { Attempts: {} } } },
              },
            },
          },
          DeadLetterConfig: { shape: { members: { Arn: {} } } },
          EcsParameters: {
            shape: {
              members: {
                CapacityProviderStrategy: {
                  shape: {
                    items: { members: { Base: {}, CapacityProvider: { required: true }, Weight: {} } },
                  },
                },
                EnableECSManagedTags: {},
                EnableExecuteCommand: {},
                Group: {},
                LaunchType: {},
                NetworkConfiguration: {
                  shape: {
                    members: {
                      AwsVpcConfiguration: {
                        shape: {
                          members: {
                            AssignPublicIp: {},
                            SecurityGroups: { shape: 'texts' },
                            Subnets: { required: true, shape: 'texts' },
                          },
                        },
                      },
                    },
                  },
                },
                PlacementConstraints: { shape: { items: { members: { Expression: {}, Type: {} } } } },
                PlacementStrategies: { shape: { items: { members: { Field: {}, Type: {} } } } },
                PlatformVersion: {},
                PropagateTags: {},
                ReferenceId: {},
                TagList: { shape: 'tags' },
                TaskCount: {},
                TaskDefinitionArn: { required: true },
              },
            },
          },
          HttpParameters: {
            shape: {
              members: {
                HeaderParameters: { shape: 'map' },
                PathParameterValues: { shape: 'texts' },
                QueryStringParameters: { shape: 'map' },
              },
            },
          },
          Id: { required: true },
          Input: {},
          InputPath: {},
          InputTransformer: {
            shape: { members: { InputPathsMap: { shape: 'map' }, InputTemplate: { required: true } } },
          },
          KinesisParameters: { shape: { members: { PartitionKeyPath: { required: true } } } },
          RedshiftDataParameters: {
            shape: {
              members: {
                Database: { required: true },
                DbUser: {},
                SecretManagerArn: {},
                Sql: {},
                Sqls: { shape: 'texts' },
                StatementName: {},
                WithEvent: {},
              },
            },
          },
          RetryPolicy: { shape: { members: { MaximumEventAgeInSeconds: {}, MaximumRetryAttempts: {} } } },
          RoleArn: {},
          RunCommandParameters: {
            shape: {
              members: {
                RunCommandTargets: {
                  required: true,
                  shape: {
                    items: {
                      members: { Key: { required: true }, Values: { required: true, shape: 'texts' } },
                    },
                  },
                },
              },
            },
          },
          SageMakerPipelineParameters: {
            shape: {
              members: {
                PipelineParameterList: {
                  shape: { items: { members: { Name: { required: true }, Value: { required: true } } } },
                },
              },
            },
          },
          SqsParameters: { shape: { members: { MessageGroupId: { required: true } } } },
        },
      },
    },
  },
};

export const eventsTypes: Readonly<Record<string, ResourceType>> = {
  [busType]: storedResource({
    type: busType,
    properties: {
      DeadLetterConfig: { shape: { members: { Arn: {} } } },
      Description: {},
      EventSourceName: { replaces: true },
      KmsKeyIdentifier: {},
      LogConfig: { shape: { members: { IncludeDetail: {}, Level: {} } } },
      Name: { required: true, replaces: true },
      Policy: { shape: 'document' },
      Tags: { shape: 'tags' },
    },
    attributes: ['Arn', 'Name'],
    nameProperty: 'Name',
    tags: 'list',
    actions: {
      create: 'events:CreateEventBus',
      update: 'events:UpdateEventBus',
      delete: 'events:DeleteEventBus',
    },
    nameOf: ({ Name }) => toText(Name) ?? '',
    describe(name, _properties, context) {
      const arn = arnOf(context, 'events', `event-bus/${name}`);
      return { physicalId: name, attributes: { Arn: arn, Name: name }, resource: arn };
    },
    flaw: ({ Name }) =>
      Name === defaultBus ? `Cannot create event bus ${defaultBus}: every account has it` : undefined,
  }),

  'AWS::Events::EventBusPolicy': storedResource({
    type: 'AWS::Events::EventBusPolicy',
    properties: {
      Action: {},
      Condition: { shape: { members: { Key: {}, Type: {}, Value: {} } } },
      EventBusName: { replaces: true },
      Principal: {},
      Statement: { shape: 'document' },
      StatementId: { required: true, replaces: true },
    },
    attributes: [],
    actions: {
      create: 'events:PutPermission',
      update: 'events:PutPermission',
      delete: 'events:RemovePermission',
    },
    nameOf: ({ EventBusName, StatementId }) => `${busNameOf(EventBusName)}|${toText(StatementId)}`,
    describe: (id) => ({ physicalId: id, attributes: {} }),
    references: ({ EventBusName }) => busReference(EventBusName),
  }),

  [ruleType]: storedResource({
    type: ruleType,
    properties: ruleProperties,
    attributes: ['Arn', 'RuleName'],
    nameProperty: 'Name',
    tags: 'list',
    actions: { create: 'events:PutRule', update: 'events:PutRule', delete: 'events:DeleteRule' },
    nameOf: ({ Name }, scope) => toText(Name) ?? scope.generateName(64),
    describe(name, { EventBusName }, context) {
      const bus = busNameOf(EventBusName);
      const path = bus === defaultBus ? name : `${bus}/${name}`;
      const arn = arnOf(context, 'events', `rule/${path}`);
      const physicalId = bus === defaultBus ? name : `${bus}|${name}`;
      return { physicalId, attributes: { Arn: arn, RuleName: name }, resource: arn };
    },
    references: ({ EventBusName }) => busReference(EventBusName),
    flaw: (rule) => flawOfTargets(rule) ?? flawOfPattern(rule),
  }),
};

/** Gives `security` for `security` and for `arn:aws:events:…:event-bus/security`; the default bus for undefined. */
export function busNameOf(bus: Json | undefined): string {
  return (toText(bus) ?? defaultBus).replace(/^arn:.*:event-bus\//, '');
}

/** Reads the pattern of a rule, which the template holds as text or as an object; undefined for a schedule. */
export function patternOf({ EventPattern }: JsonObject): JsonObject | undefined {
  const pattern = typeof EventPattern === 'string' ? (JSON.parse(EventPattern) as Json) : EventPattern;
  if (pattern === undefined || isObject(pattern)) {
    return pattern;
  }
  throw validationError('Event pattern is not valid. Reason: it is no object');
}

function busReference(bus: Json | undefined): readonly Reference[] {
  const name = busNameOf(bus);
  return name === defaultBus ? [] : [{ type: busType, id: name }];
}

function flawOfTargets({ Targets }: JsonObject): string | undefined {
  const targets = isList(Targets) ? Targets.filter(isObject) : [];
  if (targets.length > maxTargets) {
    return `A rule has at most ${maxTargets} targets, not ${targets.length}`;
  }
  const twice = targets.find(({ Id }, index) => targets.findIndex((other) => other.Id === Id) < index);
  if (twice) {
    return `Two targets have the Id ${twice.Id}`;
  }
  const both = targets.find(
    (target) => ['Input', 'InputPath', 'InputTransformer'].filter((key) => key in target).length > 1,
  );
  return both && `Target ${both.Id} has more than one of Input, InputPath and InputTransformer`;
}

function flawOfPattern(rule: JsonObject): string | undefined {
  try {
    const pattern = patternOf(rule);
    if (pattern) {
      parseEventPattern(pattern);
    } else if (rule.ScheduleExpression === undefined) {
      return 'EventPattern or ScheduleExpression is required';
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
