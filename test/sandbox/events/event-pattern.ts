/**
 * EventBridge's event patterns: parsed strictly, then matched with events. Pure.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */

import { isIPv4 } from 'node:net';
import type { Json, JsonObject } from '../operation';

/** A parsed pattern. */
type EventPattern = (event: JsonObject) => boolean;

/** Tells whether the value of one field matches; undefined stands for a missing field. */
type Leaf = (value: Json | undefined) => boolean;

type Comparison = (operand: Json, path: string) => Leaf;

/** The operators with a text as their operand. */
const textOperators: Readonly<Record<string, (text: string, operand: string) => boolean>> = {
  prefix: (text, operand) => text.startsWith(operand),
  suffix: (text, operand) => text.endsWith(operand),
  'equals-ignore-case': (text, operand) => text.toLowerCase() === operand.toLowerCase(),
  wildcard: (text, operand) => wildcard(operand).test(text),
};

const operators: Readonly<Record<string, Comparison>> = {
  ...Object.fromEntries(Object.keys(textOperators).map((name) => [name, textOperator(name)])),
  exists: (operand, path) => {
    if (typeof operand !== 'boolean') {
      throw invalid(path, 'exists takes true or false');
    }
    return (value) => (value !== undefined) === operand;
  },
  'anything-but': anythingBut,
  numeric,
  cidr,
};

/** @throws Error in EventBridge's words for a pattern it would refuse */
export function parseEventPattern(pattern: JsonObject): EventPattern {
  return parseNode(pattern, '$');
}

function parseNode(pattern: JsonObject, path: string): EventPattern {
  const entries = Object.entries(pattern);
  if (entries.length === 0) {
    throw invalid(path, 'Empty objects are not allowed');
  }
  const parts = entries.map(([name, value]) => parseMember(name, value ?? null, `${path}.${name}`));
  return (event) => parts.every((part) => part(event));
}

function parseMember(name: string, value: Json, path: string): EventPattern {
  if (name === '$or') {
    return parseAlternatives(value, path);
  }
  if (isObject(value)) {
    const inner = parseNode(value, path);
    // A list of objects matches when one of them does; a missing field has no members
    return (event) => objectsOf(event[name]).some(inner);
  }
  if (!isList(value)) {
    throw invalid(path, `${JSON.stringify(value)} must be an object or an array`);
  }
  if (value.length === 0) {
    throw invalid(path, 'Empty arrays are not allowed');
  }
  const leaves = value.map((item) => parseLeaf(item, path));
  return (event) => leaves.some((leaf) => valuesOf(event[name]).some(leaf));
}

function parseAlternatives(value: Json, path: string): EventPattern {
  if (!isList(value) || value.length < 2) {
    throw invalid(path, '$or takes a list of two patterns or more');
  }
  const alternatives = value.map((item, index) => {
    if (!isObject(item)) {
      throw invalid(path, '$or takes a list of patterns');
    }
    return parseNode(item, `${path}[${index}]`);
  });
  return (event) => alternatives.some((alternative) => alternative(event));
}

function parseLeaf(item: Json, path: string): Leaf {
  if (isList(item)) {
    throw invalid(path, 'a list inside a list is not allowed');
  }
  if (!isObject(item)) {
    return (value) => value === item;
  }
  const [[name, operand] = ['', undefined], ...others] = Object.entries(item);
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (!operator || others.length > 0) {
    throw invalid(path, `Unrecognized match type ${Object.keys(item).join(', ')}`);
  }
  return operator(operand ?? null, path);
}

function textOperator(name: string): Comparison {
  return (operand, path) => {
    const fits = textOperators[name];
    // prefix and suffix also accept {"equals-ignore-case": …}
    const [[modifier, inner] = ['', undefined]] = isObject(operand) ? Object.entries(operand) : [];
    const foldsCase = (name === 'prefix' || name === 'suffix') && modifier === 'equals-ignore-case';
    const text = foldsCase ? inner : operand;
    if (typeof text !== 'string' || !fits) {
      throw invalid(path, `${name} takes a string`);
    }
    if (!foldsCase) {
      return (value) => typeof value === 'string' && fits(value, text);
    }
    return (value) => typeof value === 'string' && fits(value.toLowerCase(), text.toLowerCase());
  };
}

/** `anything-but` does not match a missing field. */
function anythingBut(operand: Json, path: string): Leaf {
  if (isObject(operand)) {
    const [[name, inner] = ['', undefined], ...others] = Object.entries(operand);
    if (!Object.hasOwn(textOperators, name) || others.length > 0) {
      throw invalid(path, `anything-but does not take ${Object.keys(operand).join(', ')}`);
    }
    const leaves = (isList(inner) ? inner : [inner ?? null]).map((item) => textOperator(name)(item, path));
    return (value) => value !== undefined && !leaves.some((leaf) => leaf(value));
  }
  const excluded = isList(operand) ? operand : [operand];
  const isPlain = excluded.every((item) => typeof item === 'string' || typeof item === 'number');
  if (!isPlain || excluded.length === 0) {
    throw invalid(path, 'anything-but takes strings or numbers');
  }
  return (value) => value !== undefined && !excluded.some((item) => item === value);
}

function numeric(operand: Json, path: string): Leaf {
  const terms = isList(operand) ? operand : [];
  if (terms.length !== 2 && terms.length !== 4) {
    throw invalid(path, 'numeric takes one or two comparisons');
  }
  const comparisons = [terms.slice(0, 2), terms.slice(2)].flatMap(([sign, bound]) => {
    if (sign === undefined) {
      return [];
    }
    const compare = typeof sign === 'string' ? comparators[sign] : undefined;
    if (!compare || typeof bound !== 'number') {
      throw invalid(path, `numeric does not take ${sign} ${bound}`);
    }
    return [(value: number) => compare(value, bound)];
  });
  return (value) => typeof value === 'number' && comparisons.every((fits) => fits(value));
}

const comparators: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

function cidr(operand: Json, path: string): Leaf {
  const [address = '', bits = ''] = String(operand).split('/');
  if (!isIPv4(address) || !/^\d+$/.test(bits) || Number(bits) > 32) {
    throw invalid(path, `cidr takes an IPv4 network here, not ${JSON.stringify(operand)}`);
  }
  const size = 2 ** (32 - Number(bits));
  const network = Math.floor(numberOf(address) / size);
  return (value) =>
    typeof value === 'string' && isIPv4(value) && Math.floor(numberOf(value) / size) === network;
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** `*` matches any characters; `\*` and `\\` are the characters themselves. */
function wildcard(text: string): RegExp {
  if (text.includes('**')) {
    throw new Error('Event pattern is not valid. Reason: Consecutive wildcard characters');
  }
  const source = [...text.matchAll(/\\\\|\\\*|\*|[^\\*]+/g)].map(([part]) =>
    part === '*' ? '.*' : part.replace(/^\\([\\*])$/, '$1').replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  );
  return new RegExp(`^${source.join('')}$`, 's');
}

/** Gives the values of a field to match: each member of a list, or undefined for a missing field. */
function valuesOf(value: Json | undefined): readonly (Json | undefined)[] {
  if (!isList(value)) {
    return [value];
  }
  return value.length === 0 ? [undefined] : value;
}

function objectsOf(value: Json | undefined): readonly JsonObject[] {
  if (isList(value)) {
    return value.filter(isObject);
  }
  return [isObject(value) ? value : {}];
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(path: string, reason: string): Error {
  return new Error(`Event pattern is not valid. Reason: ${reason} at ${path}`);
}
