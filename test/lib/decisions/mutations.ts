/** Policies with one mistake: every way to weaken, widen, narrow or turn round one element of one statement. */

type Json = Readonly<Record<string, unknown>>;

/** A policy with one mistake, and the mistake in words. */
export interface Mutant {
  readonly mistake: string;
  readonly policy: unknown;
  /** Actions that the changed statement names. */
  readonly about: readonly string[];
}

/** A change to one statement; the statement is dropped where there is none left. */
interface Change {
  readonly what: string;
  readonly statement: Json | undefined;
}

/** All mutants of a policy document but those of statements that are spared. */
export function mutantsOf(document: unknown, spared: ReadonlySet<string> = new Set()): readonly Mutant[] {
  const { Statement: found, ...rest } = document as { Statement: readonly Json[] };
  const statements = found.map((statement) => withLists(statement));
  const changed = statements.flatMap((statement, index) =>
    (spared.has(JSON.stringify(statement)) ? [] : changesOf(statement)).map((change) => ({
      mistake: `${String(statement.Sid ?? `statement ${index}`)}: ${change.what}`,
      about: [statement, change.statement ?? {}].flatMap(actionsOf),
      policy: {
        ...rest,
        Statement: statements.flatMap((each, at) => (at === index ? (change.statement ?? []) : each)),
      },
    })),
  );
  return [...changed.filter(({ policy }) => policy.Statement.length > 0), ...strangers(rest, statements)];
}

/** The statements of a policy document, in the form that `mutantsOf` spares. */
export function statementsOf(document: unknown): readonly string[] {
  const { Statement: found } = document as { Statement: readonly Json[] };
  return found.map((statement) => JSON.stringify(withLists(statement)));
}

/** A statement too many. A policy that grants nothing, or everything, cannot grant too much. */
function strangers(rest: Json, statements: readonly Json[]): readonly Mutant[] {
  const isTrust = statements.some((statement) => 'Principal' in statement);
  const door: Json = isTrust
    ? { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }
    : { Effect: 'Allow', Action: 'iam:*', Resource: '*' };
  const isSelective = statements.some(
    ({ Effect, Action }) => Effect === 'Allow' && !listOf(Action).includes('*'),
  );
  const added = [...(isSelective ? [door] : []), { ...door, Effect: 'Deny' }];
  return added.map((statement) => ({
    mistake: `a statement too many: ${JSON.stringify(statement)}`,
    about: [],
    policy: { ...rest, Statement: [...statements, statement] },
  }));
}

/** The statement with lists where IAM takes one value as well. */
function withLists(statement: Json): Json {
  const lists = ['Action', 'NotAction', 'Resource', 'NotResource'].filter((name) => name in statement);
  return { ...statement, ...Object.fromEntries(lists.map((name) => [name, listOf(statement[name])])) };
}

function actionsOf(statement: Json): readonly string[] {
  return [...listOf(statement.Action ?? []), ...listOf(statement.NotAction ?? [])];
}

function listOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]) as string[];
}

function changesOf(statement: Json): readonly Change[] {
  return [
    { what: 'dropped', statement: undefined },
    {
      what: 'allows instead of denies, or the reverse',
      statement: { ...statement, Effect: statement.Effect === 'Deny' ? 'Allow' : 'Deny' },
    },
    ...actionChanges(statement),
    ...resourceChanges(statement),
    ...conditionChanges(statement),
    ...principalChanges(statement),
  ];
}

/**
 * The actions that a mistake could add to a statement, by the kind of its resources: an action on other resources would
 * change nothing. `*` is a statement about everything, or about everything except its resources.
 */
