/** Deployed resources: their records, the answers they give to expressions, and their change in place. */

import type { Json, JsonObject, OperationContext } from '../operation';
import type { DesiredResource, ResourceLookup } from './desired-state';
import { HandlerRun } from './resource-handler';
import type { PhysicalResource } from './resource-type';
import { resourceTypes } from './resource-types';
import type { Stack, StackResource } from './stack';
import { validationError } from './validation-error';

/** The record of a resource that was made or changed as the template wants it. */
export function toRecord(
  resource: DesiredResource,
  properties: JsonObject,
  physical: PhysicalResource,
): StackResource {
  const { logicalId, declaration, dependencies } = resource;
  const { type, metadata, deletionPolicy, updateReplacePolicy } = declaration;
  const { physicalId, attributes } = physical;
  return {
    logicalId,
    type,
    physicalId,
    properties,
    attributes,
    dependencies,
    deletionPolicy,
    updateReplacePolicy,
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** Answers with the resources as they are at the moment of the question. */
export function lookupOf(stack: Stack): ResourceLookup {
  function find(logicalId: string): StackResource {
    const resource = stack.resources.get(logicalId);
    // Resources are made in the order of their dependencies
    if (!resource) {
      throw new Error(`${logicalId} is asked for before it was made`);
    }
    return resource;
  }
  return {
    ref: (logicalId) => find(logicalId).physicalId,
    attribute: (logicalId, attribute): Json => {
      const { attributes, type } = find(logicalId);
      const value = attributes[attribute];
      if (value === undefined && resourceTypes[type]?.openAttribute !== undefined) {
        throw validationError(`Template error: ${logicalId} has no attribute ${attribute}`);
      }
      return value ?? '';
    },
  };
}

/** Changes a resource in place, with its events. @returns why it failed */
export async function changeResource(
  stack: Stack,
  from: StackResource,
  to: StackResource,
  context: OperationContext,
): Promise<string | undefined> {
  stack.report(to, 'UPDATE_IN_PROGRESS');
  const run = new HandlerRun(context, stack, from.logicalId);
  const { physicalId, attributes, properties: before } = from;
  try {
    const change = { physicalId, attributes, before, after: to.properties };
    const physical = await resourceTypes[from.type]?.update(change, run);
    stack.resources.set(from.logicalId, { ...to, ...physical });
  } catch (thrown) {
    const reason = run.reasonOf(thrown);
    stack.report(to, 'UPDATE_FAILED', reason);
    return reason;
  }
  stack.report(to, 'UPDATE_COMPLETE');
  return undefined;
}
