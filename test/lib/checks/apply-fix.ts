/** Applies the fix of a finding as a person would who does exactly what it says. */
import type { Finding } from '../../../lib/checks/rule';

export interface JsonStatement {
  Effect: string;
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Principal?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

/** The readings of a fix, in the order in which they are tried; `undefined` when it says something else. */
const READINGS: readonly ((fix: string, at: JsonStatement) => readonly JsonStatement[] | undefined)[] = [
  // add { "Effect": "Deny", … }
  (fix, at) => {
    const added = /^add (\{ "Effect".*\} \})/.exec(fix)?.[1];
    return added === undefined ? undefined : [at, JSON.parse(added)];
  },
  // add the same Deny with …
  (fix, at) => {
    if (!fix.startsWith('add the same Deny')) {
      return undefined;
    }
    const { Resource: _resource, NotResource: _notResource, ...rest } = at;
    const action = /"Action": (\[.*?\])/.exec(fix)?.[1];
    return action === undefined
      ? [at, written(fix, { ...at })]
      : [at, { ...without(rest), Action: JSON.parse(action), Resource: '*' }];
  },
  // move X and Y to a statement with { … }
  (fix, at) => {
    const [, names = '', condition] = /^move (.*?) to a statement with (\{.*?\} \})/.exec(fix) ?? [];
    if (condition === undefined) {
      return undefined;
    }
    const moved = names.split(' and ');
    const left = list(at.Action).filter((action) => !moved.some((one) => isSame(one, action)));
    return [
      ...(left.length === 0 ? [] : [{ ...at, Action: left }]),
      { ...at, Action: moved, Condition: { ...conditionsBut(at), ...JSON.parse(condition) } },
      ...forRoles(fix, { ...at, Action: moved }),
    ];
  },
  // allow X on Y in a statement of its own
  (fix, at) => {
    const [, action, resource] = /^allow (iam:\w+) on (\S+) in a statement of its own/.exec(fix) ?? [];
    return action === undefined || resource === undefined
      ? undefined
      : [at, { ...at, Action: [action], Resource: [resource] }];
  },
  // exempt Y in a statement for X alone
  (fix, at) => {
    const [, resource, action] = /^exempt (\S+) in a statement for (iam:\w+) alone/.exec(fix) ?? [];
    return action === undefined || resource === undefined
      ? undefined
      : [
          { ...at, Action: list(at.Action).filter((one) => !isSame(one, action)) },
          { ...at, Action: [action], NotResource: [...list(at.NotResource), resource] },
        ];
  },
  (fix, at) => (fix.startsWith('remove the statement') ? [] : at && undefined),
  (fix, at) =>
    fix.startsWith('remove the condition') ? [{ ...at, Condition: conditionsBut(at) }] : undefined,
  // trust it, or allow it, without the condition, in its own statement
  (fix, at) => {
    if (!/^(trust|allow) it without the condition/.test(fix)) {
      return undefined;
    }
    const { AWS, ...machines } = at.Principal as Record<string, string | string[]>;
    const people = list(AWS).filter((arn) => !arn.includes(':role/'));
    const roles = list(AWS).filter((arn) => arn.includes(':role/'));
    return [
      ...(people.length === 0 ? [] : [{ ...at, Principal: { AWS: people } }]),
      {
        ...at,
        Principal: { ...machines, ...(roles.length === 0 ? {} : { AWS: roles }) },
        Condition: conditionsBut(at),
      },
    ];
  },
  // require MFA in this statement as well
  (fix, at) =>
    fix.startsWith('require MFA in this statement')
      ? [{ ...at, Condition: { ...at.Condition, Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }]
      : undefined,
  // add the condition { … }
  (fix, at) => {
    const condition = /^add the condition (\{.*?\} \})/.exec(fix)?.[1];
    return condition === undefined
      ? undefined
      : [{ ...at, Condition: { ...at.Condition, ...JSON.parse(condition) } }];
  },
  // write arn:…, add arn:…
  (fix, at) => {
    const [, verb, arn] = /^(write|add) (arn:[^;]+);/.exec(fix) ?? [];
    if (arn === undefined) {
      return undefined;
    }
    const name = at.Resource === undefined ? 'NotResource' : 'Resource';
    const kept = list(at[name]).filter((one) => verb === 'add' || !one.includes(':mfa/'));
    return [{ ...at, [name]: [...kept, arn] }];
  },
  // write { … } or "NotAction": […]; if roles use it, allow it to them in another statement
  (fix, at) => {
    if (!/^write /.test(fix)) {
      return undefined;
    }
    return [written(fix, at), ...forRoles(fix, at)];
  },
  (fix, at) => (fix.startsWith('keep it for people') ? [at, ...forRoles(fix, at)] : undefined),
];

/** Returns the statements that replace one. @throws when the fix cannot be applied mechanically */
export function fixed(at: JsonStatement, { fix }: Finding): readonly JsonStatement[] {
  for (const read of READINGS) {
    const statements = read(fix, at);
    if (statements !== undefined) {
      return statements;
    }
  }
  throw new Error(`cannot do what the fix says: ${fix}`);
}

/** The statement for roles, if the fix speaks of one. */
function forRoles(fix: string, at: JsonStatement): readonly JsonStatement[] {
  const condition = /if roles use it, .* with (\{.*\} \})$/.exec(fix)?.[1];
  return condition === undefined
    ? []
    : [{ ...at, Condition: { ...conditionsBut(at), ...JSON.parse(condition) } }];
}

/** Writes the conditions on MFA, and the exemption, that a fix spells out. */
function written(fix: string, at: JsonStatement): JsonStatement {
  const condition = /(\{ "\w+": \{.*?\} \})/.exec(fix)?.[1];
  const notAction = /"NotAction": (\[.*?\])/.exec(fix)?.[1];
  return {
    ...(notAction === undefined ? at : { ...without(at), NotAction: JSON.parse(notAction) }),
    ...(condition === undefined ? {} : { Condition: { ...conditionsBut(at), ...JSON.parse(condition) } }),
  };
}

function without({ Action: _action, NotAction: _notAction, ...rest }: JsonStatement): JsonStatement {
  return rest;
}

/** The conditions of a statement that are not on MFA. */
function conditionsBut({ Condition = {} }: JsonStatement): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(Condition).flatMap(([operator, keys]) => {
      const left = Object.entries(keys).filter(([key]) => !/multifactor/i.test(key));
      return left.length === 0 ? [] : [[operator, Object.fromEntries(left)]];
    }),
  );
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function list(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}
