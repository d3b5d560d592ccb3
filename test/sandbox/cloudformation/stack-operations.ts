/**
 * DescribeStacks, GetTemplate, DescribeStackEvents, DeleteStack, and what `cdk deploy --method=direct` and
 * `aws cloudformation deploy` call.
 */

import { AwsError, type JsonObject, type Operation, type OperationContext } from '../operation';
import { flag, ignored, oneOf, optional, readInput, text, withDefault } from '../parameters';
import { showEvent, showResource, showStack } from './answers';
import { capabilityFor, planChanges } from './change-plan';
import { Deployment } from './deployment';
import {
  actingFor,
  authorisePassing,
  changesOutputs,
  prepareDesiredState,
  templateParameters,
} from './preparation';
import { removeResources } from './removal';
import { refuseUnknownTypes } from './resource-types';
import type { Stack } from './stack';
import type { Stacks } from './stacks';
import { parseTemplate, type Template } from './template';
import { readTemplate } from './template-url';
import { validationError } from './validation-error';

const stackName = text({ min: 1, max: 1600 });
const eventsPerPage = 100;
const deployParameters = {
  ...templateParameters,
  ClientRequestToken: optional(text()),
  DeploymentConfig: ignored,
  DisableRollback: optional(oneOf('false')),
};

export function stackOperations(stacks: Stacks): Readonly<Record<string, Operation>> {
  return {
    DescribeStacks: (input) => describeStacks(stacks, input),
    DescribeStackEvents: (input) => describeStackEvents(stacks, input),
    DescribeStackResources: (input) => describeStackResources(stacks, input),
    GetTemplate: (input) => getTemplate(stacks, input),
    GetTemplateSummary: (input, context) => getTemplateSummary(stacks, input, context),
    ValidateTemplate: (input, context) => validateTemplate(input, context),
    CreateStack: (input, context) => createStack(stacks, input, context),
    UpdateStack: (input, context) => updateStack(stacks, input, context),
    DeleteStack: (input, context) => deleteStack(stacks, input, context),
    UpdateTerminationProtection: (input) => updateTerminationProtection(stacks, input),
  };
}

function describeStacks(stacks: Stacks, input: JsonObject): JsonObject {
  const { StackName } = readInput({ StackName: optional(stackName), NextToken: ignored }, input);
  const shown =
    StackName === undefined ? stacks.all.filter(({ isDeleted }) => !isDeleted) : [stacks.get(StackName)];
  return {
    Stacks: shown.map((stack) => showStack(stack, stacks.parentOf(stack)?.id, stacks.rootOf(stack)?.id)),
  };
}

/** Newest first. */
function describeStackEvents(stacks: Stacks, input: JsonObject): JsonObject {
  const { StackName, NextToken } = readInput({ StackName: stackName, NextToken: optional(text()) }, input);
  const stack = stacks.find(StackName);
  if (!stack) {
    throw validationError(`Stack [${StackName}] does not exist`);
  }
  // Counted from the oldest, so that events added in the meantime do not shift the pages
  const end = NextToken === undefined ? stack.events.length : Number(NextToken);
  const start = Math.max(0, end - eventsPerPage);
  const page = stack.events.slice(start, end).reverse();
  return {
    StackEvents: page.map((event) => showEvent(stack, event)),
    ...(start > 0 ? { NextToken: String(start) } : {}),
  };
}

function describeStackResources(stacks: Stacks, input: JsonObject): JsonObject {
  const { StackName, LogicalResourceId } = readInput(
    { StackName: stackName, LogicalResourceId: optional(text()) },
    input,
  );
  const stack = stacks.get(StackName);
  const shown = [...stack.resources.values()].filter(
    ({ logicalId }) => LogicalResourceId === undefined || logicalId === LogicalResourceId,
  );
  return { StackResources: shown.map((resource) => showResource(stack, resource)) };
}

function getTemplate(stacks: Stacks, input: JsonObject): JsonObject {
  const { StackName, ChangeSetName } = readInput(
    { StackName: optional(stackName), ChangeSetName: optional(text()), TemplateStage: ignored },
    input,
  );
  if (ChangeSetName !== undefined) {
    const found = stacks.findChangeSet(ChangeSetName, StackName);
    if (!found) {
      throw new AwsError('ChangeSetNotFound', 404, `ChangeSet [${ChangeSetName}] does not exist`);
    }
    return { TemplateBody: found[1].template.body, StagesAvailable: ['Original', 'Processed'] };
  }
  if (StackName === undefined) {
    throw validationError('StackName or ChangeSetName is required');
  }
  const { template } = stacks.get(StackName);
  return { TemplateBody: template?.body ?? '{}', StagesAvailable: ['Original', 'Processed'] };
}

/** Called by `aws cloudformation deploy` before an update, to carry parameters over. */
async function getTemplateSummary(
  stacks: Stacks,
  input: JsonObject,
  context: OperationContext,
): Promise<JsonObject> {
  const { StackName, ...source } = readInput(
    { StackName: optional(stackName), TemplateBody: optional(text()), TemplateURL: optional(text()) },
    input,
  );
  const deployed = StackName === undefined ? undefined : stacks.get(StackName).template;
  const template = (await givenTemplate(source, context)) ?? deployed;
  if (!template) {
    throw validationError('StackName, TemplateBody or TemplateURL is required');
  }
  return summaryOf(template);
}

