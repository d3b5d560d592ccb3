/** What policies are asked about a CloudFormation call; the service itself is plain operations. */

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
  // Before a stack exists its id is unknown, and AWS asks about every stack of the name.
  if (stack.startsWith('arn:')) {
    return { action, resource: stack };
  }
  const prefix = `arn:${partition}:cloudformation:${region}:${account}:stack/${stack}`;
  return { action, resource: `${prefix}/*`, judgedAs: `${prefix}/any-id` };
}
