/**
 * AWS CloudFormation, API version 2010-05-15: what `cdk deploy`, `cdk diff` and `cdk destroy` call. Resources
 * are made, changed and deleted through the sandbox's other services with the permissions of whoever deploys.
 */

import type { Service } from '../operation';
import { changeSetOperations } from './change-set-operations';
import { stackOperations } from './stack-operations';
import { Stacks } from './stacks';

/** A CloudFormation of its own, without any stack. */
export function cloudFormation(): Service {
  const stacks = new Stacks();
  return {
    name: 'cloudformation',
    protocol: 'awsQuery',
    xmlNamespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
    operations: { ...stackOperations(stacks), ...changeSetOperations(stacks) },
  };
}
