/**
 * The meaning of a template with its parameters and stack tags: its resources, their order and their properties.
 */

import type { Json, JsonObject } from '../operation';
import type { Tag } from '../parameters';
import { type ExpressionScope, evaluate, evaluateCondition, knownAfterApply } from './expressions';
import { isList, isObject, toText } from './json';
import { orderByDependency } from './resource-order';
import type { ResourceType } from './resource-type';
import { refuseUnknownTypes, resourceTypes } from './resource-types';
import type { StackOutput } from './stack';
import type { ResourceDeclaration, Template } from './template';
import type { ParameterValues } from './template-parameters';
import { validationError } from './validation-error';

/** The values of the pseudo parameters. */
interface Environment {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  readonly stackId: string;
  readonly stackName: string;
}

/** Resolves `Ref` and `Fn::GetAtt` of resources: to what exists, or to `knownAfterApply`. */
export interface ResourceLookup {
  ref(logicalId: string): string;
  attribute(logicalId: string, attribute: string): Json;
}

export interface DesiredResource {
  readonly logicalId: string;
  readonly declaration: ResourceDeclaration;
  readonly type: ResourceType;
  readonly dependencies: readonly string[];
}

interface DesiredStateProps {
  readonly template: Template;
  readonly parameters: ParameterValues;
  readonly tags: readonly Tag[];
  readonly environment: Environment;
  /** @throws AwsError ValidationError when no stack exports the name */
  readonly importValue: (exportName: string) => string;
}

export class DesiredState {
  public readonly template: Template;
  public readonly parameters: ParameterValues;
  public readonly tags: readonly Tag[];
  /** Resources whose condition is true, each after what it depends on. */
  public readonly resources: readonly DesiredResource[];
  /** The exports of other stacks that the template reads. */
  public readonly imports: ReadonlySet<string>;
  readonly #props: DesiredStateProps;
  readonly #pseudo: ReadonlyMap<string, Json | undefined>;
  /** None while conditions are evaluated, because a condition cannot name a resource. */
  readonly #active = new Set<string>();

  /** @throws AwsError ValidationError for unknown types, names and attributes, and for cycles */
  public constructor(props: DesiredStateProps) {
    this.#props = props;
    this.template = props.template;
    this.parameters = props.parameters;
    this.tags = props.tags;
    this.#pseudo = pseudoParameters(props.environment);
    const declared = Object.entries(this.template.resources);
    refuseUnknownTypes(this.template);
    // Unused ones too: an unknown name in them is still an error
    for (const condition of Object.keys(this.template.conditions)) {
      this.#holds(condition);
    }
    this.#assertRules();
    const active = declared.filter(([, { condition }]) => this.#holds(condition));
    for (const [logicalId] of active) {
      this.#active.add(logicalId);
    }
    const imports = new Set<string>();
    this.resources = this.#order(imports);
    this.imports = imports;
  }

  /** Gives the resource's properties in plain JSON, stack tags included. @throws AwsError ValidationError */
  public propertiesOf({ declaration, type }: DesiredResource, lookup: ResourceLookup): JsonObject {
    const properties = evaluate(declaration.properties, this.#scope(lookup));
    return addStackTags(type, isObject(properties) ? properties : {}, this.tags);
  }

  /** @throws AwsError ValidationError */
  public outputs(lookup: ResourceLookup, onImport?: (name: string) => void): readonly StackOutput[] {
    const scope = this.#scope(lookup, onImport);
    return Object.entries(this.template.outputs)
      .filter(([, { condition }]) => this.#holds(condition))
      .map(([key, output]) => {
        const value = toText(evaluate(output.value, scope));
        if (value === undefined) {
          throw validationError(
            `Template format error: The Value field of every Outputs member must evaluate to a String: ${key}.`,
          );
        }
        const exportName =
          output.exportName === undefined ? undefined : toText(evaluate(output.exportName, scope));
        return {
          key,
          value,
          ...(output.description === undefined ? {} : { description: output.description }),
          ...(exportName === undefined ? {} : { exportName }),
        };
      });
  }

  #assertRules(): void {
    const scope = this.#scope(nothing);
    for (const [name, { condition, assertions }] of Object.entries(this.template.rules)) {
      if (condition !== undefined && !evaluateCondition(condition, scope)) {
        continue;
      }
      const broken = assertions.find(({ assert }) => !evaluateCondition(assert, scope));
      if (broken) {
        throw validationError(`Template error: Rule ${name} failed: ${broken.description}`);
      }
    }
  }

  #order(imports: Set<string>): readonly DesiredResource[] {
    const found = new Map<string, DesiredResource>();
    for (const [logicalId, declaration] of Object.entries(this.template.resources)) {
      const type = resourceTypes[declaration.type];
      if (type && this.#active.has(logicalId)) {
        const dependencies = this.#dependenciesOf(declaration, imports);
        found.set(logicalId, { logicalId, declaration, type, dependencies });
      }
    }
    this.outputs(this.#tracing(new Set()), (name) => imports.add(name));
    const dependencies = new Map(
      [...found].map(([logicalId, resource]) => [logicalId, resource.dependencies]),
    );
    return orderByDependency(dependencies).flatMap((logicalId) => found.get(logicalId) ?? []);
  }

  #dependenciesOf(declaration: ResourceDeclaration, imports: Set<string>): readonly string[] {
    const names = new Set<string>();
    for (const name of declaration.dependsOn) {
      if (!Object.hasOwn(this.template.resources, name)) {
        throw this.#unresolved(name);
      }
      // A dependency whose condition is false does not count
      if (this.#active.has(name)) {
        names.add(name);
      }
    }
    evaluate(
      declaration.properties,
      this.#scope(this.#tracing(names), (name) => imports.add(name)),
    );
    return [...names];
  }

  /** Resolves names as if nothing existed yet, and records which ones were asked for. */
  #tracing(names: Set<string>): ResourceLookup {
    function note(logicalId: string): string {
      names.add(logicalId);
      return knownAfterApply;
    }
    return { ref: note, attribute: note };
  }

