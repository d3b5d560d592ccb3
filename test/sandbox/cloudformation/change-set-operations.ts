/**
 * CreateChangeSet, DescribeChangeSet, ExecuteChangeSet, DeleteChangeSet, and DescribeEvents, which shows why one
 * failed.
 */

import { randomUUID } from 'node:crypto';
import { AwsError, type JsonObject, type Operation, type OperationContext } from '../operation';
import { flag, ignored, oneOf, optional, readInput, text, withDefault } from '../parameters';
import { showChangeSet, showProblem } from './answers';
import { findPropertyProblems, planChanges } from './change-plan';
import { type ChangeSet, earlyValidationFailed, noChanges } from './change-set';
import { Deployment } from './deployment';
import { checkNestedTemplates } from './nested-templates';
import { actingFor, changesOutputs, prepareDesiredState, templateParameters } from './preparation';
import type { Stack } from './stack';
import type { Stacks } from './stacks';
import { validationError } from './validation-error';

const changeSetName = text({ min: 1, max: 1600 });
const stackName = text({ min: 1, max: 1600 });

export function changeSetOperations(stacks: Stacks): Readonly<Record<string, Operation>> {
  return {
    CreateChangeSet: (input, context) => createChangeSet(stacks, input, context),
    DescribeChangeSet: (input) => describeChangeSet(stacks, input),
    ExecuteChangeSet: (input, context) => executeChangeSet(stacks, input, context),
    DeleteChangeSet: (input) => deleteChangeSet(stacks, input),
    DescribeEvents: (input) => describeEvents(stacks, input),
  };
}

async function createChangeSet(
  stacks: Stacks,
  input: JsonObject,
  context: OperationContext,
): Promise<JsonObject> {
  const request = readInput(
    {
      ...templateParameters,
      ChangeSetName: text({ min: 1, max: 128, pattern: /^[a-zA-Z][-a-zA-Z0-9]*$/ }),
      ChangeSetType: withDefault(oneOf('CREATE', 'UPDATE'), 'UPDATE'),
      ClientToken: optional(text()),
      Description: optional(text({ max: 1024 })),
      DeploymentConfig: ignored,
      ImportExistingResources: optional(oneOf('false')),
      IncludeNestedStacks: withDefault(flag, false),
    },
    input,
  );
  const { ChangeSetName: name, ChangeSetType: type, ClientToken, StackName } = request;
  const known = stacks.find(StackName);
  const existing = known?.changeSets.get(name);
  if (known && existing) {
    // The same token means the same request, repeated because its answer was lost
    if (ClientToken !== undefined && existing.clientToken === ClientToken) {
      return { Id: existing.id, StackId: known.id };
    }
    throw new AwsError(
      'AlreadyExistsException',
      400,
      `ChangeSet ${name} cannot be created due to a mismatch with existing attribute ClientToken`,
    );
  }
  const stack = stackFor(stacks, StackName, type, name, context);
  const desired = await prepareDesiredState(stack, stacks, request, context);
  const problems = findPropertyProblems(stack, desired);
  if (request.IncludeNestedStacks) {
    await checkNestedTemplates(desired, context);
  }
  const changes = problems.length > 0 ? [] : planChanges(stack, desired);
  const isEmpty = changes.length === 0 && !changesOutputs(stack, desired);
  const failure = problems.length > 0 ? earlyValidationFailed : isEmpty ? noChanges : undefined;
  const changeSet: ChangeSet = {
    id: `${stack.id.replace(/:stack\/.*/, '')}:changeSet/${name}/${randomUUID()}`,
    name,
    type,
    createdAt: stack.tick(),
    template: desired.template,
    parameters: desired.parameters,
    tags: desired.tags,
    capabilities: request.Capabilities,
    changes,
    problems,
    desired,
    includesNestedStacks: request.IncludeNestedStacks,
    ...(request.RoleARN === undefined ? {} : { roleArn: request.RoleARN }),
    ...(ClientToken === undefined ? {} : { clientToken: ClientToken }),
    ...(request.Description === undefined ? {} : { description: request.Description }),
    ...(failure === undefined ? {} : { failure }),
  };
  stack.changeSets.set(name, changeSet);
  if (stacks.find(stack.id) === undefined) {
    stacks.keep(stack);
    stack.begin('REVIEW_IN_PROGRESS');
  }
  return { Id: changeSet.id, StackId: stack.id };
}