const STRAY_ALLOWS: Readonly<Record<string, readonly string[]>> = {
  '*': ['*', 'iam:*', 's3:*', 'sts:AssumeRole', 'iam:CreateAccessKey', 'iam:DeleteVirtualMFADevice'],
  user: ['iam:*', 'iam:CreateAccessKey', 'iam:UpdateLoginProfile', 'iam:AttachUserPolicy'],
  mfa: ['iam:*', 'iam:UntagMFADevice'],
  parameter: ['ssm:*', 'ssm:DeleteParameter', 'ssm:GetParameterHistory'],
  console: ['signin:*', 'signin:Authenticate'],
  oauth2: ['signin:*', 'signin:IntrospectOAuth2Token'],
};
const STRAY_DENIALS: Readonly<Record<string, readonly string[]>> = {
  '*': ['*', 'sts:GetSessionToken'],
  user: ['iam:*', 'iam:GetUser'],
};

function strayActions(statement: Json): readonly string[] {
  if ('Principal' in statement) {
    return [];
  }
  // A Deny with NotAction leaves its actions open, as an Allow does.
  const strays = statement.Effect === 'Allow' || 'NotAction' in statement ? STRAY_ALLOWS : STRAY_DENIALS;
  const resources = listOf(statement.Resource ?? '*');
  return resources.flatMap((arn) => strays[/:([a-z0-9]+)\//.exec(arn)?.[1] ?? '*'] ?? []);
}

function actionChanges(statement: Json): readonly Change[] {
  const name = 'NotAction' in statement ? 'NotAction' : 'Action';
  const actions = listOf(statement[name]);
  const strays = actions.includes('*') ? [] : strayActions(statement);
  return [
    ...withoutEach(statement, name),
    ...[...new Set(strays)]
      .filter((action) => !actions.includes(action))
      .map((action) => ({
        what: `${name} has also ${action}`,
        statement: { ...statement, [name]: [...actions, action] },
      })),
    swapped(statement, name, name === 'Action' ? 'NotAction' : 'Action'),
  ];
}

function resourceChanges(statement: Json): readonly Change[] {
  const name = ['Resource', 'NotResource'].find((each) => each in statement);
  if (name === undefined) {
    return [];
  }
  const { [name]: _, ...others } = statement;
  const resources = listOf(statement[name]);
  function edited(name: string, what: string, edit: (arn: string) => string): readonly Change[] {
    return resources
      .filter((arn) => edit(arn) !== arn)
      .map((arn) => ({
        what: `${name} ${arn} ${what}`,
        statement: { ...statement, [name]: resources.map((each) => (each === arn ? edit(arn) : each)) },
      }));
  }
  return [
    ...withoutEach(statement, name),
    ...(resources.includes('*') && name === 'Resource'
      ? []
      : [
          { what: `${name} is everything`, statement: { ...others, Resource: ['*'] } },
          swapped(statement, name, name === 'Resource' ? 'NotResource' : 'Resource'),
        ]),
    ...edited(name, 'is everything', () => '*'),
    ...edited(name, 'is every one of its kind', (arn) => arn.replace(/^(arn:.*?:[a-z]+\/).*/, '$1*')),
    ...edited(name, 'also fits names that begin like it', (arn) => (arn.endsWith('*') ? arn : `${arn}*`)),
    ...edited(name, 'also fits names that begin like its path', (arn) => arn.replace(/([a-z])\/\*$/, '$1*')),
    ...edited(name, 'also fits names that end like it', (arn) => arn.replace('*/$', '*$')),
    ...edited(name, 'is at another path', (arn) => arn.replace(/^(arn:.*?:[a-z]+\/)/, '$1elsewhere/')),
    ...edited(name, 'is in another account', (arn) =>
      arn.replace(/^(arn:[^:]*:[^:]*:[^:]*:)[^:]+/, '$1999988887777'),
    ),
  ];
}

const OTHER_OPERATORS: Readonly<Record<string, readonly string[]>> = {
  Bool: ['BoolIfExists'],
  BoolIfExists: ['Bool'],
  NumericLessThan: ['NumericGreaterThan', 'NumericLessThanIfExists'],
  NumericLessThanIfExists: ['NumericGreaterThanIfExists', 'NumericLessThan'],
  NumericGreaterThan: ['NumericLessThan', 'NumericGreaterThanIfExists'],
  NumericGreaterThanEquals: ['NumericLessThan', 'NumericGreaterThanEqualsIfExists'],
  NumericGreaterThanIfExists: ['NumericLessThanIfExists', 'NumericGreaterThan'],
  NumericGreaterThanEqualsIfExists: ['NumericLessThanIfExists', 'NumericGreaterThanEquals'],
  ArnLike: ['ArnNotLike'],
  ArnNotLike: ['ArnLike'],
  StringEquals: ['StringNotEquals'],
  StringEqualsIgnoreCase: ['StringNotEqualsIgnoreCase'],
};

function conditionChanges(statement: Json): readonly Change[] {
  const conditions = (statement.Condition ?? {}) as Readonly<Record<string, Json>>;
  return Object.entries(conditions).flatMap(([operator, keys]) =>
    Object.entries(keys).flatMap(([key, value]) => {
      const { [key]: _, ...otherKeys } = keys;
      const { [operator]: __, ...otherOperators } = conditions;
      const rest =
        Object.keys(otherKeys).length > 0 ? { ...otherOperators, [operator]: otherKeys } : otherOperators;
      function changed(what: string, name: string, values: unknown): Change {
        return {
          what: `condition ${operator} ${key} ${what}`,
          statement: withCondition(statement, { ...rest, [name]: { ...Object(rest[name]), [key]: values } }),
        };
      }
      return [
        { what: `condition ${operator} ${key} dropped`, statement: withCondition(statement, rest) },
        ...(OTHER_OPERATORS[operator] ?? []).map((name) => changed(`is ${name}`, name, value)),
        ...otherValues(value).map((values) => changed(`is ${JSON.stringify(values)}`, operator, values)),
      ];
    }),
  );
}

function withCondition(statement: Json, conditions: Json): Json {
  const { Condition: _, ...others } = statement;
  return Object.keys(conditions).length === 0 ? others : { ...others, Condition: conditions };
}

function otherValues(value: unknown): readonly unknown[] {
  const values = listOf(value);
  const fewer = values.length > 1 ? values.map((each) => values.filter((other) => other !== each)) : [];
  const edits = values.flatMap((each) => {
    if (each === 'true' || each === 'false') {
      return [each === 'true' ? 'false' : 'true'];
    }
    if (/^\d{12}$/.test(each)) {
      return ['999988887777'];
    }
    if (/^\d+$/.test(each)) {
      return [String(Number(each) * 100), '1'];
    }
    return ['*', each.replace(/^(arn:.*?:[a-z]+\/).*/, '$1*'), each.replace(/[a-z]+$/, 'else')];
  });
  return [...fewer, ...edits.filter((edit) => !values.includes(edit))];
}

function principalChanges(statement: Json): readonly Change[] {
  const { Principal: principal } = statement;
  if (principal === undefined || principal === '*') {
    return [];
  }
  const arns = listOf(Object(principal).AWS);
  return [
    ...['*', 'arn:aws:iam::111122223333:root', 'arn:aws:iam::999988887777:root'].map((AWS) => ({
      what: `principal is ${AWS}`,
      statement: { ...statement, Principal: { AWS } },
    })),
    ...(arns.length > 1
      ? arns.map((arn) => ({
          what: `principal without ${arn}`,
          statement: { ...statement, Principal: { AWS: arns.filter((each) => each !== arn) } },
        }))
      : []),
  ].filter((change) => JSON.stringify(change.statement) !== JSON.stringify(statement));
}

/** The statement without one of the values of a list, for each that is not its last. */
function withoutEach(statement: Json, name: string): readonly Change[] {
  const values = listOf(statement[name]);
  return values.length < 2
    ? []
    : values.map((value) => ({
        what: `${name} without ${value}`,
        statement: { ...statement, [name]: values.filter((each) => each !== value) },
      }));
}

function swapped(statement: Json, from: string, to: string): Change {
  const { [from]: values, ...others } = statement;
  return { what: `${to} in place of ${from}`, statement: { ...others, [to]: values } };
}
