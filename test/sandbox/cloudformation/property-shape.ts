/**
 * The kind of value that a property takes. CloudFormation checks it before anything is deployed; without this check,
 * `Groups: admins`, which should be a list, would deploy a user in no group.
 */

import type { Json, JsonObject } from '../operation';
import { knownAfterApply } from './expressions';
import { isList, isObject, toText } from './json';

interface Property {
  readonly required?: true;
  /** A change creates a new physical resource. */
  readonly replaces?: true;
  /** @default text */
  readonly shape?: PropertyShape;
}

export type Properties = Readonly<Record<string, Property>>;

/**
 * `document`: an object or JSON text, such as a policy · `map`: texts by name · `members`: a structure · `items`: a list of the same.
 */
export type PropertyShape =
  | 'text'
  | 'texts'
  | 'map'
  | 'document'
  | 'tags'
  | { readonly members: Properties }
  | { readonly items: PropertyShape };

const tag: Properties = { Key: { required: true }, Value: { required: true } };

/** Lists CloudFormation's complaints about a value; none for a value that is known only after deployment. */
export function shapeComplaints(
  path: string,
  shape: PropertyShape,
  value: Json | undefined,
): readonly string[] {
  if (value === knownAfterApply) {
    return [];
  }
  if (typeof shape === 'object') {
    return 'items' in shape
      ? itemsComplaints(path, shape.items, value)
      : structureComplaints(path, shape.members, value);
  }
  switch (shape) {
    case 'text':
      return toText(value) === undefined ? [expected(path, 'String', value)] : [];
    case 'document':
      return isObject(value) || typeof value === 'string' ? [] : [expected(path, 'JSONObject', value)];
    case 'map':
      if (!isObject(value)) {
        return [expected(path, 'JSONObject', value)];
      }
      return Object.entries(value).flatMap(([name, item]) =>
        shapeComplaints(`${path}/${name}`, 'text', item),
      );
    case 'texts':
      return itemsComplaints(path, 'text', value);
    case 'tags':
      return itemsComplaints(path, { members: tag }, value);
  }
}

function itemsComplaints(path: string, shape: PropertyShape, value: Json | undefined): readonly string[] {
  if (!isList(value)) {
    return [expected(path, 'JSONArray', value)];
  }
  return value.flatMap((item, index) => shapeComplaints(`${path}/${index}`, shape, item));
}

function structureComplaints(path: string, members: Properties, value: Json | undefined): readonly string[] {
  return isObject(value) ? memberComplaints(path, members, value) : [expected(path, 'JSONObject', value)];
}

/** Lists complaints about the names of a structure's members first, then about their values. */
export function memberComplaints(path: string, members: Properties, value: JsonObject): readonly string[] {
  const extraneous = Object.keys(value).filter((name) => !Object.hasOwn(members, name));
  const missing = Object.entries(members).filter(([name, { required }]) => required && !(name in value));
  return [
    ...extraneous.map((name) => `${path}: extraneous key [${name}] is not permitted`),
    ...missing.map(([name]) => `${path}: required key [${name}] not found`),
    ...Object.entries(members).flatMap(([name, { shape = 'text' }]) =>
      name in value ? shapeComplaints(`${path}/${name}`, shape, value[name]) : [],
    ),
  ];
}

function expected(path: string, type: string, value: Json | undefined): string {
  return `${path}: expected type: ${type}, found: ${typeName(value)}`;
}

function typeName(value: Json | undefined): string {
  if (isList(value)) {
    return 'JSONArray';
  }
  if (isObject(value)) {
    return 'JSONObject';
  }
  if (typeof value === 'string') {
    return 'String';
  }
  if (typeof value === 'number') {
    return 'Number';
  }
  return typeof value === 'boolean' ? 'Boolean' : 'Null';
}
