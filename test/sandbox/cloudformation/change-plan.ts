/**
 * The plan of a deployment: the difference between the deployed and the desired state, as a change set shows it.
 */

import type { Json, JsonObject } from '../operation';
import type { DesiredResource, DesiredState, ResourceLookup } from './desired-state';
import { knownAfterApply } from './expressions';
import { isSame } from './json';
import { validateProperties } from './resource-type';
import { resourceTypes } from './resource-types';
import type { Stack, StackResource } from './stack';
import type { ResourceDeclaration } from './template';
import { validationError } from './validation-error';

/** One property, or one attribute of the resource such as its metadata, that would change. */
export interface PlannedDetail {
  readonly attribute: 'Properties' | 'Metadata' | 'DeletionPolicy' | 'UpdateReplacePolicy';
  /** The property's name. */
  readonly name?: string;
  readonly before?: Json | undefined;
  readonly after?: Json | undefined;
  readonly recreation: 'Never' | 'Conditionally' | 'Always';
}

export interface PlannedChange {
  readonly action: 'Add' | 'Modify' | 'Remove';
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId?: string;
  readonly replacement?: 'True' | 'False' | 'Conditional';
  readonly policyAction?: string;
  readonly details: readonly PlannedDetail[];
  readonly before?: JsonObject;
  readonly after?: JsonObject;
}

/** A property that CloudFormation refuses before anything is deployed. */
export interface PropertyProblem {
  readonly logicalId: string;
  readonly type: string;
  readonly message: string;
}

/** @throws AwsError ValidationError when a resource's type changes or a value cannot be evaluated */
export function planChanges(stack: Stack, desired: DesiredState): readonly PlannedChange[] {
  const lookup = new PlanLookup(stack);
  const changes: PlannedChange[] = [];
  for (const resource of desired.resources) {
    const change = planResource(stack.resources.get(resource.logicalId), resource, desired, lookup);
    if (!change) {
      continue;
    }
    changes.push(change);
    lookup.note(change);
  }
  const wanted = new Set(desired.resources.map(({ logicalId }) => logicalId));
  const removals = [...stack.resources.values()]
    .filter(({ logicalId }) => !wanted.has(logicalId))
    .map(planRemoval);
  return [...changes, ...removals];
}

/** Lists properties that no deployment could apply; values that are not known yet count as valid. */
export function findPropertyProblems(stack: Stack, desired: DesiredState): readonly PropertyProblem[] {
  const lookup = new PlanLookup(stack);
  return desired.resources.flatMap((resource) => {
    const message = validateProperties(resource.type, desired.propertiesOf(resource, lookup));
    return message === undefined
      ? []
      : [{ logicalId: resource.logicalId, type: resource.declaration.type, message }];
  });
}

/** Resolves names from what is deployed, and to `knownAfterApply` for what the planned changes will replace. */
class PlanLookup implements ResourceLookup {
  readonly #stack: Stack;
  readonly #renamed = new Set<string>();
  readonly #changed = new Set<string>();

  public constructor(stack: Stack) {
    this.#stack = stack;
  }

  public note({ logicalId, action, replacement }: PlannedChange): void {
    this.#changed.add(logicalId);
    if (action === 'Add' || replacement !== 'False') {
      this.#renamed.add(logicalId);
    }
  }

  public ref(logicalId: string): string {
    return this.#renamed.has(logicalId)
      ? knownAfterApply
      : (this.#resource(logicalId)?.physicalId ?? knownAfterApply);
  }

  public attribute(logicalId: string, attribute: string): Json {
    if (this.#changed.has(logicalId)) {
      return knownAfterApply;
    }
    return this.#resource(logicalId)?.attributes[attribute] ?? knownAfterApply;
  }

  #resource(logicalId: string): StackResource | undefined {
    return this.#stack.resources.get(logicalId);
  }
}

