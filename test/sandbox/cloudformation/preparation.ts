/** Turns the parameters that CreateChangeSet, CreateStack and UpdateStack share into a desired state. */

import { AwsError, type OperationContext } from '../operation';
import {
  flag,
  type Input,
  ignored,
  list,
  oneOf,
  optional,
  structure,
  tags,
  text,
  withDefault,
} from '../parameters';
import { requiredCapability } from './change-plan';
import { DesiredState } from './desired-state';
import { knownAfterApply } from './expressions';
import { isSame } from './json';
import type { Stack } from './stack';
import type { Stacks } from './stacks';
import { parseTemplate, type Template } from './template';
import { resolveParameters } from './template-parameters';
import { readTemplate } from './template-url';
import { validationError } from './validation-error';

/** The longest template that may be in the request itself, in bytes. */
const maxTemplateBytes = 51_200;

/** The parameters that define the template to deploy and how to deploy it. */
export const templateParameters = {
  StackName: text({ min: 1, max: 1600, pattern: /^([a-zA-Z][-a-zA-Z0-9]{0,127}|arn:.+)$/ }),
  TemplateBody: optional(text({ min: 1 })),
  TemplateURL: optional(text({ min: 1, max: 5120 })),
  RoleARN: optional(text({ min: 20, max: 2048 })),
  UsePreviousTemplate: withDefault(flag, false),
  Parameters: withDefault(
    list(
      structure({
        ParameterKey: text({ min: 1 }),
        ParameterValue: optional(text()),
        UsePreviousValue: optional(flag),
      }),
    ),
    [],
  ),
  Capabilities: withDefault(
    list(oneOf('CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND')),
    [],
  ),
  Tags: optional(tags),
  RollbackConfiguration: ignored,
};

/** @throws AwsError ValidationError, InsufficientCapabilitiesException */
export async function prepareDesiredState(
  stack: Stack,
  stacks: Stacks,
  request: Input<typeof templateParameters>,
  context: OperationContext,
): Promise<DesiredState> {
  if (request.RoleARN !== undefined) {
    await authorisePassing(request.RoleARN, context);
  }
  const template = await chooseTemplate(stack, request, context);
  const parameters = await resolveParameters(template, request.Parameters, stack.parameters, context);
  const { account, region, partition } = context;
  const desired = new DesiredState({
    template,
    parameters,
    tags: request.Tags ?? stack.tags,
    environment: { account, region, partition, stackId: stack.id, stackName: stack.name },
    importValue: (name) => stacks.importValue(name),
  });
  const capability = requiredCapability(desired);
  const given = request.Capabilities;
  if (capability && !given.includes('CAPABILITY_NAMED_IAM') && !given.includes(capability)) {
    throw new AwsError('InsufficientCapabilitiesException', 400, `Requires capabilities : [${capability}]`);
  }
  return desired;
}

async function chooseTemplate(
  stack: Stack,
  { TemplateBody, TemplateURL, UsePreviousTemplate }: Input<typeof templateParameters>,
  context: OperationContext,
): Promise<Template> {
  if (TemplateURL !== undefined) {
    return parseTemplate(await readTemplate(TemplateURL, context));
  }
  if (TemplateBody === undefined) {
    if (UsePreviousTemplate && stack.template) {
      return stack.template;
    }
    throw validationError('Either Template URL or Template Body must be specified.');
  }
  const bytes = Buffer.byteLength(TemplateBody);
  if (bytes > maxTemplateBytes) {
    throw validationError(
      `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${maxTemplateBytes}; it has ${bytes}`,
    );
  }
  return parseTemplate(TemplateBody);
}

/** @throws AwsError AccessDenied when the caller may not pass the role to CloudFormation */
export function authorisePassing(roleArn: string, context: OperationContext): Promise<void> {
  return context.authorize({
    action: 'iam:PassRole',
    resource: roleArn,
    contextKeys: { 'iam:PassedToService': 'cloudformation.amazonaws.com' },
  });
}

/** Gives the identity that changes the stack: the role it was deployed with, or else the caller. */
export function actingFor({ roleArn }: Stack, context: OperationContext): OperationContext {
  return roleArn === undefined ? context : context.actingAs(roleArn);
}

/** Tells whether the outputs or tags of the stack would change although no resource does. */
export function changesOutputs(stack: Stack, desired: DesiredState): boolean {
  if (!stack.template) {
    return true;
  }
  const outputs = desired.outputs({
    ref: (logicalId) => stack.resources.get(logicalId)?.physicalId ?? knownAfterApply,
    attribute: (logicalId, name) => stack.resources.get(logicalId)?.attributes[name] ?? knownAfterApply,
  });
  return !isSame(outputs, stack.outputs) || !isSame(desired.tags, stack.tags);
}