  #holds(condition: string | undefined): boolean {
    return condition === undefined || this.#scope(nothing).condition(condition);
  }

  #scope(lookup: ResourceLookup, onImport: (name: string) => void = () => undefined): ExpressionScope {
    const { template, parameters } = this.#props;
    const scope: ExpressionScope = {
      ref: (name) => {
        if (this.#pseudo.has(name)) {
          return this.#pseudo.get(name);
        }
        const parameter = parameters.get(name);
        if (parameter) {
          return parameter.value;
        }
        if (!this.#active.has(name)) {
          throw this.#unresolved(name);
        }
        return lookup.ref(name);
      },
      attribute: (logicalId, attribute) => {
        const declaration = template.resources[logicalId];
        if (!declaration || !this.#active.has(logicalId)) {
          throw this.#unresolved(logicalId);
        }
        if (!hasAttribute(resourceTypes[declaration.type], attribute)) {
          throw validationError(
            `Template error: resource ${logicalId} does not support attribute type ${attribute} in Fn::GetAtt`,
          );
        }
        return lookup.attribute(logicalId, attribute);
      },
      condition: (name) => {
        const condition = template.conditions[name];
        if (condition === undefined) {
          throw validationError(`Template error: Unresolved condition dependency ${name}`);
        }
        return evaluateCondition(condition, scope);
      },
      mapping: (map, topKey, secondKey) => findMapping(template.mappings, map, topKey, secondKey),
      importValue: (name) => {
        onImport(name);
        return this.#props.importValue(name);
      },
    };
    return scope;
  }

  #unresolved(name: string): Error {
    return validationError(
      `Template format error: Unresolved resource dependencies [${name}] in the Resources block of the template`,
    );
  }
}

function hasAttribute(type: ResourceType | undefined, attribute: string): boolean {
  if (type?.attributes.includes(attribute)) {
    return true;
  }
  return type?.openAttribute !== undefined && attribute.startsWith(`${type.openAttribute}.`);
}

/** Refuses resources in conditions, which are evaluated before there are resources. */
const nothing: ResourceLookup = {
  ref: (logicalId) => {
    throw validationError(`Template error: a condition cannot depend on the resource ${logicalId}`);
  },
  attribute: (logicalId) => {
    throw validationError(`Template error: a condition cannot depend on the resource ${logicalId}`);
  },
};

function pseudoParameters(environment: Environment): ReadonlyMap<string, Json | undefined> {
  const { account, region, partition, stackId, stackName } = environment;
  return new Map<string, Json | undefined>([
    ['AWS::AccountId', account],
    ['AWS::Region', region],
    ['AWS::Partition', partition],
    ['AWS::StackId', stackId],
    ['AWS::StackName', stackName],
    ['AWS::URLSuffix', partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'],
    ['AWS::NotificationARNs', []],
    ['AWS::NoValue', undefined],
  ]);
}

function findMapping(mappings: JsonObject, map: string, topKey: string, secondKey: string): Json {
  const top = mappings[map];
  const second = isObject(top) ? top[topKey] : undefined;
  const value = isObject(second) ? second[secondKey] : undefined;
  if (value !== undefined) {
    return value;
  }
  throw validationError(`Template error: Unable to get mapping for ${map}::${topKey}::${secondKey}`);
}

/** Merges tags; a resource's own tag overrides the stack's tag with the same key. */
function addStackTags(type: ResourceType, properties: JsonObject, tags: readonly Tag[]): JsonObject {
  if (!type.tags || tags.length === 0) {
    return properties;
  }
  if (type.tags === 'map') {
    const own = isObject(properties.Tags) ? properties.Tags : {};
    return {
      ...properties,
      Tags: { ...Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])), ...own },
    };
  }
  const own = isList(properties.Tags) ? properties.Tags : [];
  const ownKeys = new Set(own.map((tag) => (isObject(tag) ? tag.Key : undefined)));
  const added = tags.filter(({ Key }) => !ownKeys.has(Key)).map(({ Key, Value }) => ({ Key, Value }));
  return { ...properties, Tags: [...own, ...added] };
}