async function validateTemplate(input: JsonObject, context: OperationContext): Promise<JsonObject> {
  const source = readInput({ TemplateBody: optional(text()), TemplateURL: optional(text()) }, input);
  const template = await givenTemplate(source, context);
  if (!template) {
    throw validationError('Either Template URL or Template Body must be specified.');
  }
  refuseUnknownTypes(template);
  return summaryOf(template);
}

interface TemplateSource {
  readonly TemplateBody: string | undefined;
  readonly TemplateURL: string | undefined;
}

async function givenTemplate(
  { TemplateBody, TemplateURL }: TemplateSource,
  context: OperationContext,
): Promise<Template | undefined> {
  const body = TemplateURL === undefined ? TemplateBody : await readTemplate(TemplateURL, context);
  return body === undefined ? undefined : parseTemplate(body);
}

function summaryOf(template: Template): JsonObject {
  const capability = capabilityFor(Object.values(template.resources));
  return {
    Capabilities: capability === undefined ? [] : [capability],
    Description: template.description,
    Parameters: Object.entries(template.parameters).map(([name, { type, noEcho, default: initial }]) => ({
      ParameterKey: name,
      ParameterType: type,
      DefaultValue: initial,
      NoEcho: noEcho,
    })),
    ResourceTypes: [...new Set(Object.values(template.resources).map(({ type }) => type))],
  };
}

async function createStack(
  stacks: Stacks,
  input: JsonObject,
  context: OperationContext,
): Promise<JsonObject> {
  const request = readInput(
    { ...deployParameters, EnableTerminationProtection: withDefault(flag, false) },
    input,
  );
  const { StackName, ClientRequestToken } = request;
  const known = stacks.find(StackName);
  if (known) {
    if (ClientRequestToken !== undefined && known.executionToken === ClientRequestToken) {
      return { StackId: known.id };
    }
    throw new AwsError('AlreadyExistsException', 400, `Stack [${StackName}] already exists`);
  }
  const stack = stacks.draft(StackName, context);
  const desired = await prepareDesiredState(stack, stacks, request, context);
  stacks.keep(stack);
  stack.isProtected = request.EnableTerminationProtection;
  stack.capabilities = request.Capabilities;
  stack.executionToken = ClientRequestToken;
  stack.roleArn = request.RoleARN ?? stack.roleArn;
  await new Deployment(stack, desired, stacks, actingFor(stack, context)).run();
  return { StackId: stack.id };
}

async function updateStack(
  stacks: Stacks,
  input: JsonObject,
  context: OperationContext,
): Promise<JsonObject> {
  const request = readInput(deployParameters, input);
  const { StackName, ClientRequestToken } = request;
  const stack = stacks.find(StackName);
  if (!stack || stack.isDeleted) {
    throw validationError(`Stack [${StackName}] does not exist`);
  }
  if (ClientRequestToken !== undefined && stack.executionToken === ClientRequestToken) {
    return { StackId: stack.id };
  }
  stack.requireUpdatable();
  const desired = await prepareDesiredState(stack, stacks, request, context);
  if (planChanges(stack, desired).length === 0 && !changesOutputs(stack, desired)) {
    throw validationError('No updates are to be performed.');
  }
  stack.changeSets.clear();
  stack.capabilities = request.Capabilities;
  stack.executionToken = ClientRequestToken;
  stack.roleArn = request.RoleARN ?? stack.roleArn;
  await new Deployment(stack, desired, stacks, actingFor(stack, context)).run();
  return { StackId: stack.id };
}

async function deleteStack(
  stacks: Stacks,
  input: JsonObject,
  context: OperationContext,
): Promise<JsonObject> {
  const { StackName, RoleARN } = readInput(
    {
      StackName: stackName,
      ClientRequestToken: optional(text()),
      DeploymentConfig: ignored,
      RoleARN: optional(text({ min: 20, max: 2048 })),
    },
    input,
  );
  const stack = stacks.find(StackName);
  // An unknown name or a stack that is already deleted is not an error
  if (!stack || stack.isDeleted) {
    return {};
  }
  if (stack.isProtected) {
    throw validationError(`Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`);
  }
  if (stack.isBusy) {
    throw validationError(`Stack [${stack.name}] cannot be deleted while in status ${stack.status}`);
  }
  if (RoleARN !== undefined) {
    await authorisePassing(RoleARN, context);
  }
  stack.roleArn = RoleARN ?? stack.roleArn;
  await emptyStack(stack, stacks, actingFor(stack, context));
  return {};
}

async function emptyStack(stack: Stack, stacks: Stacks, context: OperationContext): Promise<void> {
  stack.begin('DELETE_IN_PROGRESS');
  const inUse = stacks.exportProblem(stack, []);
  if (inUse !== undefined) {
    stack.enter('DELETE_FAILED', inUse);
    return;
  }
  const removals = [...stack.resources.values()].map((resource) => ({
    resource,
    cause: 'unwanted' as const,
  }));
  const failed = await removeResources(stack, removals, context);
  if (failed.length > 0) {
    stack.enter('DELETE_FAILED', `The following resource(s) failed to delete: [${failed.join(', ')}]. `);
    return;
  }
  stack.changeSets.clear();
  stack.deletedAt = context.now();
  stack.enter('DELETE_COMPLETE');
}

function updateTerminationProtection(stacks: Stacks, input: JsonObject): JsonObject {
  const { StackName, EnableTerminationProtection } = readInput(
    { StackName: stackName, EnableTerminationProtection: flag },
    input,
  );
  const stack = stacks.get(StackName);
  stack.isProtected = EnableTerminationProtection;
  return { StackId: stack.id };
}