function planResource(
  current: StackResource | undefined,
  desired: DesiredResource,
  state: DesiredState,
  lookup: ResourceLookup,
): PlannedChange | undefined {
  const { logicalId, declaration } = desired;
  const properties = state.propertiesOf(desired, lookup);
  const after = contextOf(properties, declaration.metadata);
  const planned = { logicalId, type: declaration.type, after };
  if (!current) {
    return { ...planned, action: 'Add', details: [] };
  }
  if (current.type !== declaration.type) {
    throw validationError(
      `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${logicalId}]`,
    );
  }
  const details = [
    ...compareProperties(current.properties, properties, desired),
    ...compareAttributes(current, desired),
  ];
  if (details.length === 0) {
    return undefined;
  }
  const replacement = replacementOf(details);
  return {
    ...planned,
    action: 'Modify',
    physicalId: current.physicalId,
    replacement,
    ...(replacement === 'True'
      ? { policyAction: current.updateReplacePolicy === 'Delete' ? 'ReplaceAndDelete' : 'ReplaceAndRetain' }
      : {}),
    details,
    before: contextOf(current.properties, current.metadata),
  };
}

function planRemoval(resource: StackResource): PlannedChange {
  const { logicalId, type, physicalId, deletionPolicy } = resource;
  return {
    action: 'Remove',
    logicalId,
    type,
    physicalId,
    policyAction: deletionPolicy === 'Retain' ? 'Retain' : 'Delete',
    details: [],
    before: contextOf(resource.properties, resource.metadata),
  };
}

function compareProperties(
  before: JsonObject,
  after: JsonObject,
  { type }: DesiredResource,
): readonly PlannedDetail[] {
  return changedNames(before, after).map((name) => ({
    attribute: 'Properties',
    name,
    before: before[name],
    after: after[name],
    recreation: !type.properties[name]?.replaces
      ? 'Never'
      : isKnown(after[name])
        ? 'Always'
        : 'Conditionally',
  }));
}

/** Lists the names of the properties whose values differ. */
export function changedNames(before: JsonObject, after: JsonObject): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !isSame(before[name], after[name]));
}

function compareAttributes(
  current: StackResource,
  { declaration }: DesiredResource,
): readonly PlannedDetail[] {
  const attributes = [
    ['Metadata', current.metadata, declaration.metadata],
    ['DeletionPolicy', current.deletionPolicy, declaration.deletionPolicy],
    ['UpdateReplacePolicy', current.updateReplacePolicy, declaration.updateReplacePolicy],
  ] as const;
  return attributes
    .filter(([, before, after]) => !isSame(before, after))
    .map(([attribute, before, after]) => ({ attribute, before, after, recreation: 'Never' }));
}

function replacementOf(details: readonly PlannedDetail[]): 'True' | 'False' | 'Conditional' {
  if (details.some(({ recreation }) => recreation === 'Always')) {
    return 'True';
  }
  return details.some(({ recreation }) => recreation === 'Conditionally') ? 'Conditional' : 'False';
}

function contextOf(properties: JsonObject, metadata: Json | undefined): JsonObject {
  return { Properties: properties, ...(metadata === undefined ? {} : { Metadata: metadata }) };
}

/** Tells whether the value is known before the deployment. */
export function isKnown(value: Json | undefined): boolean {
  return !JSON.stringify(value ?? null).includes(knownAfterApply);
}

/** Gives the capabilities that the caller must acknowledge before the template can be deployed. */
export function requiredCapability(
  desired: DesiredState,
): 'CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM' | undefined {
  return capabilityFor(desired.resources.map(({ declaration }) => declaration));
}

/** Gives the capabilities for all resources of a template, whatever its conditions. */
export function capabilityFor(
  declarations: readonly ResourceDeclaration[],
): 'CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM' | undefined {
  const iam = declarations.filter(({ type }) => resourceTypes[type]?.needsIamCapability);
  if (iam.length === 0) {
    return undefined;
  }
  const named = iam.some(({ type, properties }) => {
    const nameProperty = resourceTypes[type]?.nameProperty;
    return nameProperty !== undefined && nameProperty in properties;
  });
  return named ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM';
}
