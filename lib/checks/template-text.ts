/**
 * Values of a template as text. A part that is known only at deployment becomes a *hole*: its name between two characters
 * that no policy contains. A text with holes can be split at `:` and `/` and matched like any other.
 */
import { isJsonObject } from '../record/text';

const OPEN = '\uE000';
const CLOSE = '\uE001';
/** A colon inside a hole, so that `AWS::AccountId` is one part of an ARN. */
const COLON = '\uE002';
const HOLE = new RegExp(`${OPEN}([^${CLOSE}]*)${CLOSE}`, 'g');

/** Returns the hole for a reference to `name`: a logical id, `LogicalId.Attribute`, or a pseudo parameter. */
export function holeOf(name: string): string {
  return OPEN + name.replaceAll(':', COLON) + CLOSE;
}

/** Returns the name of a hole; `undefined` if the text is more than one hole. */
export function nameOfHole(text: string): string | undefined {
  const [whole, name] = [...text.matchAll(HOLE)][0] ?? [];
  return whole === text ? name?.replaceAll(COLON, ':') : undefined;
}

/** Tells whether the text is known before deployment. */
export function isKnown(text: string): boolean {
  return !text.includes(OPEN);
}

/** Formats a text for people, with holes as `Fn::Sub` writes them. */
export function show(text: string): string {
  return text.replace(HOLE, (_, name: string) => `\${${name.replaceAll(COLON, ':')}}`);
}

/** Tells whether the value is a CloudFormation function, such as `{ Ref: … }`. */
export function isIntrinsic(value: unknown): boolean {
  return intrinsicOf(value) !== undefined;
}

/** Returns a value as text, with holes; `undefined` if it is not text, and for `AWS::NoValue`. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') {
    return value;
  }
  if (typeof value === 'number' || typeof value === 'boolean') {
    return String(value);
  }
  const [name, argument] = intrinsicOf(value) ?? [];
  switch (name) {
    case undefined:
      return undefined;
    case 'Ref':
      return argument === 'AWS::NoValue' ? undefined : reference(name, argument);
    case 'Fn::GetAtt':
      return reference(name, Array.isArray(argument) ? argument.join('.') : argument);
    case 'Fn::Join':
      return joined(argument);
    case 'Fn::Sub':
      return substituted(argument);
    default:
      return holeOf(name);
  }
}

/** Returns the elements of a list, or of a single value: those of both branches of an `Fn::If`, none for `AWS::NoValue`. */
export function elementsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) {
    return value.flatMap(elementsOf);
  }
  const [name, argument] = intrinsicOf(value) ?? [];
  if (name === 'Fn::If' && Array.isArray(argument)) {
    return argument.slice(1).flatMap(elementsOf);
  }
  return value === undefined || value === null || (name === 'Ref' && argument === 'AWS::NoValue')
    ? []
    : [value];
}

/** Returns the texts of a list; an element that is not a text becomes a hole, because it may be anything. */
export function textsOf(value: unknown): readonly string[] {
  return elementsOf(value).map((element) => textOf(element) ?? holeOf('?'));
}

function intrinsicOf(value: unknown): readonly [string, unknown] | undefined {
  if (!isJsonObject(value)) {
    return undefined;
  }
  const [only, ...others] = Object.keys(value);
  return only !== undefined && others.length === 0 && (only === 'Ref' || only.startsWith('Fn::'))
    ? [only, value[only]]
    : undefined;
}

function reference(name: string, to: unknown): string {
  return holeOf(typeof to === 'string' ? to : name);
}

function joined(argument: unknown): string {
  const [separator, parts] = Array.isArray(argument) ? argument : [];
  if (typeof separator !== 'string' || !Array.isArray(parts)) {
    return holeOf('Fn::Join');
  }
  return parts.map((part) => textOf(part) ?? holeOf('?')).join(separator);
}

/** Substitutes as `Fn::Sub` does: `${Name}` is a reference, `${!name}` is the text `${name}` itself. */
function substituted(argument: unknown): string {
  const [template, variables] = Array.isArray(argument) ? argument : [argument];
  if (typeof template !== 'string') {
    return holeOf('Fn::Sub');
  }
  return template.replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, name: string) => {
    if (literal !== '') {
      return `\${${name}}`;
    }
    return textOf(Object(variables)[name]) ?? holeOf(name);
  });
}
