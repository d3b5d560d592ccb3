/**
 * Matches events against patterns as EventBridge does, as far as the alarms use it, and refuses what it does not know.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-content-based-filtering.html
 */

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown, operator: string): string {
  if (typeof value !== 'string') {
    throw new Error(`${operator} takes a text here, not ${JSON.stringify(value)}`);
  }
  return value;
}

function glob(pattern: string): RegExp {
  if (pattern.includes('**')) {
    throw new Error(`${pattern} has two wildcards in a row`);
  }
  return new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
    's',
  );
}

/** The operators, each as a predicate over a value that is present. */
const OPERATORS: Readonly<Record<string, (value: unknown, operand: unknown) => boolean>> = {
  prefix: (value, operand) => typeof value === 'string' && value.startsWith(text(operand, 'prefix')),
  suffix: (value, operand) => typeof value === 'string' && value.endsWith(text(operand, 'suffix')),
  wildcard: (value, operand) => typeof value === 'string' && glob(text(operand, 'wildcard')).test(value),
  'equals-ignore-case': (value, operand) =>
    typeof value === 'string' && value.toLowerCase() === text(operand, 'equals-ignore-case').toLowerCase(),
  'anything-but': (value, operand) => {
    if (isObject(operand)) {
      const [[name = '', inner] = [], ...more] = Object.entries(operand);
      const texts = typeof inner === 'string' ? [inner] : inner;
      const judge = ['prefix', 'suffix', 'wildcard'].includes(name) ? OPERATORS[name] : undefined;
      if (!Array.isArray(texts) || judge === undefined || more.length > 0) {
        throw new Error('anything-but takes prefixes, suffixes, wildcards or a list here');
      }
      return !texts.some((one) => judge(value, one));
    }
    if (!Array.isArray(operand)) {
      throw new Error('anything-but takes prefixes or a list here');
    }
    return !operand.map((one) => text(one, 'anything-but')).includes(String(value));
  },
  exists: (_, operand) => operand === true,
};

function matchesOne(condition: unknown, value: unknown): boolean {
  if (!isObject(condition)) {
    return condition === value;
  }
  const [[operator, operand] = ['', undefined], ...more] = Object.entries(condition);
  const judge = OPERATORS[operator];
  if (judge === undefined || more.length > 0) {
    throw new Error(`${JSON.stringify(condition)} is not an operator that is known here`);
  }
  return judge(value, operand);
}

function isAbsence(condition: unknown): boolean {
  return isObject(condition) && condition.exists === false;
}

/** The conditions of a leaf are alternatives; so are the elements of an array in the event. */
function matchesLeaf(conditions: readonly unknown[], value: unknown): boolean {
  if (value === undefined) {
    return conditions.some(isAbsence);
  }
  const values = Array.isArray(value) ? value : [value];
  return conditions.some((condition) => values.some((one) => matchesOne(condition, one)));
}

/** Tells whether an event matches a pattern. @throws when EventBridge or this matcher would not accept the pattern */
export function matches(pattern: unknown, event: unknown): boolean {
  if (!isObject(pattern) || Object.keys(pattern).length === 0) {
    throw new Error(`${JSON.stringify(pattern)} is not a pattern`);
  }
  const fields = isObject(event) ? event : {};
  // Every field is judged, so that a mistake behind the first mismatch is found as well.
  const verdicts = Object.entries(pattern).map(([key, expected]) => {
    if (key === '$or') {
      if (!Array.isArray(expected) || expected.length < 2) {
        throw new Error('$or takes two patterns or more');
      }
      return expected.map((alternative) => matches(alternative, event)).includes(true);
    }
    if (!Array.isArray(expected)) {
      return matches(expected, fields[key]);
    }
    if (expected.length === 0) {
      throw new Error(`${key} has no condition`);
    }
    return matchesLeaf(expected, fields[key]);
  });
  return !verdicts.includes(false);
}