/** Finds the stack of the change set; a new one is kept only after its template has been accepted. */
function stackFor(
  stacks: Stacks,
  stackName: string,
  type: ChangeSet['type'],
  name: string,
  context: OperationContext,
): Stack {
  const stack = stacks.find(stackName);
  if (type === 'CREATE') {
    if (stack && stack.status !== 'REVIEW_IN_PROGRESS') {
      throw validationError(
        `Stack [${stackName}] already exists and cannot be created again with the changeSet [${name}].`,
      );
    }
    return stack ?? stacks.draft(stackName, context);
  }
  if (!stack || stack.isDeleted) {
    throw validationError(`Stack [${stackName}] does not exist`);
  }
  stack.requireUpdatable();
  return stack;
}

function describeChangeSet(stacks: Stacks, input: JsonObject): JsonObject {
  const { ChangeSetName, StackName, IncludePropertyValues } = readInput(
    {
      ChangeSetName: changeSetName,
      StackName: optional(stackName),
      IncludePropertyValues: withDefault(flag, false),
    },
    input,
  );
  return showChangeSet(...requireChangeSet(stacks, ChangeSetName, StackName), IncludePropertyValues);
}

async function executeChangeSet(
  stacks: Stacks,
  input: JsonObject,
  context: OperationContext,
): Promise<JsonObject> {
  const request = readInput(
    {
      ChangeSetName: changeSetName,
      StackName: optional(stackName),
      ClientRequestToken: optional(text()),
      DisableRollback: optional(oneOf('false')),
      RetainExceptOnCreate: optional(oneOf('false')),
    },
    input,
  );
  const [stack, changeSet] = requireChangeSet(stacks, request.ChangeSetName, request.StackName);
  const token = request.ClientRequestToken;
  if (token !== undefined && stack.executionToken === token) {
    return {};
  }
  if (changeSet.failure !== undefined || stack.isBusy) {
    const status = changeSet.failure === undefined ? 'UNAVAILABLE' : 'FAILED';
    throw new AwsError(
      'InvalidChangeSetStatus',
      400,
      `ChangeSet [${changeSet.id}] cannot be executed in its current status of [${status}]`,
    );
  }
  stack.executionToken = token;
  stack.capabilities = changeSet.capabilities;
  // The others were made for the state that is about to change
  stack.changeSets.clear();
  stack.roleArn = changeSet.roleArn ?? stack.roleArn;
  await new Deployment(stack, changeSet.desired, stacks, actingFor(stack, context)).run();
  return {};
}

function deleteChangeSet(stacks: Stacks, input: JsonObject): JsonObject {
  const { ChangeSetName, StackName } = readInput(
    { ChangeSetName: changeSetName, StackName: optional(stackName) },
    input,
  );
  const [stack, changeSet] = stacks.findChangeSet(ChangeSetName, StackName) ?? [];
  if (stack && changeSet) {
    stack.changeSets.delete(changeSet.name);
  }
  return {};
}

function describeEvents(stacks: Stacks, input: JsonObject): JsonObject {
  const { ChangeSetName, StackName } = readInput(
    { ChangeSetName: changeSetName, StackName: optional(stackName), Filters: ignored, NextToken: ignored },
    input,
  );
  const [stack, changeSet] = requireChangeSet(stacks, ChangeSetName, StackName);
  return { OperationEvents: changeSet.problems.map((problem) => showProblem(stack, changeSet, problem)) };
}

function requireChangeSet(stacks: Stacks, name: string, stack: string | undefined): [Stack, ChangeSet] {
  const found = stacks.findChangeSet(name, stack);
  if (!found) {
    throw new AwsError('ChangeSetNotFound', 404, `ChangeSet [${name}] does not exist`);
  }
  return found;
}
