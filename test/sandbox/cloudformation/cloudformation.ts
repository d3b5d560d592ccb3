/**
 * AWS CloudFormation, API version 2010-05-15: the operations that `cdk deploy`, `cdk diff` and `cdk destroy` call. Resources
 * are created, changed and deleted through the sandbox's other services with the permissions of whoever deploys.
 */

import type { Operation, Service } from '../operation';
import { changeSetOperations } from './change-set-operations';
import { stackOperations } from './stack-operations';
import { Stacks } from './stacks';

/** Finds the stacks of a Region. Stacks of two Regions are different stacks even with the same name. */
export type StacksOf = (region: string) => Stacks;

export function stacksByRegion(): StacksOf {
  const known = new Map<string, Stacks>();
  return (region) => {
    const stacks = known.get(region) ?? new Stacks();
    known.set(region, stacks);
    return stacks;
  };
}

/** Creates a CloudFormation, without stacks or with existing ones. */
export function cloudFormation(stacksOf: StacksOf = stacksByRegion()): Service {
  const names = Object.keys(operationsOn(new Stacks()));
  function inRegion(name: string): Operation {
    return (input, context) => {
      const run = operationsOn(stacksOf(context.region))[name];
      if (!run) {
        throw new Error(`${name} is missing in ${context.region}`);
      }
      return run(input, context);
    };
  }
  return {
    name: 'cloudformation',
    protocol: 'awsQuery',
    xmlNamespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
    operations: Object.fromEntries(names.map((name) => [name, inRegion(name)])),
  };
}

function operationsOn(stacks: Stacks): Readonly<Record<string, Operation>> {
  return { ...stackOperations(stacks), ...changeSetOperations(stacks) };
}
