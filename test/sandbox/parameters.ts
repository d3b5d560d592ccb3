/**
 * Readers of request parameters: each checks a decoded value as the API model does and gives it its type. A refusal
 * never contains a value marked secret.
 */

import { AwsError, type Json, type JsonObject } from './operation';

/** Reads one parameter. */
export interface Parameter<T> {
  /** @throws AwsError ValidationError */
  read(value: Json | undefined, name: string): T;
}

/** The readers of a typed input. */
export type Parameters<T> = { readonly [N in keyof T]: Parameter<T[N]> };
/** The typed input that a set of readers gives. */
export type Input<P> = P extends Parameters<infer T> ? Readonly<T> : never;

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

interface TextRules {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: RegExp;
  /** The value is never shown in messages. */
  readonly secret?: true;
}

/**
 * Reads all parameters of an operation.
 *
 * @throws AwsError ValidationError, also for an unknown parameter
 */
export function readInput<T>(parameters: Parameters<T>, input: JsonObject): Readonly<T> {
  for (const name of Object.keys(input)) {
    if (!Object.hasOwn(parameters, name)) {
      const known = Object.keys(parameters).join(', ') || 'none';
      throw invalid(`unknown parameter ${name}: the sandbox knows ${known}`);
    }
  }
  const values = Object.entries<Parameter<unknown>>(parameters).map(([name, parameter]) => [
    name,
    parameter.read(input[name], name),
  ]);
  return Object.fromEntries(values) as Readonly<T>;
}

export function text(rules: TextRules = {}): Parameter<string> {
  const { min = 0, max = Number.POSITIVE_INFINITY, pattern, secret } = rules;
  return {
    read(value, name) {
      if (typeof value !== 'string') {
        throw unsatisfied(name, undefined, 'Member must not be null');
      }
      const shown = secret ? '(withheld)' : value;
      function fail(constraint: string) {
        return unsatisfied(name, shown, constraint);
      }
      if (value.length < min) {
        throw fail(`Member must have length greater than or equal to ${min}`);
      }
      if (value.length > max) {
        throw fail(`Member must have length less than or equal to ${max}`);
      }
      if (pattern && !pattern.test(value)) {
        throw fail(`Member must satisfy regular expression pattern: ${pattern.source}`);
      }
      return value;
    },
  };
}

export function oneOf<const T extends string>(...allowed: readonly T[]): Parameter<T> {
  return {
    read(value, name) {
      const found = allowed.find((candidate) => candidate === value);
      if (found !== undefined) {
        return found;
      }
      throw unsatisfied(name, value, `Member must satisfy enum value set: [${allowed.join(', ')}]`);
    },
  };
}

export function integer(min: number, max: number): Parameter<number> {
  return {
    read(value, name) {
      const number = typeof value === 'string' && value !== '' ? Number(value) : value;
      if (typeof number !== 'number' || !Number.isInteger(number)) {
        throw unsatisfied(name, value, 'Member must be an integer');
      }
      if (number < min) {
        throw unsatisfied(name, value, `Member must have value greater than or equal to ${min}`);
      }
      if (number > max) {
        throw unsatisfied(name, value, `Member must have value less than or equal to ${max}`);
      }
      return number;
    },
  };
}

export const flag: Parameter<boolean> = {
  read(value, name) {
    if (value === true || value === 'true') {
      return true;
    }
    if (value === false || value === 'false') {
      return false;
    }
    throw unsatisfied(name, value, 'Member must be a boolean');
  },
};

export function list<T>(
  item: Parameter<T>,
  maxItems = Number.POSITIVE_INFINITY,
  minItems = 0,
): Parameter<readonly T[]> {
  return {
    read(value, name) {
      // awsQuery writes an empty list as an empty string
      const items: readonly Json[] | undefined = value === '' ? [] : Array.isArray(value) ? value : undefined;
      if (!items) {
        throw unsatisfied(name, value, 'Member must be a list');
      }
      if (items.length > maxItems) {
        throw unsatisfied(name, '(list)', `Member must have length less than or equal to ${maxItems}`);
      }
      if (items.length < minItems) {
        throw unsatisfied(name, '(list)', `Member must have length greater than or equal to ${minItems}`);
      }
      return items.map((entry, index) => item.read(entry, `${name}.${index + 1}`));
    },
  };
}

export function structure<T>(members: Parameters<T>): Parameter<Readonly<T>> {
  return {
    read(value, name) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw unsatisfied(name, '(not a structure)', 'Member must be a structure');
      }
      return readInput(members, value as JsonObject);
    },
  };
}

export function optional<T>(parameter: Parameter<T>): Parameter<T | undefined> {
  return {
    read: (value, name) => (value === undefined || value === null ? undefined : parameter.read(value, name)),
  };
}

/** Reads an optional parameter with AWS's default. */
export function withDefault<T>(parameter: Parameter<T>, fallback: T): Parameter<T> {
  return {
    read: (value, name) => (value === undefined || value === null ? fallback : parameter.read(value, name)),
  };
}

/** Accepts and ignores a parameter, because nothing in the sandbox depends on it. */
export const ignored: Parameter<Json | undefined> = { read: (value) => value };

/** Letters, digits, spaces and `_.:/=+-@`: no bracket, comma or quotation mark. */
const tagCharacters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
export const tagKey = text({ min: 1, max: 128, pattern: tagCharacters });
const tagItems = list(structure({ Key: tagKey, Value: text({ max: 256, pattern: tagCharacters }) }), 50);

export const tags: Parameter<readonly Tag[]> = {
  read(value, name) {
    const read = tagItems.read(value, name);
    if (new Set(read.map((tag) => tag.Key.toLowerCase())).size < read.length) {
      throw new AwsError(
        'InvalidInput',
        400,
        'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
      );
    }
    const reserved = read.find((tag) => tag.Key.toLowerCase().startsWith('aws:'));
    if (reserved) {
      throw unsatisfied(name, reserved.Key, 'System tags cannot be added by requester');
    }
    return read;
  },
};

function unsatisfied(name: string, value: Json | undefined, constraint: string): AwsError {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  const shown =
    value === undefined ? 'null' : `'${typeof value === 'object' ? JSON.stringify(value) : value}'`;
  return invalid(
    `1 validation error detected: Value ${shown} at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}

/** Creates the error, whose code the dispatcher converts to that of the service's protocol. */
function invalid(message: string): AwsError {
  return new AwsError('ValidationError', 400, message);
}
