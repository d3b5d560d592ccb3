/** The permission that a CloudFormation call requires. */

import type { Permission } from './caller';
import type { JsonObject, OperationContext } from './operation';

export function cloudFormationPermission(
  operation: string,
  input: JsonObject,
  { partition, region, account }: OperationContext,
): Permission {
  const action = `cloudformation:${operation}`;
  const stack = input.StackName;
  if (typeof stack !== 'string') {
    return { action, resource: '*' };
  }
  // Before a stack exists, its id is unknown, and AWS checks every stack of that name.
  if (stack.startsWith('arn:')) {
    return { action, resource: stack };
  }
  const prefix = `arn:${partition}:cloudformation:${region}:${account}:stack/${stack}`;
  return { action, resource: `${prefix}/*`, judgedAs: `${prefix}/any-id` };
}
