/**
 * AWS::CloudFormation::Stack: a nested stack, deployed through CloudFormation itself with the permissions and
 * capabilities of the stack it belongs to. Resources that an update removes are deleted at the end of that
 * update; on AWS, at the end of the root's.
 */

import { AwsError, type JsonObject } from '../../operation';
import { isList, isObject, toText } from '../json';
import type { PhysicalResource, ResourceScope, ResourceType } from '../resource-type';
import { validationError } from '../validation-error';

export const nestedStackType = 'AWS::CloudFormation::Stack';

/** CloudFormation's text for an update that changes nothing. */
const nothingToUpdate = 'No updates are to be performed.';

export const cloudFormationStack: ResourceType = {
  properties: {
    NotificationARNs: { shape: 'texts' },
    Parameters: { shape: 'map' },
    Tags: { shape: 'tags' },
    TemplateURL: {},
    TimeoutInMinutes: {},
  },
  attributes: [],
  openAttribute: 'Outputs',
  tags: 'list',

  async create(properties, scope) {
    const { StackId } = await scope.call('cloudformation', 'CreateStack', {
      StackName: scope.generateName(128),
      ...requestOf(properties, scope),
    });
    const id = toText(StackId) ?? '';
    scope.created(id);
    return settled(id, ['CREATE_COMPLETE'], scope);
  },

  async update({ physicalId: id, after }, scope) {
    try {
      await scope.call('cloudformation', 'UpdateStack', { StackName: id, ...requestOf(after, scope) });
    } catch (error) {
      if (!(error instanceof AwsError) || error.message !== nothingToUpdate) {
        throw error;
      }
    }
    return settled(id, ['CREATE_COMPLETE', 'UPDATE_COMPLETE'], scope);
  },

  async delete(id, _properties, scope) {
    await scope.call('cloudformation', 'DeleteStack', { StackName: id });
    await settled(id, ['DELETE_COMPLETE'], scope);
  },
};

function requestOf({ TemplateURL, Parameters, Tags }: JsonObject, scope: ResourceScope): JsonObject {
  const parameters = Object.entries(isObject(Parameters) ? Parameters : {});
  return {
    TemplateURL,
    Parameters: parameters.map(([ParameterKey, value]) => ({ ParameterKey, ParameterValue: toText(value) })),
    Capabilities: scope.stack.capabilities,
    ...(Tags === undefined ? {} : { Tags }),
  };
}

/** @throws AwsError ValidationError, in CloudFormation's words, when the stack has another status */
async function settled(
  id: string,
  wanted: readonly string[],
  scope: ResourceScope,
): Promise<PhysicalResource> {
  const { Stacks } = await scope.call('cloudformation', 'DescribeStacks', { StackName: id });
  const [stack] = isList(Stacks) ? Stacks.filter(isObject) : [];
  const status = toText(stack?.StackStatus) ?? '';
  if (!wanted.includes(status)) {
    const verb = wanted[0] === 'DELETE_COMPLETE' ? 'deleted' : wanted.length > 1 ? 'updated' : 'created';
    throw validationError(`Embedded stack ${id} was not successfully ${verb}: ${await reasonOf(id, scope)}`);
  }
  const outputs = isList(stack?.Outputs) ? stack.Outputs.filter(isObject) : [];
  return {
    physicalId: id,
    attributes: Object.fromEntries(
      outputs.map(({ OutputKey, OutputValue }) => [`Outputs.${OutputKey}`, OutputValue]),
    ),
  };
}

/** Gives the reason why the stack's latest operation failed. */
async function reasonOf(id: string, scope: ResourceScope): Promise<string> {
  const { StackEvents } = await scope.call('cloudformation', 'DescribeStackEvents', { StackName: id });
  const events = isList(StackEvents) ? StackEvents.filter(isObject) : [];
  const told = events.find(
    ({ PhysicalResourceId, ResourceStatusReason }) =>
      PhysicalResourceId === id &&
      /^(The following resource|Export)/.test(toText(ResourceStatusReason) ?? ''),
  );
  return toText(told?.ResourceStatusReason) ?? 'see its events';
}
