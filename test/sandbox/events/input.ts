/**
 * Makes the input of a rule's target: the event, a constant, a part of the event, or a text made from it.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */

import { isList, isObject, toText } from '../cloudformation/json';
import type { Json, JsonObject } from '../operation';

/** @param target as in the rule's Targets. @returns text, as the target receives it */
export function inputFor(target: JsonObject, event: JsonObject): string {
  const { Input, InputPath, InputTransformer } = target;
  if (typeof Input === 'string') {
    return Input;
  }
  if (typeof InputPath === 'string') {
    return JSON.stringify(at(event, InputPath) ?? null);
  }
  if (!isObject(InputTransformer)) {
    return JSON.stringify(event);
  }
  const paths = isObject(InputTransformer.InputPathsMap) ? InputTransformer.InputPathsMap : {};
  const values = Object.fromEntries(
    Object.entries(paths).map(([name, path]) => [name, at(event, toText(path) ?? '')]),
  );
  return transform(toText(InputTransformer.InputTemplate) ?? '', values);
}

/**
 * Fills in `<names>`: as text inside quotation marks, where values missing from the event are left out, and as
 * JSON elsewhere. The quotation marks of a line stay, as subscribers see them.
 *
 * @throws Error for a name that has no path: PutTargets would refuse it
 */
function transform(template: string, values: Readonly<Record<string, Json | undefined>>): string {
  function valueNamed(name: string): Json | undefined {
    if (!Object.hasOwn(values, name)) {
      throw new Error(`the input template names ${name}, which has no path`);
    }
    return values[name];
  }
  function asText(name: string): string {
    const value = valueNamed(name);
    return value === undefined ? '' : (toText(value) ?? JSON.stringify(value));
  }
  return template.replace(/"(?:[^"\\]|\\.)*"|<([\w.-]+)>/g, (part, bare: string | undefined) =>
    bare === undefined
      ? part.replace(/<([\w.-]+)>/g, (_match, name: string) => asText(name))
      : JSON.stringify(valueNamed(bare) ?? null),
  );
}

/** `$.detail.userIdentity.arn`, with indices as in `$.resources[0]`. */
function at(event: JsonObject, path: string): Json | undefined {
  if (!/^\$(\.[\w-]+(\[\d+\])?)*$/.test(path)) {
    throw new Error(`the sandbox does not read the path ${path}`);
  }
  const steps = [...path.slice(1).matchAll(/[\w-]+/g)].map(([step]) => step);
  return steps.reduce<Json | undefined>((value, step) => {
    if (isList(value)) {
      return value[Number(step)];
    }
    return isObject(value) ? value[step] : undefined;
  }, event);
}
