/** Returns a stack to its state before a deployment that failed. */

import type { OperationContext } from '../operation';
import { changeResource } from './deployed-resource';
import { removeResources } from './removal';
import type { Stack, StackResource } from './stack';

/** One completed step: a resource was created, changed in place (same physical ID) or replaced. */
export interface Step {
  readonly before?: StackResource;
  readonly now: StackResource;
}

/** The reason why a deployment failed, and the resource; without a resource, it failed at the outputs. */
export interface Failure {
  readonly logicalId?: string;
  readonly verb: 'create' | 'update';
  readonly reason: string;
}

/** The work that must be undone. */
interface Done {
  readonly stack: Stack;
  readonly steps: readonly Step[];
  readonly failure: Failure;
  readonly context: OperationContext;
}

export async function rollBackCreation({ stack, steps, failure, context }: Done): Promise<void> {
  stack.enter('ROLLBACK_IN_PROGRESS', `${summarise(failure)} Rollback requested by user.`);
  const removals = steps.map(({ now }) => ({ resource: now, cause: 'rolled-back' as const }));
  const failed = await removeResources(stack, removals, context);
  if (failed.length === 0) {
    stack.enter('ROLLBACK_COMPLETE');
  } else {
    stack.enter('ROLLBACK_FAILED', `The following resource(s) failed to delete: [${failed.join(', ')}].`);
  }
}

/** @param before the resources as they were deployed, by logical ID */
export async function rollBackUpdate(
  { stack, steps, failure, context }: Done,
  before: ReadonlyMap<string, StackResource>,
): Promise<void> {
  stack.enter('UPDATE_ROLLBACK_IN_PROGRESS', summarise(failure));
  const failed = await changeBack(stack, steps, context);
  const made = steps.filter((step) => step.before?.physicalId !== step.now.physicalId);
  for (const { now } of made) {
    stack.resources.delete(now.logicalId);
  }
  for (const [logicalId, resource] of before) {
    // One that could not be changed back stays as it is; one that was already has its record
    const known = stack.resources.get(logicalId);
    if (!known || !steps.some(({ now }) => now.logicalId === logicalId)) {
      stack.resources.set(logicalId, resource);
    }
  }
  if (failed.length === 0) {
    stack.enter('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
  }
  // After a failed rollback, AWS waits for ContinueUpdateRollback, which the sandbox does not have, so nothing
  // may be left behind
  const removals = made.map(({ now }) => ({ resource: now, cause: 'rolled-back' as const }));
  await removeResources(stack, removals, context);
  if (failed.length === 0) {
    stack.enter('UPDATE_ROLLBACK_COMPLETE');
  } else {
    stack.enter(
      'UPDATE_ROLLBACK_FAILED',
      `The following resource(s) failed to update: [${failed.join(', ')}].`,
    );
  }
}

/** @returns the logical IDs of resources that could not be changed back */
async function changeBack(
  stack: Stack,
  steps: readonly Step[],
  context: OperationContext,
): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { before, now } of [...steps].reverse()) {
    if (before?.physicalId !== now.physicalId) {
      continue;
    }
    if ((await changeResource(stack, now, before, context)) !== undefined) {
      failed.push(now.logicalId);
    }
  }
  return failed;
}

function summarise({ logicalId, verb, reason }: Failure): string {
  return logicalId === undefined ? reason : `The following resource(s) failed to ${verb}: [${logicalId}].`;
}
