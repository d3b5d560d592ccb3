/** Deletes resources of a stack, dependents first. */

import type { OperationContext } from '../operation';
import { HandlerRun } from './resource-handler';
import { orderByDependency } from './resource-order';
import { resourceTypes } from './resource-types';
import type { Stack, StackResource } from './stack';

/**
 * The reason why a resource leaves: the template no longer has it or the stack is deleted (`unwanted`), a new physical
 * resource took its place (`replaced`), or the operation that created it failed (`rolled-back`).
 */
type RemovalCause = 'unwanted' | 'replaced' | 'rolled-back';

export interface Removal {
  readonly resource: StackResource;
  readonly cause: RemovalCause;
}

/**
 * Deletes what the deletion policies allow. A resource stays when something that depends on it could not be deleted.
 *
 * @returns the logical IDs of those that could not be deleted; events give the reasons
 */
export async function removeResources(
  stack: Stack,
  removals: readonly Removal[],
  context: OperationContext,
): Promise<readonly string[]> {
  const byId = new Map(removals.map((removal) => [removal.resource.logicalId, removal]));
  const dependencies = new Map(
    removals.map(({ resource }) => [resource.logicalId, resource.dependencies.filter((id) => byId.has(id))]),
  );
  const failed: string[] = [];
  const blocked = new Set<string>();
  for (const logicalId of [...orderByDependency(dependencies)].reverse()) {
    const removal = byId.get(logicalId);
    if (!removal) {
      continue;
    }
    if (!blocked.has(logicalId) && (await removeResource(stack, removal, context))) {
      continue;
    }
    if (!blocked.has(logicalId)) {
      failed.push(logicalId);
    }
    for (const dependency of dependencies.get(logicalId) ?? []) {
      blocked.add(dependency);
    }
  }
  return failed;
}

async function removeResource(stack: Stack, removal: Removal, context: OperationContext): Promise<boolean> {
  const { resource } = removal;
  if (isRetained(removal)) {
    stack.report(resource, 'DELETE_SKIPPED');
  } else {
    stack.report(resource, 'DELETE_IN_PROGRESS');
    const run = new HandlerRun(context, stack, resource.logicalId);
    try {
      await resourceTypes[resource.type]?.delete(resource.physicalId, resource.properties, run);
    } catch (thrown) {
      stack.report(resource, 'DELETE_FAILED', run.reasonOf(thrown));
      return false;
    }
    stack.report(resource, 'DELETE_COMPLETE');
  }
  // The logical ID may belong to the physical resource that took this one's place
  if (stack.resources.get(resource.logicalId)?.physicalId === resource.physicalId) {
    stack.resources.delete(resource.logicalId);
  }
  return true;
}

function isRetained({ resource, cause }: Removal): boolean {
  if (cause === 'replaced') {
    return resource.updateReplacePolicy !== 'Delete';
  }
  return (
    resource.deletionPolicy === 'Retain' || (cause === 'unwanted' && resource.deletionPolicy !== 'Delete')
  );
}
