/** AWS::SSM::Parameter. As on AWS, an update overwrites a value that somebody else wrote. */

import type { JsonObject } from '../../operation';
import { isObject, isSame, toText } from '../json';
import { callUnlessGone } from '../resource-handler';
import type { PhysicalResource, ResourceScope, ResourceType } from '../resource-type';

export const ssmParameter: ResourceType = {
  properties: {
    AllowedPattern: {},
    DataType: {},
    Description: {},
    Name: { replaces: true },
    Policies: {},
    Tags: { shape: 'map' },
    Tier: {},
    Type: { required: true },
    Value: { required: true },
  },
  attributes: ['Type', 'Value'],
  nameProperty: 'Name',
  tags: 'map',

  async create(properties, scope) {
    const name = toText(properties.Name) ?? scope.generateName(1011, 'CFN');
    const tags = tagsOf(properties);
    await scope.call('ssm', 'PutParameter', {
      ...writtenPart(properties),
      Name: name,
      ...(tags.length > 0 ? { Tags: tags } : {}),
    });
    scope.created(name);
    return toPhysical(name, properties);
  },

  async update({ physicalId: name, before, after }, scope) {
    if (!isSame(writtenPart(before), writtenPart(after))) {
      await scope.call('ssm', 'PutParameter', { ...writtenPart(after), Name: name, Overwrite: true });
    }
    if (!isSame(before.Tags, after.Tags)) {
      await syncTags(name, before, after, scope);
    }
    return toPhysical(name, after);
  },

  async delete(name, _properties, scope) {
    await callUnlessGone(scope, 'ssm', 'DeleteParameter', { Name: name });
  },
};

function toPhysical(physicalId: string, { Type, Value }: JsonObject): PhysicalResource {
  return { physicalId, attributes: { Type, Value } };
}

/** Gives the input of PutParameter except the name. SSM accepts tags only at creation. */
function writtenPart({ Name: _name, Tags: _tags, ...value }: JsonObject): JsonObject {
  return value;
}

async function syncTags(
  name: string,
  before: JsonObject,
  after: JsonObject,
  scope: ResourceScope,
): Promise<void> {
  const target = { ResourceType: 'Parameter', ResourceId: name };
  const wanted = tagsOf(after);
  const gone = tagsOf(before).flatMap(({ Key }) => (wanted.some((tag) => tag.Key === Key) ? [] : [Key]));
  if (wanted.length > 0) {
    await scope.call('ssm', 'AddTagsToResource', { ...target, Tags: wanted });
  }
  if (gone.length > 0) {
    await scope.call('ssm', 'RemoveTagsFromResource', { ...target, TagKeys: gone });
  }
}

function tagsOf({ Tags }: JsonObject): readonly { readonly Key: string; readonly Value: string }[] {
  return Object.entries(isObject(Tags) ? Tags : {}).map(([Key, value]) => ({
    Key,
    Value: toText(value) ?? '',
  }));
}
