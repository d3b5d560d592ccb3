/**
 * Parameters as entities: names, hierarchy, and their form in answers. The operations are in ssm.ts and
 * ssm-lists.ts.
 */

import { AwsError, type JsonObject } from './operation';
import type { StoredParameter } from './records';
import type { State } from './state';

const maxNameLength = 1011;
const maxLevels = 15;

export function validation(message: string): AwsError {
  return new AwsError('ValidationException', 400, message);
}

export function parameterNotFound(): AwsError {
  // SSM says nothing more, not even the name.
  return new AwsError('ParameterNotFound', 400, 'the parameter was not found');
}

/** A leading slash of a hierarchical name is not doubled in the ARN. */
export function parameterArn(state: State, name: string): string {
  const { partition, region, account } = state.settings;
  return `arn:${partition}:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`;
}

/** @throws AwsError ValidationException, HierarchyLevelLimitExceededException */
export function checkParameterName(state: State, name: string): void {
  if (!/^[a-zA-Z0-9_.\-/]+$/.test(name)) {
    throw validation(`Parameter name ${name}: only a-zA-Z0-9_.- and / are allowed`);
  }
  if (name.includes('/') && !name.startsWith('/')) {
    throw validation('Parameter name must be a fully qualified name: a hierarchy begins with /');
  }
  if (name.endsWith('/') || name.includes('//')) {
    throw validation(`Parameter name ${name} has an empty level`);
  }
  if (/^\/?(aws|ssm)/i.test(name)) {
    throw validation('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
  }
  if (parameterArn(state, name).length > maxNameLength) {
    throw validation(`Parameter name with its ARN is longer than ${maxNameLength} characters`);
  }
  if (name.split('/').length - 1 > maxLevels) {
    throw new AwsError(
      'HierarchyLevelLimitExceededException',
      400,
      `A hierarchy can have a maximum of ${maxLevels} levels.`,
    );
  }
}

/** Tells whether a parameter is below a path, directly or (recursively) at any depth. */
export function isUnder(name: string, path: string, recursive: boolean): boolean {
  const prefix = path.endsWith('/') ? path : `${path}/`;
  if (!name.startsWith(prefix)) {
    return false;
  }
  return recursive || !name.slice(prefix.length).includes('/');
}

/** Sorts parameters as lists show them. */
export function sortedParameters(state: State): StoredParameter[] {
  return [...state.parameters.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function shownParameter(state: State, parameter: StoredParameter): JsonObject {
  return {
    Name: parameter.name,
    Type: parameter.type,
    Value: parameter.value,
    Version: parameter.version,
    LastModifiedDate: parameter.modifiedAt / 1000,
    ARN: parameterArn(state, parameter.name),
    DataType: parameter.dataType,
  };
}

/** Formats a parameter for DescribeParameters: everything but the value. */
export function describedParameter(state: State, parameter: StoredParameter): JsonObject {
  return {
    Name: parameter.name,
    ARN: parameterArn(state, parameter.name),
    Type: parameter.type,
    LastModifiedDate: parameter.modifiedAt / 1000,
    LastModifiedUser: parameter.modifiedBy,
    ...(parameter.description === undefined ? {} : { Description: parameter.description }),
    Version: parameter.version,
    Tier: 'Standard',
    Policies: [],
    DataType: parameter.dataType,
  };
}
