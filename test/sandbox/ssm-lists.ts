/** Lists parameters: by path with values, or described without. */

import { type Operations, operation } from './declared-operation';
import { AwsError, type JsonObject } from './operation';
import { decodeMarker, encodeMarker } from './pagination';
import {
  flag,
  type Input,
  ignored,
  integer,
  list,
  oneOf,
  optional,
  structure,
  text,
  withDefault,
} from './parameters';
import type { StoredParameter } from './records';
import {
  describedParameter,
  isUnder,
  parameterArn,
  shownParameter,
  sortedParameters,
  validation,
} from './ssm-parameters';
import type { State } from './state';

const nextToken = optional(text({ min: 1 }));
/** Marks a token that follows an empty page, so that the next page is not empty again. */
const afterEmpty = 'empty:';

const filterMembers = {
  Key: oneOf('Name', 'Path', 'Type'),
  Option: optional(oneOf('Equals', 'BeginsWith', 'Recursive', 'OneLevel')),
  Values: list(text({ min: 1, max: 1024 }), 50),
};
type Filter = Input<typeof filterMembers>;

export const parameterListOperations: Operations = {
  GetParametersByPath: operation({
    parameters: {
      Path: text({ min: 1, max: 2048 }),
      Recursive: withDefault(flag, false),
      WithDecryption: ignored,
      MaxResults: withDefault(integer(1, 10), 10),
      NextToken: nextToken,
    },
    permissions: ({ Path, Recursive }, { state }) => {
      const resource = parameterArn(state, Path.replace(/\/$/, ''));
      const contextKeys = { 'ssm:Recursive': String(Recursive) };
      const asked = { action: 'ssm:GetParametersByPath', resource, contextKeys };
      // The root has no name, so a name stands for it that only `parameter/*` matches.
      return [resource.endsWith('/') ? { ...asked, judgedAs: `${resource}-` } : asked];
    },
    run: ({ Path, Recursive, MaxResults, NextToken }, { state }) => {
      if (!Path.startsWith('/')) {
        throw validation('The parameter path must begin with a forward slash (/).');
      }
      const found = sortedParameters(state).filter(({ name }) => isUnder(name, Path, Recursive));
      const page = pageOf(state, found, MaxResults, NextToken);
      return { Parameters: page.items.map((parameter) => shownParameter(state, parameter)), ...page.rest };
    },
  }),

  DescribeParameters: operation({
    parameters: {
      ParameterFilters: withDefault(list(structure(filterMembers)), []),
      MaxResults: withDefault(integer(1, 50), 50),
      NextToken: nextToken,
    },
    permissions: () => [{ action: 'ssm:DescribeParameters', resource: '*' }],
    run: ({ ParameterFilters, MaxResults, NextToken }, { state }) => {
      const found = sortedParameters(state).filter((parameter) =>
        ParameterFilters.every((filter) => passes(parameter, filter)),
      );
      const page = pageOf(state, found, MaxResults, NextToken);
      return {
        Parameters: page.items.map((parameter) => describedParameter(state, parameter)),
        ...page.rest,
      };
    },
  }),
};

function pageOf(
  state: State,
  sorted: readonly StoredParameter[],
  maxResults: number,
  token: string | undefined,
): { readonly items: readonly StoredParameter[]; readonly rest: JsonObject } {
  const position = token === undefined ? '' : decodeToken(token);
  const after = position.startsWith(afterEmpty) ? position.slice(afterEmpty.length) : position;
  const left = sorted.filter((parameter) => parameter.name > after);
  if (state.settings.emptyPages && left.length > 0 && !position.startsWith(afterEmpty)) {
    return { items: [], rest: { NextToken: encodeMarker(afterEmpty + after) } };
  }
  const items = left.slice(0, Math.min(maxResults, state.settings.pageSize));
  const last = items.at(-1);
  if (last === undefined || items.length === left.length) {
    return { items, rest: {} };
  }
  return { items, rest: { NextToken: encodeMarker(last.name) } };
}

/** @throws AwsError InvalidNextToken */
function decodeToken(token: string): string {
  try {
    return decodeMarker(token);
  } catch {
    throw new AwsError('InvalidNextToken', 400, 'the NextToken is not one this list gave');
  }
}

function passes({ name, type }: StoredParameter, { Key, Option, Values }: Filter): boolean {
  return Values.some((value) => {
    if (Key === 'Path') {
      return isUnder(name, value, Option === 'Recursive');
    }
    const actual = Key === 'Name' ? name : type;
    return Option === 'BeginsWith' ? actual.startsWith(value) : actual === value;
  });
}
