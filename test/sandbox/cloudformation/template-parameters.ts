/**
 * Resolves template parameters: the caller's value, the default or the previous value, checked and converted to its
 * type.
 */

import type { Json, OperationContext } from '../operation';
import { isList, isObject, toText } from './json';
import type { ParameterDeclaration, Template } from './template';
import { validationError } from './validation-error';

/** A parameter as CreateChangeSet receives it. */
export interface GivenParameter {
  readonly ParameterKey: string;
  readonly ParameterValue?: string | undefined;
  readonly UsePreviousValue?: boolean | undefined;
}

interface ParameterValue {
  /** As given; of a parameter typed `AWS::SSM::Parameter::Value<…>` the name in the parameter store. */
  readonly given: string;
  /** The value of `Ref`: a string or, for list types, a list. */
  readonly value: Json;
  readonly noEcho: boolean;
  /** Read from the parameter store. */
  readonly resolved?: string;
}

export type ParameterValues = ReadonlyMap<string, ParameterValue>;

/**
 * @throws AwsError ValidationError for an undeclared, missing or refused value; SSM's error for a parameter
 * that is read from there
 */
export async function resolveParameters(
  template: Template,
  given: readonly GivenParameter[],
  previous: ParameterValues,
  context: OperationContext,
): Promise<ParameterValues> {
  const undeclared = given.find(({ ParameterKey }) => !Object.hasOwn(template.parameters, ParameterKey));
  if (undeclared) {
    throw validationError(`Parameters: [${undeclared.ParameterKey}] do not exist in the template`);
  }
  const values = new Map<string, ParameterValue>();
  for (const [name, declaration] of Object.entries(template.parameters)) {
    const text = chooseText(name, declaration, given, previous);
    checkText(name, declaration, text);
    values.set(name, await toValue(name, declaration, text, context));
  }
  return values;
}

function chooseText(
  name: string,
  declaration: ParameterDeclaration,
  given: readonly GivenParameter[],
  previous: ParameterValues,
): string {
  const parameter = given.find(({ ParameterKey }) => ParameterKey === name);
  const text = parameter?.UsePreviousValue
    ? previous.get(name)?.given
    : (parameter?.ParameterValue ?? declaration.default);
  if (text === undefined) {
    throw validationError(`Parameters: [${name}] must have values`);
  }
  return text;
}

function checkText(name: string, declaration: ParameterDeclaration, text: string): void {
  const { allowedValues, allowedPattern, constraintDescription, type } = declaration;
  const hint = constraintDescription ?? '';
  if (allowedValues && !allowedValues.includes(text)) {
    throw validationError(
      `Parameter '${name}' must be one of AllowedValues: ${hint || `[${allowedValues.join(', ')}]`}`,
    );
  }
  if (allowedPattern && !new RegExp(`^(?:${allowedPattern})$`).test(text)) {
    throw validationError(`Parameter '${name}' must match pattern ${hint || allowedPattern}`);
  }
  if (type === 'Number' && !Number.isFinite(Number(text === '' ? Number.NaN : text))) {
    throw validationError(`Template format error: Parameter '${name}' must be a number, not ${text}`);
  }
  checkBounds(name, declaration, text);
}

function checkBounds(name: string, declaration: ParameterDeclaration, text: string): void {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, type } = declaration;
  const isNumber = type === 'Number';
  const measure = isNumber ? Number(text) : text.length;
  if (measure >= min && measure <= max) {
    return;
  }
  const bound = measure < min ? `at least ${min}` : `at most ${max}`;
  const hint =
    declaration.constraintDescription ?? (isNumber ? `be ${bound}` : `contain ${bound} characters`);
  throw validationError(`Parameter '${name}' must ${hint}`);
}

async function toValue(
  name: string,
  { type, noEcho }: ParameterDeclaration,
  given: string,
  context: OperationContext,
): Promise<ParameterValue> {
  const stored = /^AWS::SSM::Parameter::Value<(.+)>$/.exec(type)?.[1];
  const resolved = stored ? await readStored(name, given, context) : undefined;
  const text = resolved ?? given;
  return {
    given,
    noEcho,
    value: isListType(stored ?? type) ? text.split(',').map((item) => item.trim()) : text,
    ...(resolved === undefined ? {} : { resolved }),
  };
}

function isListType(type: string): boolean {
  return type === 'CommaDelimitedList' || type.startsWith('List<');
}

async function readStored(name: string, storedName: string, context: OperationContext): Promise<string> {
  const result = await context.invoke('ssm', 'GetParameters', { Names: [storedName] });
  const [found] = isList(result.Parameters) ? result.Parameters : [];
  const value = isObject(found) ? toText(found.Value) : undefined;
  if (value === undefined) {
    throw validationError(
      `Unable to fetch parameters [${storedName}] from parameter store for this account. (${name})`,
    );
  }
  return value;
}
