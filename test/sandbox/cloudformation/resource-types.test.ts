import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Properties, PropertyShape } from './property-shape';
import { validateProperties } from './resource-type';
import { resourceTypes } from './resource-types';

interface Structure {
  readonly $id: string;
  readonly properties: Readonly<
    Record<
      string,
      { readonly required?: boolean; readonly causesReplacement?: string; readonly type: ValueType }
    >
  >;
}

interface SpecifiedType extends Structure {
  readonly cloudFormationType: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly tagInformation?: { readonly tagPropertyName: string; readonly variant: string };
}

interface ValueType {
  readonly type: string;
  readonly element?: ValueType;
  readonly reference?: { readonly $ref: string };
}

/** CloudFormation's resource types in the CDK CLI, from AWS's published schemas. */
const schema = (() => {
  const packed = readFileSync(join(dirname(require.resolve('aws-cdk/package.json')), 'db.json.gz'));
  return JSON.parse(gunzipSync(packed).toString()).schema;
})();
const specification: readonly SpecifiedType[] = schema.resource.entities;
const structures: readonly Structure[] = schema.typeDefinition.entities;

/** Gives the shape, unless it is plain text. */
function shapeOf({ type, element, reference }: ValueType): PropertyShape | undefined {
  if (type === 'union' || type === 'json') {
    return 'document';
  }
  if (type === 'ref') {
    return { members: propertiesOf(structureAt(reference?.$ref)) };
  }
  if (type === 'map') {
    return 'map';
  }
  if (type !== 'array' || !element) {
    return undefined;
  }
  if (element.type === 'tag') {
    return 'tags';
  }
  const items = shapeOf(element);
  return items === undefined ? 'texts' : { items };
}

function structureAt(id: string | undefined): Structure {
  const found = structures.find(({ $id }) => $id === id);
  if (!found) {
    throw new Error(`the schema has no structure ${id}`);
  }
  return found;
}

/** @param isResource only a resource's own properties can require replacement */
function propertiesOf({ properties }: Pick<Structure, 'properties'>, isResource = false): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([name, { required, causesReplacement, type }]) => {
      const shape = shapeOf(type);
      return [
        name,
        {
          ...(required ? { required: true } : {}),
          ...(isResource && causesReplacement === 'yes' ? { replaces: true } : {}),
          ...(shape === undefined ? {} : { shape }),
        },
      ];
    }),
  );
}

const published = Object.entries(resourceTypes).filter(([name]) => name !== 'AWS::CDK::Metadata');

test.each(published)('%s has the properties of the published schema, no more and no less', (name, type) => {
  const specified = specification.find(({ cloudFormationType }) => cloudFormationType === name);
  const expected = specified ? propertiesOf(specified, true) : {};
  expect(Object.keys(expected).length).toBeGreaterThan(0);
  expect(type.properties).toEqual(expected);
});

test.each(published)(
  '%s has only attributes of the published schema, and its tags are of that shape',
  (name, type) => {
    const specified = specification.find(({ cloudFormationType }) => cloudFormationType === name);
    expect(Object.keys(specified?.attributes ?? {})).toEqual(expect.arrayContaining([...type.attributes]));
    const variants: Readonly<Record<string, string>> = { standard: 'list', map: 'map' };
    expect(type.tags).toBe(variants[specified?.tagInformation?.variant ?? '']);
  },
);

test('properties are complained about by name', () => {
  const role = resourceTypes['AWS::IAM::Role'];
  if (!role) {
    throw new Error('there is no role type');
  }
  expect(validateProperties(role, { RoleNmae: 'x', Colour: 'red' })).toBe(
    '#: extraneous key [RoleNmae] is not permitted\n' +
      '#: extraneous key [Colour] is not permitted\n' +
      '#: required key [AssumeRolePolicyDocument] not found',
  );
  expect(validateProperties(role, { AssumeRolePolicyDocument: {}, RoleName: 'x' })).toBeUndefined();
});
