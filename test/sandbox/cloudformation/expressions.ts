/** Evaluates intrinsic functions: a template value becomes plain JSON, in a scope that resolves names. */

import type { Json, JsonObject } from '../operation';
import { isList, isObject, toText } from './json';
import { validationError } from './validation-error';

/**
 * Resolves names in a template. Every method throws AwsError ValidationError for an unknown name.
 */
export interface ExpressionScope {
  /** Undefined is AWS::NoValue: the property is left out. */
  ref(name: string): Json | undefined;
  attribute(logicalId: string, attribute: string): Json;
  condition(name: string): boolean;
  mapping(map: string, topKey: string, secondKey: string): Json;
  importValue(exportName: string): Json;
}

/** Stands for a value that is known only after deployment; change sets show it as AWS does. */
export const knownAfterApply = '{{changeSet:KNOWN_AFTER_APPLY}}';

type Intrinsic = (argument: Json, scope: ExpressionScope) => Json | undefined;

const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Ref: (argument, scope) => scope.ref(needText('Ref', argument)),
  'Fn::GetAtt': getAttribute,
  'Fn::Join': join,
  'Fn::Split': split,
  'Fn::Select': select,
  'Fn::Sub': substitute,
  'Fn::If': chooseBranch,
  'Fn::FindInMap': findInMap,
  'Fn::ImportValue': (argument, scope) => scope.importValue(evaluateText('Fn::ImportValue', argument, scope)),
  'Fn::Base64': (argument, scope) =>
    Buffer.from(evaluateText('Fn::Base64', argument, scope)).toString('base64'),
};

/** @throws AwsError ValidationError for an unknown function, name or shape */
export function evaluate(value: Json, scope: ExpressionScope): Json | undefined {
  if (isList(value)) {
    return value.map((item) => evaluate(item, scope)).filter((item) => item !== undefined);
  }
  if (isObject(value)) {
    return evaluateObject(value, scope);
  }
  if (typeof value === 'string' && value.includes('{{resolve:')) {
    throw validationError(`the sandbox does not resolve dynamic references: ${value}`);
  }
  return value;
}

/**
 * Evaluates a condition: Fn::Equals, Fn::And, Fn::Or, Fn::Not, Fn::Contains (which is for rules) or the name
 * of another.
 *
 * @throws AwsError ValidationError
 */
export function evaluateCondition(value: Json, scope: ExpressionScope): boolean {
  const [entry, ...others] = isObject(value) ? Object.entries(value) : [];
  if (!entry || others.length > 0) {
    throw malformed('a condition', value);
  }
  const [name, argument = null] = entry;
  if (name === 'Condition') {
    return scope.condition(needText(name, argument));
  }
  const operands = isList(argument) ? argument : [argument];
  switch (name) {
    case 'Fn::Equals': {
      const [left = null, right = null] = operands.map((operand) => evaluate(operand, scope));
      return (toText(left) ?? JSON.stringify(left)) === (toText(right) ?? JSON.stringify(right));
    }
    case 'Fn::And':
      return operands.every((operand) => evaluateCondition(operand, scope));
    case 'Fn::Or':
      return operands.some((operand) => evaluateCondition(operand, scope));
    case 'Fn::Contains': {
      const [list = null, wanted = null] = operands.map((operand) => evaluate(operand, scope));
      if (!isList(list)) {
        throw malformed('Fn::Contains', value);
      }
      return list.some((item) => toText(item) === toText(wanted));
    }
    case 'Fn::Not':
      return !evaluateCondition(operands[0] ?? null, scope);
    default:
      throw malformed('a condition', value);
  }
}

function evaluateObject(value: JsonObject, scope: ExpressionScope): Json | undefined {
  const entries = Object.entries(value);
  const [first] = entries;
  if (first && entries.length === 1) {
    const [name, argument = null] = first;
    const intrinsic = Object.hasOwn(intrinsics, name) ? intrinsics[name] : undefined;
    if (intrinsic) {
      return intrinsic(argument, scope);
    }
    if (name.startsWith('Fn::')) {
      throw validationError(`Template error: the sandbox does not know the function ${name}`);
    }
  }
  const members = entries.map(([name, member]) => [name, evaluate(member ?? null, scope)] as const);
  return Object.fromEntries(members.filter(([, member]) => member !== undefined));
}

