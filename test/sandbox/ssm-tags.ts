/** Tags of parameters. */

import { requestTagKeys } from './context-keys';
import { type Operations, operation } from './declared-operation';
import { tagList } from './iam-entities';
import { AwsError } from './operation';
import { list, oneOf, tagKey, tags, text } from './parameters';
import type { StoredParameter } from './records';
import { parameterArn } from './ssm-parameters';
import type { State } from './state';

const tagsPerParameter = 50;
const target = { ResourceType: oneOf('Parameter'), ResourceId: text({ min: 1 }) };

export const parameterTagOperations: Operations = {
  AddTagsToResource: operation({
    parameters: { ...target, Tags: tags },
    permissions: ({ ResourceId, Tags }, { state }) => [
      {
        action: 'ssm:AddTagsToResource',
        resource: parameterArn(state, ResourceId),
        contextKeys: requestTagKeys(Tags),
      },
    ],
    run: ({ ResourceId, Tags }, { state }) => {
      const parameter = taggedParameter(state, ResourceId);
      const changed = new Map([
        ...parameter.tags,
        ...Tags.map((tag): [string, string] => [tag.Key, tag.Value]),
      ]);
      if (changed.size > tagsPerParameter) {
        throw new AwsError('TooManyTagsError', 400, `a parameter has ${tagsPerParameter} tags at most`);
      }
      state.parameters.set(parameter.name, { ...parameter, tags: changed });
      return {};
    },
  }),

  RemoveTagsFromResource: operation({
    parameters: { ...target, TagKeys: list(tagKey) },
    permissions: ({ ResourceId, TagKeys }, { state }) => [
      {
        action: 'ssm:RemoveTagsFromResource',
        resource: parameterArn(state, ResourceId),
        contextKeys: { 'aws:TagKeys': TagKeys },
      },
    ],
    run: ({ ResourceId, TagKeys }, { state }) => {
      const parameter = taggedParameter(state, ResourceId);
      const changed = new Map([...parameter.tags].filter(([key]) => !TagKeys.includes(key)));
      state.parameters.set(parameter.name, { ...parameter, tags: changed });
      return {};
    },
  }),

  ListTagsForResource: operation({
    parameters: target,
    permissions: ({ ResourceId }, { state }) => [
      { action: 'ssm:ListTagsForResource', resource: parameterArn(state, ResourceId) },
    ],
    run: ({ ResourceId }, { state }) => ({ TagList: tagList(taggedParameter(state, ResourceId).tags) }),
  }),
};

function taggedParameter(state: State, name: string): StoredParameter {
  const parameter = state.parameters.get(name);
  if (!parameter) {
    throw new AwsError('InvalidResourceId', 400, 'the parameter to tag was not found');
  }
  return parameter;
}
