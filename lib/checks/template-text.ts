/**
 * Values of a template as text. What only the deployment knows stands in the text as a *hole*, between two characters
 * that no policy contains, so that a text with holes can be split at `:` and `/` and matched like any other.
 */

const OPEN = '\uE000';
const CLOSE = '\uE001';
/** A colon inside a hole, so that `AWS::AccountId` is one part of an ARN. */
const COLON = '\uE002';
const HOLE = new RegExp(`${OPEN}([^${CLOSE}]*)${CLOSE}`, 'g');

/** The hole that a reference to `name` leaves: a logical id, `LogicalId.Attribute`, or a pseudo parameter. */
export function holeOf(name: string): string {
  return OPEN + name.replaceAll(':', COLON) + CLOSE;
}

/** The name of the hole that the whole text is, if it is one. */
export function nameOfHole(text: string): string | undefined {
  const [whole, name] = [...text.matchAll(HOLE)][0] ?? [];
  return whole === text ? name?.replaceAll(COLON, ':') : undefined;
}

/** Tells whether the text is known before deployment. */
export function isKnown(text: string): boolean {
  return !text.includes(OPEN);
}

/** The text for people: holes as `Fn::Sub` writes them. */
export function show(text: string): string {
  return text.replace(HOLE, (_, name: string) => `\${${name.replaceAll(COLON, ':')}}`);
}

/** Tells whether the value is a CloudFormation function, such as `{ Ref: … }`. */
export function isIntrinsic(value: unknown): boolean {
  return intrinsicOf(value) !== undefined;
}

/** The value as text, with holes; `undefined` for what is no text, and for `AWS::NoValue`. */
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

/** The elements of a list that may be one value, `Fn::If` giving what either branch would; `AWS::NoValue` is nothing. */
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
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return undefined;
  }
  const [only, ...others] = Object.keys(value);
  return only !== undefined && others.length === 0 && (only === 'Ref' || only.startsWith('Fn::'))
    ? [only, Object(value)[only]]
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

/** `${Name}` is a reference, `${!name}` the text `${name}` itself. */
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
