/**
 * Parses the text of a template into its sections, with the checks that CloudFormation makes before it looks at any
 * resource.
 */

import type { Json, JsonObject } from '../operation';
import { isList, isObject, toText } from './json';
import { parseYaml } from './template-yaml';
import { validationError } from './validation-error';

/** The fate of a physical resource that leaves the stack. */
export type RemovalPolicy = 'Delete' | 'Retain' | 'RetainExceptOnCreate';

export interface ParameterDeclaration {
  readonly type: string;
  readonly default?: string;
  readonly allowedValues?: readonly string[];
  readonly allowedPattern?: string;
  /** Inclusive bounds: of a number's value, of any other text's length. */
  readonly min?: number;
  readonly max?: number;
  readonly constraintDescription?: string;
  readonly noEcho: boolean;
}

export interface ResourceDeclaration {
  readonly type: string;
  readonly properties: JsonObject;
  readonly dependsOn: readonly string[];
  readonly condition?: string;
  readonly metadata?: Json;
  readonly deletionPolicy: RemovalPolicy;
  readonly updateReplacePolicy: RemovalPolicy;
}

interface OutputDeclaration {
  readonly value: Json;
  readonly description?: string;
  readonly exportName?: Json;
  readonly condition?: string;
}

/** A condition on the parameters that must hold before anything is deployed. */
interface Rule {
  readonly condition?: Json;
  readonly assertions: readonly { readonly assert: Json; readonly description: string }[];
}

export interface Template {
  /** The text as it was submitted. */
  readonly body: string;
  readonly description?: string;
  readonly parameters: Readonly<Record<string, ParameterDeclaration>>;
  readonly mappings: JsonObject;
  readonly conditions: Readonly<Record<string, Json>>;
  readonly rules: Readonly<Record<string, Rule>>;
  readonly resources: Readonly<Record<string, ResourceDeclaration>>;
  readonly outputs: Readonly<Record<string, OutputDeclaration>>;
}

const sections = new Set([
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Mappings',
  'Conditions',
  'Rules',
  'Resources',
  'Outputs',
]);
const resourceKeys = new Set([
  'Type',
  'Properties',
  'DependsOn',
  'Condition',
  'Metadata',
  'DeletionPolicy',
  'UpdateReplacePolicy',
]);
const parameterKeys = new Set([
  'Type',
  'Default',
  'Description',
  'NoEcho',
  'AllowedValues',
  'AllowedPattern',
  'ConstraintDescription',
  'MinLength',
  'MaxLength',
  'MinValue',
  'MaxValue',
]);
const maxResources = 500;
const parameterType = /^(String|Number|CommaDelimitedList|List<(Number|String|AWS::.+)>|AWS::.+)$/;
const outputKeys = new Set(['Value', 'Description', 'Export', 'Condition']);
const removalPolicies: readonly RemovalPolicy[] = ['Delete', 'Retain', 'RetainExceptOnCreate'];

/** @throws AwsError ValidationError */
export function parseTemplate(body: string): Template {
  const root = parseBody(body);
  const unknown = Object.keys(root).filter((section) => !sections.has(section));
  if (unknown.length > 0) {
    throw validationError(`Invalid template property or properties [${unknown.join(', ')}]`);
  }
  const version = root.AWSTemplateFormatVersion ?? '2010-09-09';
  if (version !== '2010-09-09') {
    throw formatError('unsupported value for AWSTemplateFormatVersion.');
  }
  if (root.Mappings !== undefined && !isObject(root.Mappings)) {
    throw formatError('Every Mappings member must be an object.');
  }
  const resources = parseSection(root, 'Resources', parseResource);
  if (Object.keys(resources).length === 0) {
    throw formatError('At least one Resources member must be defined.');
  }
  const count = Object.keys(resources).length;
  if (count > maxResources) {
    throw formatError(`Number of resources, ${count}, is greater than maximum allowed, ${maxResources}`);
  }
  const description = toText(root.Description);
  return {
    body,
    ...(description === undefined ? {} : { description }),
    parameters: parseSection(root, 'Parameters', parseParameter),
    mappings: root.Mappings ?? {},
    conditions: parseSection(root, 'Conditions', (_name, condition) => condition),
    rules: parseSection(root, 'Rules', parseRule),
    resources,
    outputs: parseSection(root, 'Outputs', parseOutput),
  };
}

function parseBody(body: string): JsonObject {
  let root: Json;
  try {
    root = body.trimStart().startsWith('{') ? (JSON.parse(body) as Json) : parseYaml(body);
  } catch (cause) {
    const kind = body.trimStart().startsWith('{') ? 'JSON' : 'YAML';
    throw formatError(`${kind} not well-formed. (${cause instanceof Error ? cause.message : String(cause)})`);
  }
  if (!isObject(root)) {
    throw formatError('unsupported structure.');
  }
  return root;
}

