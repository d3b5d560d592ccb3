/** Deployed resources: their records, their values in expressions, and changes in place. */

import type { Json, JsonObject, OperationContext } from '../operation';
import type { DesiredResource, ResourceLookup } from './desired-state';
import { HandlerRun } from './resource-handler';
import type { PhysicalResource } from './resource-type';
import { resourceTypes } from './resource-types';
import type { Stack, StackResource } from './stack';
import { validationError } from './validation-error';

/** Records a resource that was created or changed as the template declares it. */
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

/** Resolves names from the resources as they are at that moment. */
export function lookupOf(stack: Stack): ResourceLookup {
  function find(logicalId: string): StackResource {
    const resource = stack.resources.get(logicalId);
    // Resources are created in the order of their dependencies
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

/** Changes a resource in place and adds its events. @returns the reason of a failure */
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
