/**
 * AWS::Config: rules and conformance packs. Nothing is evaluated, and no recorder is required: on AWS, a rule
 * cannot be created in an account and Region without one.
 */

import { createHash } from 'node:crypto';
import { AwsError, type JsonObject } from '../../operation';
import { toText } from '../json';
import { type ResourceType, validateProperties } from '../resource-type';
import { arnOf, storedResource } from '../stored-resource';
import { parseTemplate } from '../template';

const maxTemplateBytes = 51_200;

const configRule = storedResource({
  type: 'AWS::Config::ConfigRule',
  properties: {
    Compliance: { shape: { members: { Type: {} } } },
    ConfigRuleName: { replaces: true },
    Description: {},
    EvaluationModes: { shape: { items: { members: { Mode: {} } } } },
    InputParameters: { shape: 'document' },
    MaximumExecutionFrequency: {},
    Scope: {
      shape: {
        members: {
          ComplianceResourceId: {},
          ComplianceResourceTypes: { shape: 'texts' },
          TagKey: {},
          TagValue: {},
        },
      },
    },
    Source: {
      required: true,
      shape: {
        members: {
          CustomPolicyDetails: {
            shape: { members: { EnableDebugLogDelivery: {}, PolicyRuntime: {}, PolicyText: {} } },
          },
          Owner: { required: true },
          SourceDetails: {
            shape: {
              items: {
                members: {
                  EventSource: { required: true },
                  MaximumExecutionFrequency: {},
                  MessageType: { required: true },
                },
              },
            },
          },
          SourceIdentifier: {},
        },
      },
    },
  },
  attributes: ['ConfigRuleId', 'Arn'],
  nameProperty: 'ConfigRuleName',
  actions: {
    create: 'config:PutConfigRule',
    update: 'config:PutConfigRule',
    delete: 'config:DeleteConfigRule',
  },
  nameOf: ({ ConfigRuleName }, scope) => toText(ConfigRuleName) ?? scope.generateName(128),
  describe(name, _properties, context) {
    const id = `config-rule-${idOf(name)}`;
    const arn = arnOf(context, 'config', `config-rule/${id}`);
    return { physicalId: name, attributes: { ConfigRuleId: id, Arn: arn }, resource: arn };
  },
});

export const configTypes: Readonly<Record<string, ResourceType>> = {
  'AWS::Config::ConfigRule': configRule,

  'AWS::Config::ConformancePack': storedResource({
    type: 'AWS::Config::ConformancePack',
    properties: {
      ConformancePackInputParameters: {
        shape: {
          items: { members: { ParameterName: { required: true }, ParameterValue: { required: true } } },
        },
      },
      ConformancePackName: { required: true, replaces: true },
      DeliveryS3Bucket: {},
      DeliveryS3KeyPrefix: {},
      Tags: { shape: 'tags' },
      TemplateBody: {},
      TemplateS3Uri: {},
      TemplateSSMDocumentDetails: { shape: { members: { DocumentName: {}, DocumentVersion: {} } } },
    },
    attributes: ['ConformancePackArn'],
    nameProperty: 'ConformancePackName',
    tags: 'list',
    actions: {
      create: 'config:PutConformancePack',
      update: 'config:PutConformancePack',
      delete: 'config:DeleteConformancePack',
    },
    nameOf: ({ ConformancePackName }) => toText(ConformancePackName) ?? '',
    describe(name, _properties, context) {
      const arn = arnOf(context, 'config', `conformance-pack/${name}/conformance-pack-${idOf(name)}`);
      return { physicalId: name, attributes: { ConformancePackArn: arn }, resource: arn };
    },
    flaw: (pack) => flawOfPack(pack, ['TemplateBody', 'TemplateS3Uri', 'TemplateSSMDocumentDetails']),
  }),

  'AWS::Config::OrganizationConformancePack': storedResource({
    type: 'AWS::Config::OrganizationConformancePack',
    properties: {
      ConformancePackInputParameters: {
        shape: {
          items: { members: { ParameterName: { required: true }, ParameterValue: { required: true } } },
        },
      },
      DeliveryS3Bucket: {},
      DeliveryS3KeyPrefix: {},
      ExcludedAccounts: { shape: 'texts' },
      OrganizationConformancePackName: { required: true, replaces: true },
      Tags: { shape: 'tags' },
      TemplateBody: {},
      TemplateS3Uri: {},
    },
    attributes: ['OrganizationConformancePackArn'],
    nameProperty: 'OrganizationConformancePackName',
    tags: 'list',
    actions: {
      create: 'config:PutOrganizationConformancePack',
      update: 'config:PutOrganizationConformancePack',
      delete: 'config:DeleteOrganizationConformancePack',
    },
    nameOf: ({ OrganizationConformancePackName }) => toText(OrganizationConformancePackName) ?? '',
    describe(name, _properties, context) {
      const arn = arnOf(context, 'config', `organization-conformance-pack/${name}-${idOf(name)}`);
      return { physicalId: name, attributes: { OrganizationConformancePackArn: arn } };
    },
    flaw: (pack) => flawOfPack(pack, ['TemplateBody', 'TemplateS3Uri']),
  }),
};

/** Depends on the name only, because it must stay the same when the resource is changed. */
function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 8);
}

/** A pack is a template that contains Config rules and nothing else. */
function flawOfPack(pack: JsonObject, sources: readonly string[]): string | undefined {
  const given = sources.filter((source) => source in pack);
  if (given.length !== 1) {
    return `A conformance pack has one of ${sources.join(', ')}, not ${given.length}`;
  }
  const body = toText(pack.TemplateBody);
  if (body === undefined) {
    return undefined;
  }
  if (Buffer.byteLength(body) > maxTemplateBytes) {
    return `TemplateBody is longer than ${maxTemplateBytes} bytes`;
  }
  try {
    return flawOfRules(body);
  } catch (error) {
    if (error instanceof AwsError) {
      return error.message;
    }
    throw error;
  }
}

function flawOfRules(body: string): string | undefined {
  for (const [logicalId, { type, properties }] of Object.entries(parseTemplate(body).resources)) {
    if (type !== 'AWS::Config::ConfigRule') {
      return `Template contains an unsupported resource: ${type}`;
    }
    const problem = validateProperties(configRule, properties);
    if (problem !== undefined) {
      return `Resource ${logicalId}: ${problem}`;
    }
  }
  return undefined;
}