function getAttribute(argument: Json, scope: ExpressionScope): Json {
  const [logicalId, attribute] =
    typeof argument === 'string' ? splitAtDot(argument) : isList(argument) ? argument : [];
  if (typeof logicalId !== 'string' || attribute === undefined) {
    throw malformed('Fn::GetAtt', argument);
  }
  return scope.attribute(logicalId, evaluateText('Fn::GetAtt', attribute, scope));
}

function join(argument: Json, scope: ExpressionScope): Json {
  const [delimiter, list] = isList(argument) ? argument : [];
  const items = evaluate(list ?? null, scope);
  if (items === knownAfterApply) {
    return knownAfterApply;
  }
  if (typeof delimiter !== 'string' || !isList(items)) {
    throw malformed('Fn::Join', argument);
  }
  return items.map((item) => needText('Fn::Join', item)).join(delimiter);
}

function split(argument: Json, scope: ExpressionScope): Json {
  const [delimiter, source = null] = isList(argument) ? argument : [];
  if (typeof delimiter !== 'string') {
    throw malformed('Fn::Split', argument);
  }
  const text = evaluateText('Fn::Split', source, scope);
  // The number of parts is not known either
  return text.includes(knownAfterApply) ? knownAfterApply : text.split(delimiter);
}

function select(argument: Json, scope: ExpressionScope): Json {
  const [index = null, list = null] = isList(argument) ? argument : [];
  const items = evaluate(list, scope);
  if (items === knownAfterApply) {
    return knownAfterApply;
  }
  const position = Number(evaluateText('Fn::Select', index, scope));
  const item = isList(items) ? items[position] : undefined;
  if (item !== undefined) {
    return item;
  }
  throw validationError(`Template error: Fn::Select cannot select nonexistent value at index ${position}`);
}

function substitute(argument: Json, scope: ExpressionScope): Json {
  const [template, variables] = isList(argument) ? argument : [argument];
  if (typeof template !== 'string') {
    throw malformed('Fn::Sub', argument);
  }
  return template.replace(/\$\{([^}]*)\}/g, (_match, name: string) => {
    if (name.startsWith('!')) {
      return `\${${name.slice(1)}}`;
    }
    const variable = isObject(variables) ? variables[name] : undefined;
    if (variable !== undefined) {
      return evaluateText('Fn::Sub', variable, scope);
    }
    const value = name.includes('.') ? scope.attribute(...splitAtDot(name)) : scope.ref(name);
    return needText('Fn::Sub', value ?? null);
  });
}

function chooseBranch(argument: Json, scope: ExpressionScope): Json | undefined {
  const [name, whenTrue, whenFalse] = isList(argument) ? argument : [];
  if (typeof name !== 'string' || whenTrue === undefined || whenFalse === undefined) {
    throw malformed('Fn::If', argument);
  }
  return evaluate(scope.condition(name) ? whenTrue : whenFalse, scope);
}

function findInMap(argument: Json, scope: ExpressionScope): Json {
  const [map = null, top = null, second = null] = isList(argument) ? argument : [];
  return scope.mapping(
    evaluateText('Fn::FindInMap', map, scope),
    evaluateText('Fn::FindInMap', top, scope),
    evaluateText('Fn::FindInMap', second, scope),
  );
}

function splitAtDot(name: string): [string, string] {
  const dot = name.indexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
}

function evaluateText(intrinsic: string, value: Json, scope: ExpressionScope): string {
  return needText(intrinsic, evaluate(value, scope) ?? null);
}

function needText(intrinsic: string, value: Json): string {
  const text = toText(value);
  if (text === undefined) {
    throw malformed(intrinsic, value);
  }
  return text;
}

function malformed(what: string, value: Json): Error {
  return validationError(`Template error: ${what} is malformed: ${JSON.stringify(value)}`);
}
