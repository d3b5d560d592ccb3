/**
 * What kind of value a property takes. CloudFormation checks this before anything is deployed; without it a
 * `Groups: admins` that ought to be a list would deploy a user in no group.
 */

import type { Json, JsonObject } from '../operation';
import { knownAfterApply } from './expressions';
import { isList, isObject, toText } from './json';

/**
 * `document`: a policy as an object or as JSON text · `policies`: a list of named documents · `map`: texts by
 * name.
 */
export type PropertyShape = 'text' | 'texts' | 'map' | 'document' | 'object' | 'tags' | 'policies';

/** Members of the list items that are objects. */
const itemMembers = { tags: ['Key', 'Value'], policies: ['PolicyName', 'PolicyDocument'] } as const;

/** CloudFormation's complaints about a value; none for one that only the deployment can tell. */
export function shapeComplaints(
  path: string,
  shape: PropertyShape,
  value: Json | undefined,
): readonly string[] {
  if (value === knownAfterApply) return [];
  switch (shape) {
    case 'text':
      return toText(value) === undefined ? [expected(path, 'String', value)] : [];
    case 'document':
      return isObject(value) || typeof value === 'string' ? [] : [expected(path, 'JSONObject', value)];
    case 'object':
      return isObject(value) ? [] : [expected(path, 'JSONObject', value)];
    case 'map':
      if (!isObject(value)) return [expected(path, 'JSONObject', value)];
      return Object.entries(value).flatMap(([name, item]) =>
        shapeComplaints(`${path}/${name}`, 'text', item),
      );
    default:
      return listComplaints(path, shape, value);
  }
}

function listComplaints(
  path: string,
  shape: 'texts' | 'tags' | 'policies',
  value: Json | undefined,
): readonly string[] {
  if (!isList(value)) return [expected(path, 'JSONArray', value)];
  return value.flatMap((item, index) => {
    const at = `${path}/${index}`;
    if (shape === 'texts') return shapeComplaints(at, 'text', item);
    return isObject(item) ? itemComplaints(at, itemMembers[shape], item) : [expected(at, 'JSONObject', item)];
  });
}

function itemComplaints(path: string, members: readonly string[], item: JsonObject): readonly string[] {
  const extraneous = Object.keys(item).filter((name) => !members.includes(name));
  const missing = members.filter((name) => !(name in item));
  return [
    ...extraneous.map((name) => `${path}: extraneous key [${name}] is not permitted`),
    ...missing.map((name) => `${path}: required key [${name}] not found`),
  ];
}

function expected(path: string, type: string, value: Json | undefined): string {
  return `${path}: expected type: ${type}, found: ${typeName(value)}`;
}

function typeName(value: Json | undefined): string {
  if (isList(value)) return 'JSONArray';
  if (isObject(value)) return 'JSONObject';
  if (typeof value === 'string') return 'String';
  if (typeof value === 'number') return 'Number';
  return typeof value === 'boolean' ? 'Boolean' : 'Null';
}
