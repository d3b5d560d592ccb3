/**
 * Finds what IAM refuses in a policy document although the policy engine accepts it. The engine skips an unknown
 * condition operator, so without this a misspelled `BoolIfExists` would deploy here but be refused by AWS.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */

/** A statement as parsed from JSON; nothing about it has been checked. */
export type Statement = Readonly<Record<string, unknown>>;

const operators = new Set([
  'ArnEquals',
  'ArnLike',
  'ArnNotEquals',
  'ArnNotLike',
  'BinaryEquals',
  'Bool',
  'DateEquals',
  'DateGreaterThan',
  'DateGreaterThanEquals',
  'DateLessThan',
  'DateLessThanEquals',
  'DateNotEquals',
  'IpAddress',
  'NotIpAddress',
  'NumericEquals',
  'NumericGreaterThan',
  'NumericGreaterThanEquals',
  'NumericLessThan',
  'NumericLessThanEquals',
  'NumericNotEquals',
  'StringEquals',
  'StringEqualsIgnoreCase',
  'StringLike',
  'StringNotEquals',
  'StringNotEqualsIgnoreCase',
  'StringNotLike',
]);

/** The actions that a trust policy can contain, also as patterns. */
const trustActions = [
  'sts:AssumeRole',
  'sts:AssumeRoleWithSAML',
  'sts:AssumeRoleWithWebIdentity',
  'sts:SetContext',
  'sts:SetSourceIdentity',
  'sts:TagSession',
];

/** Finds the first flaw of an identity policy's statements, in IAM's words; undefined when there is none. */
export function flawOfIdentityStatements(statements: readonly Statement[]): string | undefined {
  return (
    flawOfSids(statements) ?? firstFlaw(statements, (each) => flawOfResources(each) ?? flawOfCondition(each))
  );
}

/** Finds the first flaw of a trust policy's statements except missing principals, in IAM's words. */
export function flawOfTrustStatements(statements: readonly Statement[]): string | undefined {
  return flawOfSids(statements) ?? firstFlaw(statements, flawOfTrust);
}

/** Gives the members of a list; a single value is a list of one. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) {
    return [];
  }
  return Array.isArray(value) ? value : [value];
}

/** Lists the principals of one kind, such as `AWS`, under `Principal`. */
export function principalsOf({ Principal }: Statement, kind: string): readonly unknown[] {
  if (Principal === '*') {
    return kind === 'AWS' ? ['*'] : [];
  }
  return isObject(Principal) ? listOf(Principal[kind]) : [];
}

function flawOfSids(statements: readonly Statement[]): string | undefined {
  const sids = statements.flatMap(({ Sid }) => (Sid === undefined ? [] : [String(Sid)]));
  if (sids.some((sid) => !/^[0-9A-Za-z]*$/.test(sid))) {
    return 'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*';
  }
  return new Set(sids).size < sids.length
    ? 'Statement IDs (SID) in a single policy must be unique.'
    : undefined;
}

function flawOfTrust(statement: Statement): string | undefined {
  if (statement.Principal === undefined) {
    return 'Missing required field Principal';
  }
  if (statement.Resource !== undefined) {
    return 'Has prohibited field Resource';
  }
  if (!listOf(statement.Action).every((action) => trustActions.some((known) => matches(action, known)))) {
    return 'AssumeRole policy may only specify STS AssumeRole actions.';
  }
  const [principal] = principalsOf(statement, 'AWS').filter((each) => !isAwsPrincipal(String(each)));
  if (principal !== undefined) {
    return `Invalid principal in policy: "AWS":"${principal}"`;
  }
  const [service] = principalsOf(statement, 'Service').filter((each) => !isServicePrincipal(String(each)));
  if (service !== undefined) {
    return `Invalid principal in policy: "SERVICE":"${service}"`;
  }
  return flawOfCondition(statement);
}

function flawOfResources(statement: Statement): string | undefined {
  for (const resource of [...listOf(statement.Resource), ...listOf(statement.NotResource)]) {
    const text = String(resource);
    if (text === '*') {
      continue;
    }
    if (!/^arn:[^:]+:[^:]+:[^:]*:[^:]*:./.test(text)) {
      return `Resource ${text} must be in ARN format or "*".`;
    }
  }
  return undefined;
}

function flawOfCondition({ Condition }: Statement): string | undefined {
  for (const [operator, keys] of Object.entries(isObject(Condition) ? Condition : {})) {
    if (!isOperator(operator)) {
      return `Syntax errors in policy. Invalid Condition type : ${operator}.`;
    }
    const bare = Object.keys(isObject(keys) ? keys : {}).find((key) => !/^[^:\s]+:\S/.test(key));
    if (bare !== undefined) {
      return `Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.: ${bare}`;
    }
  }
  return undefined;
}

/** `Null` has no IfExists, because that is what it tests. */
function isOperator(text: string): boolean {
  const bare = text.replace(/^For(AllValues|AnyValue):/, '');
  return bare === 'Null' || operators.has(bare.replace(/IfExists$/, ''));
}

/**
 * Accepts everybody, an account, or an ARN of a kind that can act; not the unique ID of a deleted principal.
 */
function isAwsPrincipal(text: string): boolean {
  return (
    text === '*' ||
    /^\d{12}$/.test(text) ||
    /^arn:[\w-]+:iam::\d{12}:(root|(user|role)\/[^*?]+)$/.test(text) ||
    /^arn:[\w-]+:sts::\d{12}:(assumed-role|federated-user)\/[^*?]+$/.test(text)
  );
}

function isServicePrincipal(text: string): boolean {
  return /^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/.test(text);
}

/** Tells whether an action of a policy, which may contain wildcards, matches a known one. */
function matches(action: unknown, known: string): boolean {
  const [vendor = '', name = ''] = String(action).split(':');
  if (vendor.toLowerCase() !== 'sts') {
    return false;
  }
  const pattern = name
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${pattern}$`, 'i').test(known.slice('sts:'.length));
}

function firstFlaw(
  statements: readonly Statement[],
  flawOf: (statement: Statement) => string | undefined,
): string | undefined {
  for (const statement of statements) {
    const flaw = flawOf(statement);
    if (flaw !== undefined) {
      return flaw;
    }
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
