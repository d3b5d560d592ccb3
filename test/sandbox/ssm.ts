/** AWS Systems Manager Parameter Store, standard tier, String and StringList: reading, writing, deleting. */

import type { Permission } from './caller';
import { requestTagKeys } from './context-keys';
import { type DeclaredService, type Operations, operation } from './declared-operation';
import { AwsError } from './operation';
import { flag, ignored, list, oneOf, optional, type Tag, tags, text, withDefault } from './parameters';
import type { StoredParameter } from './records';
import { parameterListOperations } from './ssm-lists';
import {
  checkParameterName,
  parameterArn,
  parameterNotFound,
  shownParameter,
  validation,
} from './ssm-parameters';
import { parameterTagOperations } from './ssm-tags';
import type { State } from './state';

const maxValueBytes = 4096;
const maxParameters = 10_000;
const name = text({ min: 1, max: 2048 });
const names = list(name, 10, 1);

const putParameter = operation({
  parameters: {
    Name: name,
    Value: text({ min: 1, secret: true }),
    Type: optional(oneOf('String', 'StringList')),
    Overwrite: withDefault(flag, false),
    Description: optional(text({ max: 1024 })),
    AllowedPattern: optional(text({ max: 1024 })),
    DataType: withDefault(oneOf('text'), 'text'),
    Tier: withDefault(oneOf('Standard'), 'Standard'),
    Tags: withDefault(tags, []),
  },
  permissions: ({ Name, Overwrite, Tags }, { state }) => {
    const resource = parameterArn(state, Name);
    const contextKeys = { 'ssm:Overwrite': String(Overwrite), ...requestTagKeys(Tags) };
    const tagging = { action: 'ssm:AddTagsToResource', resource, contextKeys: requestTagKeys(Tags) };
    return [{ action: 'ssm:PutParameter', resource, contextKeys }, ...(Tags.length > 0 ? [tagging] : [])];
  },
  run: (input, { caller, state }) => {
    checkParameterName(state, input.Name);
    checkValue(input.Value, input.AllowedPattern);
    const before = state.parameters.get(input.Name);
    if (before && !input.Overwrite) {
      throw new AwsError(
        'ParameterAlreadyExists',
        400,
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    }
    if (input.Overwrite && input.Tags.length > 0) {
      throw validation(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
      );
    }
    if (!before && state.parameters.size >= maxParameters) {
      throw new AwsError(
        'ParameterLimitExceeded',
        400,
        `the account has ${maxParameters} parameters already`,
      );
    }
    const type = input.Type ?? before?.type;
    if (type === undefined) {
      throw validation('A parameter type is required when you create a parameter.');
    }
    const stored = changed(before, { ...input, Type: type }, caller.arn, state.settings.clock.now());
    state.parameters.set(stored.name, stored);
    return { Version: stored.version, Tier: 'Standard' };
  },
});

interface Written {
  readonly Name: string;
  readonly Value: string;
  readonly Type: 'String' | 'StringList';
  readonly Description: string | undefined;
  readonly DataType: string;
  readonly Tags: readonly Tag[];
}

function changed(
  before: StoredParameter | undefined,
  input: Written,
  by: string,
  at: number,
): StoredParameter {
  return {
    name: input.Name,
    type: input.Type,
    value: input.Value,
    version: (before?.version ?? 0) + 1,
    description: input.Description ?? before?.description,
    dataType: input.DataType,
    modifiedAt: at,
    modifiedBy: by,
    tags: before?.tags ?? new Map(input.Tags.map((tag) => [tag.Key, tag.Value])),
  };
}

/** @throws AwsError, whose message never contains the value */
function checkValue(value: string, allowedPattern: string | undefined): void {
  if (Buffer.byteLength(value) > maxValueBytes) {
    throw validation(
      `Standard tier parameters support a maximum parameter value of ${maxValueBytes} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.`,
    );
  }
  if (value.includes('{{')) {
    throw validation('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.');
  }
  if (allowedPattern !== undefined && !patternOf(allowedPattern).test(value)) {
    throw new AwsError(
      'ParameterPatternMismatchException',
      400,
      'Parameter value does not match the allowed pattern.',
    );
  }
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new AwsError('InvalidAllowedPatternException', 400, `the allowed pattern ${text} is not valid`);
  }
}

/** @throws AwsError ValidationException */
function refuseDuplicates(wanted: readonly string[]): void {
  if (new Set(wanted).size < wanted.length) {
    throw validation('The parameter names must not be repeated.');
  }
}

const readOperations: Operations = {
  GetParameter: operation({
    parameters: { Name: name, WithDecryption: ignored },
    permissions: ({ Name }, { state }) => [
      { action: 'ssm:GetParameter', resource: parameterArn(state, Name) },
    ],
    run: ({ Name }, { state }) => {
      const parameter = state.parameters.get(Name);
      if (!parameter) {
        throw parameterNotFound();
      }
      return { Parameter: shownParameter(state, parameter) };
    },
  }),

  GetParameters: operation({
    parameters: { Names: names, WithDecryption: ignored },
    permissions: ({ Names }, { state }) => onEach(state, 'ssm:GetParameters', Names),
    run: ({ Names }, { state }) => {
      refuseDuplicates(Names);
      const known = Names.flatMap((wanted) => state.parameters.get(wanted) ?? []);
      return {
        Parameters: known.map((parameter) => shownParameter(state, parameter)),
        InvalidParameters: Names.filter((wanted) => !state.parameters.has(wanted)),
      };
    },
  }),
};

const deleteOperations: Operations = {
  DeleteParameter: operation({
    parameters: { Name: name },
    permissions: ({ Name }, { state }) => [
      { action: 'ssm:DeleteParameter', resource: parameterArn(state, Name) },
    ],
    run: ({ Name }, { state }) => {
      if (!state.parameters.delete(Name)) {
        throw parameterNotFound();
      }
      return {};
    },
  }),

  DeleteParameters: operation({
    parameters: { Names: names },
    permissions: ({ Names }, { state }) => onEach(state, 'ssm:DeleteParameters', Names),
    run: ({ Names }, { state }) => ({
      InvalidParameters: Names.filter((wanted) => !state.parameters.has(wanted)),
      DeletedParameters: Names.filter((wanted) => state.parameters.delete(wanted)),
    }),
  }),
};

function onEach(state: State, action: string, wanted: readonly string[]): Permission[] {
  return wanted.map((each) => ({ action, resource: parameterArn(state, each) }));
}

export const ssm: DeclaredService = {
  name: 'ssm',
  protocol: 'awsJson1.1',
  declared: {
    PutParameter: putParameter,
    ...readOperations,
    ...deleteOperations,
    ...parameterListOperations,
    ...parameterTagOperations,
  },
};