function parseSection<T>(
  root: JsonObject,
  section: string,
  parse: (name: string, value: Json) => T,
): Readonly<Record<string, T>> {
  const value = root[section] ?? {};
  if (!isObject(value)) {
    throw formatError(`Every ${section} member must be an object.`);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (section !== 'Conditions' && !/^[A-Za-z0-9]+$/.test(name)) {
        throw formatError(`${section.replace(/s$/, '')} name ${name} is non alphanumeric.`);
      }
      return [name, parse(name, member ?? null)];
    }),
  );
}

function parseParameter(name: string, value: Json): ParameterDeclaration {
  const type = isObject(value) ? toText(value.Type) : undefined;
  if (!isObject(value) || type === undefined) {
    throw formatError(`Every Parameters object must contain a Type member: ${name}.`);
  }
  const unknown = Object.keys(value).find((key) => !parameterKeys.has(key));
  if (unknown) {
    throw formatError(`Invalid template parameter property '${unknown}'`);
  }
  if (!parameterType.test(type)) {
    throw formatError(`Unrecognized parameter type: ${type}`);
  }
  const initial = isList(value.Default) ? value.Default.join(',') : toText(value.Default);
  const pattern = toText(value.AllowedPattern);
  const constraint = toText(value.ConstraintDescription);
  const [min, max] =
    type === 'Number' ? [value.MinValue, value.MaxValue] : [value.MinLength, value.MaxLength];
  return {
    type,
    noEcho: toText(value.NoEcho) === 'true',
    ...(initial === undefined ? {} : { default: initial }),
    ...(isList(value.AllowedValues) ? { allowedValues: value.AllowedValues.map(String) } : {}),
    ...(pattern === undefined ? {} : { allowedPattern: pattern }),
    ...(min === undefined ? {} : { min: Number(min) }),
    ...(max === undefined ? {} : { max: Number(max) }),
    ...(constraint === undefined ? {} : { constraintDescription: constraint }),
  };
}

function parseResource(logicalId: string, value: Json): ResourceDeclaration {
  const type = isObject(value) ? toText(value.Type) : undefined;
  if (!isObject(value) || type === undefined) {
    throw formatError(`[/Resources/${logicalId}] Every Resources object must contain a Type member.`);
  }
  const unknown = Object.keys(value).find((key) => !resourceKeys.has(key));
  if (unknown) {
    throw validationError(`Invalid template resource property '${unknown}'`);
  }
  const properties = value.Properties ?? {};
  if (!isObject(properties)) {
    throw formatError(`[/Resources/${logicalId}/Properties] Every Properties member must be an object.`);
  }
  const condition = toText(value.Condition);
  return {
    type,
    properties,
    dependsOn: isList(value.DependsOn) ? value.DependsOn.map(String) : [toText(value.DependsOn) ?? []].flat(),
    ...(condition === undefined ? {} : { condition }),
    ...(value.Metadata === undefined ? {} : { metadata: value.Metadata }),
    deletionPolicy: parseRemovalPolicy(logicalId, 'DeletionPolicy', value.DeletionPolicy),
    updateReplacePolicy: parseRemovalPolicy(logicalId, 'UpdateReplacePolicy', value.UpdateReplacePolicy),
  };
}

function parseRemovalPolicy(logicalId: string, key: string, value: Json | undefined): RemovalPolicy {
  const policy = removalPolicies.find((candidate) => candidate === (value ?? 'Delete'));
  if (policy) {
    return policy;
  }
  throw formatError(`Unrecognized ${key} ${JSON.stringify(value)} for resource ${logicalId}`);
}

function parseRule(name: string, value: Json): Rule {
  const assertions = isObject(value) ? value.Assertions : undefined;
  if (!isObject(value) || !isList(assertions)) {
    throw formatError(`Every Rules member must contain a list of Assertions: ${name}.`);
  }
  return {
    ...(value.RuleCondition === undefined ? {} : { condition: value.RuleCondition }),
    assertions: assertions.filter(isObject).map(({ Assert, AssertDescription }) => ({
      assert: Assert ?? null,
      description: toText(AssertDescription) ?? '',
    })),
  };
}

function parseOutput(name: string, value: Json): OutputDeclaration {
  if (!isObject(value) || value.Value === undefined) {
    throw formatError(`Every Outputs member must contain a Value object: ${name}.`);
  }
  const unknown = Object.keys(value).find((key) => !outputKeys.has(key));
  if (unknown) {
    throw formatError(`Invalid template output property '${unknown}'`);
  }
  const exported = isObject(value.Export) ? value.Export.Name : undefined;
  if (value.Export !== undefined && exported === undefined) {
    throw formatError(`Every Export must contain a Name: ${name}.`);
  }
  const description = toText(value.Description);
  const condition = toText(value.Condition);
  return {
    value: value.Value,
    ...(description === undefined ? {} : { description }),
    ...(exported === undefined ? {} : { exportName: exported }),
    ...(condition === undefined ? {} : { condition }),
  };
}

function formatError(message: string): Error {
  return validationError(`Template format error: ${message}`);
}
