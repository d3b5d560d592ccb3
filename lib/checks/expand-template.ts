/**
 * A template as CloudFormation reads it before it creates anything: parameters with a literal default have it, loops are
 * written out, and mappings are looked up.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
 */
import { isJsonObject, type JsonObject } from '../record/text';
import type { Template } from './template';
import { holeOf } from './template-text';

/** The names that are replaced: parameters and loop variables. */
type Values = ReadonlyMap<string, unknown>;

/** CloudFormation's limit on the resources of a stack: more repetitions are none that it would deploy. */
const MAX_REPETITIONS = 500;

/** The key by which values count the repetitions of the loops around them; no name has spaces. */
const REPETITIONS = 'number of repetitions';

const LOOP = 'Fn::ForEach::';

/** Writes the defaults, the loops and the values of mappings out. */
export function expandTemplate(template: Template): Template {
  const { Parameters, Mappings, ...rest } = template;
  const defaults = new Map(
    Object.entries(Object(Parameters)).flatMap(([name, declared]) => {
      const value = defaultOf(Object(declared));
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  return { ...(lookUp(expand(rest, defaults), Object(Mappings)) as Template), Parameters, Mappings };
}

/** Replaces each `Fn::FindInMap` whose three keys are known. */
function lookUp(value: unknown, mappings: JsonObject): unknown {
  if (Array.isArray(value)) {
    return value.map((element) => lookUp(element, mappings));
  }
  if (!isJsonObject(value)) {
    return value;
  }
  const entries = Object.entries(value).map(([key, inner]) => [key, lookUp(inner, mappings)] as const);
  const [[name, keys] = [], ...others] = entries;
  if (name !== 'Fn::FindInMap' || others.length > 0 || !Array.isArray(keys)) {
    return Object.fromEntries(entries);
  }
  const found = keys
    .slice(0, 3)
    .reduce<unknown>(
      (from, key) =>
        isJsonObject(from) && typeof key === 'string' && Object.hasOwn(from, key) ? from[key] : undefined,
      mappings,
    );
  return found ?? { [name]: keys };
}

/** Returns the literal default of a parameter; none if it is empty, which stands for "not given", or names an SSM parameter. */
function defaultOf({ Type: type, Default: value }: Readonly<Record<string, unknown>>): unknown {
  const isLiteral = typeof type === 'string' && !type.startsWith('AWS::SSM::');
  if (!isLiteral || value === undefined || value === null || String(value).trim() === '') {
    return undefined;
  }
  return /List/.test(type)
    ? String(value)
        .split(',')
        .map((one) => one.trim())
    : String(value);
}

function expand(value: unknown, values: Values): unknown {
  if (Array.isArray(value)) {
    return value.flatMap((element) => {
      const expanded = expand(element, values);
      // A parameter that is a list, in a list, stands for its elements.
      return Array.isArray(expanded) && isReference(element) ? expanded : [expanded];
    });
  }
  if (!isJsonObject(value)) {
    return value;
  }
  const { Ref: name, 'Fn::Sub': text } = value;
  if (isReference(value) && values.has(String(name))) {
    return values.get(String(name));
  }
  if (text !== undefined) {
    return { 'Fn::Sub': substitute(text, values) };
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      key.startsWith(LOOP) ? loop(inner, values) : [[key, expand(inner, values)] as const],
    ),
  );
}

function isReference(value: unknown): boolean {
  return isJsonObject(value) && 'Ref' in value && Object.keys(value).length === 1;
}

/** Replaces the names in the text of an `Fn::Sub`; its own variables come first. */
function substitute(argument: unknown, values: Values): unknown {
  const [text, variables] = Array.isArray(argument) ? argument : [argument];
  if (typeof text !== 'string') {
    return expand(argument, values);
  }
  const own = Object(variables);
  const replaced = text.replace(/\$\{([^!}][^}]*)\}/g, (written, name: string) => {
    const value = name in own ? undefined : values.get(name);
    return typeof value === 'string' ? value : written;
  });
  return Array.isArray(argument) ? [replaced, expand(variables, values)] : replaced;
}

/** Writes a loop out: its variable, its collection, and the entries that are repeated. */
function loop(written: unknown, values: Values): readonly (readonly [string, unknown])[] {
  const [variable, collection, body] = Array.isArray(written) ? written : [];
  if (typeof variable !== 'string' || !isJsonObject(body)) {
    return [];
  }
  const elements = expand(collection, values);
  const repetitions = Number(values.get(REPETITIONS) ?? 1) * (Array.isArray(elements) ? elements.length : 1);
  const known =
    Array.isArray(elements) &&
    repetitions <= MAX_REPETITIONS &&
    elements.every((one) => typeof one === 'string');
  return (known ? elements : [undefined]).flatMap((element: string | undefined) => {
    const inner = new Map([...values, [REPETITIONS, repetitions], [variable, element ?? holeOf(variable)]]);
    return Object.entries(repeated(body, variable, element) as object).flatMap(([key, entry]) =>
      key.startsWith(LOOP) ? loop(entry, inner) : [[key, expand(entry, inner)] as const],
    );
  });
}

/** Replaces the variable in every key and text; where its values are not known, keys get its name. */
function repeated(value: unknown, variable: string, element: string | undefined): unknown {
  function replaced(text: string, unknown: string): string {
    const written = element ?? unknown;
    return text
      .replaceAll(`\${${variable}}`, written)
      .replaceAll(`&{${variable}}`, written.replace(/[^A-Za-z0-9]/g, ''));
  }
  if (typeof value === 'string') {
    return replaced(value, holeOf(variable));
  }
  if (Array.isArray(value)) {
    return value.map((one) => repeated(one, variable, element));
  }
  return isJsonObject(value)
    ? Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [
          replaced(key, variable),
          repeated(inner, variable, element),
        ]),
      )
    : value;
}
