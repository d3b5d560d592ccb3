/**
 * AWS::CloudFormation::StackSet. Its template is checked like a stack's and stored; nothing is deployed to
 * other accounts, because there are none.
 */

import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../operation';
import { isList, isObject, toText, toTexts } from '../json';
import { arnOf, storedResource } from '../stored-resource';
import { validationError } from '../validation-error';
import { nestedStackType } from './cloudformation-stack';

export const cloudFormationStackSet = storedResource({
  type: 'AWS::CloudFormation::StackSet',
  properties: {
    AdministrationRoleARN: {},
    AutoDeployment: {
      shape: { members: { DependsOn: { shape: 'texts' }, Enabled: {}, RetainStacksOnAccountRemoval: {} } },
    },
    CallAs: {},
    Capabilities: { shape: 'texts' },
    Description: {},
    ExecutionRoleName: {},
    ManagedExecution: { shape: { members: { Active: {} } } },
    OperationPreferences: {
      shape: {
        members: {
          ConcurrencyMode: {},
          FailureToleranceCount: {},
          FailureTolerancePercentage: {},
          MaxConcurrentCount: {},
          MaxConcurrentPercentage: {},
          RegionConcurrencyType: {},
          RegionOrder: { shape: 'texts' },
        },
      },
    },
    Parameters: {
      shape: { items: { members: { ParameterKey: { required: true }, ParameterValue: { required: true } } } },
    },
    PermissionModel: { required: true, replaces: true },
    StackInstancesGroup: {
      shape: {
        items: {
          members: {
            DeploymentTargets: {
              required: true,
              shape: {
                members: {
                  AccountFilterType: {},
                  Accounts: { shape: 'texts' },
                  AccountsUrl: {},
                  OrganizationalUnitIds: { shape: 'texts' },
                },
              },
            },
            ParameterOverrides: {
              shape: {
                items: { members: { ParameterKey: { required: true }, ParameterValue: { required: true } } },
              },
            },
            Regions: { required: true, shape: 'texts' },
          },
        },
      },
    },
    StackSetName: { required: true, replaces: true },
    Tags: { shape: 'tags' },
    TemplateBody: {},
    TemplateURL: {},
  },
  attributes: ['StackSetId'],
  nameProperty: 'StackSetName',
  tags: 'list',
  actions: {
    create: 'cloudformation:CreateStackSet',
    update: 'cloudformation:UpdateStackSet',
    delete: 'cloudformation:DeleteStackSet',
  },
  createsAnywhere: true,
  nameOf: ({ StackSetName }) => `${toText(StackSetName)}:${randomUUID()}`,
  describe: (id, _properties, context) => ({
    physicalId: id,
    attributes: { StackSetId: id },
    resource: arnOf(context, 'cloudformation', `stackset/${id}`),
  }),
  flaw: (set) => flawOfTemplateSource(set) ?? flawOfPermissions(set),
  async check(set, { context }) {
    const { TemplateBody, TemplateURL, Capabilities, PermissionModel } = set;
    const summary = await context.invoke('cloudformation', 'ValidateTemplate', {
      ...(TemplateBody === undefined ? { TemplateURL } : { TemplateBody }),
    });
    const given = toTexts(Capabilities);
    const missing = toTexts(summary.Capabilities).find((capability) => !given.includes(capability));
    if (missing !== undefined && !given.includes('CAPABILITY_NAMED_IAM')) {
      throw validationError(`Requires capabilities : [${missing}]`);
    }
    if (PermissionModel === 'SERVICE_MANAGED' && toTexts(summary.ResourceTypes).includes(nestedStackType)) {
      throw validationError('StackSets with service-managed permissions do not support nested stacks');
    }
  },
});

function flawOfTemplateSource({ TemplateBody, TemplateURL }: JsonObject): string | undefined {
  if ((TemplateBody === undefined) !== (TemplateURL === undefined)) {
    return undefined;
  }
  return 'A stack set has one of TemplateBody and TemplateURL';
}

function flawOfPermissions(set: JsonObject): string | undefined {
  const { PermissionModel, AutoDeployment, StackInstancesGroup } = set;
  const isServiceManaged = PermissionModel === 'SERVICE_MANAGED';
  if (isServiceManaged !== (AutoDeployment !== undefined)) {
    return 'AutoDeployment is required by SERVICE_MANAGED, and goes with no other PermissionModel';
  }
  const groups = isList(StackInstancesGroup) ? StackInstancesGroup.filter(isObject) : [];
  const targets = groups.flatMap(({ DeploymentTargets }) =>
    isObject(DeploymentTargets) ? [DeploymentTargets] : [],
  );
  const odd = targets.find(
    ({ OrganizationalUnitIds }) => (OrganizationalUnitIds !== undefined) !== isServiceManaged,
  );
  return odd && 'OrganizationalUnitIds are required by SERVICE_MANAGED, and go with no other PermissionModel';
}
