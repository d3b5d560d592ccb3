import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { PropertyShape } from './property-shape';
import { validateProperties } from './resource-type';
import { resourceTypes } from './resource-types';

interface SpecifiedType {
  readonly cloudFormationType: string;
  readonly properties: Readonly<
    Record<
      string,
      { readonly required?: boolean; readonly causesReplacement?: string; readonly type: ValueType }
    >
  >;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly tagInformation?: { readonly tagPropertyName: string; readonly variant: string };
}

interface ValueType {
  readonly type: string;
  readonly element?: ValueType;
  readonly reference?: { readonly $ref: string };
}

/** What the CDK CLI knows of CloudFormation's resource types, from AWS's published schemas. */
const specification: readonly SpecifiedType[] = (() => {
  const packed = readFileSync(join(dirname(require.resolve('aws-cdk/package.json')), 'db.json.gz'));
  return JSON.parse(gunzipSync(packed).toString()).schema.resource.entities;
})();

/** The shape, unless it is plain text. */
function shapeOf({ type, element }: ValueType): PropertyShape | undefined {
  if (type === 'union') return 'document';
  if (type === 'ref') return 'object';
  if (type === 'map') return 'map';
  if (type !== 'array') return undefined;
  return element?.type === 'tag' ? 'tags' : element?.type === 'ref' ? 'policies' : 'texts';
}

const published = Object.entries(resourceTypes).filter(([name]) => name !== 'AWS::CDK::Metadata');

test.each(published)('%s has the properties of the published schema, no more and no less', (name, type) => {
  const specified = specification.find(({ cloudFormationType }) => cloudFormationType === name);
  const expected = Object.entries(specified?.properties ?? {}).map(
    ([property, { required, causesReplacement, type: valueType }]) => [
      property,
      {
        ...(required ? { required: true } : {}),
        ...(causesReplacement === 'yes' ? { replaces: true } : {}),
        ...(shapeOf(valueType) ? { shape: shapeOf(valueType) } : {}),
      },
    ],
  );
  expect(expected.length).toBeGreaterThan(0);
  expect(type.properties).toEqual(Object.fromEntries(expected));
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
  if (!role) throw new Error('there is no role type');
  expect(validateProperties(role, { RoleNmae: 'x', Colour: 'red' })).toBe(
    '#: extraneous key [RoleNmae] is not permitted\n' +
      '#: extraneous key [Colour] is not permitted\n' +
      '#: required key [AssumeRolePolicyDocument] not found',
  );
  expect(validateProperties(role, { AssumeRolePolicyDocument: {}, RoleName: 'x' })).toBeUndefined();
});
