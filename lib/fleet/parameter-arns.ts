/** The ARNs of a fleet's SSM parameters, as policies name them. */
import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Makes the ARN of a parameter, or of a path of parameters. Record and evidence are in one Region, that of the record's stack.
 *
 * @param record the record, or another construct of its stack
 * @param path with its first slash, without a last one
 */
export function parameterArn(record: IConstruct, path: string): string {
  return Stack.of(record).formatArn({
    service: 'ssm',
    resource: 'parameter',
    resourceName: path.slice(1),
  });
}

/**
 * Returns the resources of reading everything below a path: a listing is authorized on the path itself, with or without
 * its last slash; a value on its own name.
 */
export function arnsBelow(record: IConstruct, path: string): string[] {
  const arn = parameterArn(record, path);
  return [arn, `${arn}/*`];
}
