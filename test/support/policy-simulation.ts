/** Asks synthesized policies who may do what, with an evaluator that is not ours. */
import {
  type RunSimulationResults,
  runSimulation,
  runUnsafeSimulation,
  type Simulation,
} from './policy-evaluator';

/** Where the policies are deployed, for their pseudo parameters. */
export const ACCOUNT = '111122223333';
const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-central-1',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** The caller's sign-in: the MFA keys of the request. */
export const SIGN_IN = {
  'a long-term key': {},
  'a session without MFA': { 'aws:MultiFactorAuthPresent': 'false' },
  'fresh MFA': { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '10' },
  'MFA of 59 minutes ago': { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '3540' },
  'MFA of 61 minutes ago': { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '3660' },
  'MFA of yesterday': { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '86400' },
} as const satisfies Record<string, Readonly<Record<string, string>>>;

export type SignIn = keyof typeof SIGN_IN;

/** An identity that calls AWS. */
export interface Caller {
  readonly arn: string;
  /** Keys of the request besides the MFA keys. */
  readonly context: Readonly<Record<string, string>>;
}

/** An IAM user. `path` begins and ends with a slash. */
export function user(name: string, path = '/', account = ACCOUNT, partition = 'aws'): Caller {
  const arn = `arn:${partition}:iam::${account}:user${path}${name}`;
  return {
    arn,
    context: {
      'aws:username': name,
      'aws:PrincipalArn': arn,
      'aws:PrincipalAccount': account,
      'aws:PrincipalType': 'User',
    },
  };
}

/**
 * The session of a role: no user name and no MFA keys, whatever the role was assumed with.
 *
 * `role` is its name, or its path without the first slash and its name: the path is in the ARN of the role, not in
 * that of the session.
 */
export function roleSession(role: string, account = ACCOUNT, partition = 'aws'): Caller {
  return {
    arn: `arn:${partition}:sts::${account}:assumed-role/${role.slice(role.lastIndexOf('/') + 1)}/session`,
    context: {
      'aws:PrincipalArn': `arn:${partition}:iam::${account}:role/${role}`,
      'aws:PrincipalAccount': account,
      'aws:PrincipalType': 'AssumedRole',
    },
  };
}

/** A session of GetFederationToken: no user name and no MFA keys, whoever asked for it. */
export function federatedUser(name: string, account = ACCOUNT, partition = 'aws'): Caller {
  const arn = `arn:${partition}:sts::${account}:federated-user/${name}`;
  return {
    arn,
    context: {
      'aws:PrincipalArn': arn,
      'aws:PrincipalAccount': account,
      'aws:PrincipalType': 'FederatedUser',
    },
  };
}

/** One question. */
export interface Request {
  readonly caller: Caller;
  readonly signIn: SignIn;
  readonly action: string;
  readonly resource: string;
  /** Identity policies of the caller, rendered. */
  readonly policies: readonly unknown[];
  /** The trust policy of the role, when the question is who may assume it. */
  readonly trust?: unknown;
  /** The permissions boundary of the caller. */
  readonly boundary?: unknown;
  /** Service control policies on the caller's account, in addition to the one that allows everything. */
  readonly serviceControls?: readonly unknown[];
}

export type Decision = 'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied';

/**
 * Evaluates a request.
 *
 * @throws when the evaluator finds the request or a policy invalid: a misspelled action must not pass as "denied"
 */
export async function decide(request: Request): Promise<Decision> {
  const result: RunSimulationResults = await runSimulation(simulationOf(request), {});
  if (result.resultType === 'error') {
    throw new Error(`${request.action} on ${request.resource}: ${JSON.stringify(result.errors)}`);
  }
  return result.overallResult as Decision;
}

/**
 * In place of `*`, the resource of an action that knows no resources: the unchecked evaluator takes `*` for a wildcard,
 * which every statement overlaps, where AWS matches it with a literal `*` only, as nothing but `*` matches this.
 */
const NO_RESOURCE = 'arn:aws:none:::none';

/**
 * Evaluates a request several times faster than `decide`, for big tables, and without its checks: `decide` must have
 * taken the action, the resource and the policies. A resource of `*` is for actions that know no resources. Trust
 * policies are for `decide` only.
 */
export function decideUnchecked(request: Omit<Request, 'trust'>): Decision {
  const resource = request.resource === '*' ? NO_RESOURCE : request.resource;
  return runUnsafeSimulation(simulationOf({ ...request, resource }), {
    simulationMode: 'Strict',
  }) as Decision;
}

function simulationOf(request: Request): Simulation {
  const { trust, boundary, serviceControls } = request;
  return {
    identityPolicies: named(request.policies),
    resourceControlPolicies: [],
    serviceControlPolicies:
      serviceControls === undefined
        ? []
        : [{ orgIdentifier: 'r-root', policies: named([ADMINISTRATOR, ...serviceControls]) }],
    ...(trust === undefined ? {} : { resourcePolicy: trust }),
    ...(boundary === undefined ? {} : { permissionBoundaryPolicies: named([boundary]) }),
    request: {
      action: request.action,
      principal: request.caller.arn,
      resource: { resource: request.resource, accountId: ACCOUNT },
      contextVariables: { ...request.caller.context, ...SIGN_IN[request.signIn] },
    },
  };
}

function named(policies: readonly unknown[]): { name: string; policy: unknown }[] {
  return policies.map((policy, index) => ({ name: `policy-${index}`, policy }));
}

/** A policy that allows everything: what the guardrails must hold against. */
export const ADMINISTRATOR = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};

/**
 * A template value as CloudFormation would deploy it. `refs` may also change a pseudo parameter, to render the value
 * for another partition.
 *
 * @throws for an intrinsic other than Fn::Join, Ref of a pseudo parameter or of a name in `refs`, and Fn::GetAtt of a
 *   `Name.Attribute` in `refs`
 */
export function rendered(value: unknown, refs: Readonly<Record<string, string>> = {}): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => rendered(item, refs));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const [[key, argument] = ['', undefined], ...more] = Object.entries(value);
  if (more.length === 0 && key === 'Ref') {
    return referred(String(argument), refs);
  }
  if (more.length === 0 && key === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map((part) => String(rendered(part, refs))).join(separator);
  }
  if (more.length === 0 && key === 'Fn::GetAtt') {
    const attribute = refs[(argument as string[]).join('.')];
    if (attribute !== undefined) {
      return attribute;
    }
  }
  if (key.startsWith('Fn::')) {
    throw new Error(`cannot render ${JSON.stringify(value)}`);
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, rendered(item, refs)]));
}

function referred(name: string, refs: Readonly<Record<string, string>>): string {
  const value = refs[name] ?? PSEUDO_PARAMETERS[name];
  if (value === undefined) {
    throw new Error(`cannot render Ref ${name}; give its value in refs`);
  }
  return value;
}

/** The size IAM counts: the rendered JSON without white space, in the partition and Region with the longest names. */
export function policySize(document: unknown): number {
  const longest = JSON.stringify(rendered(document))
    .replaceAll('arn:aws:', 'arn:aws-us-gov:')
    .replaceAll('eu-central-1', 'ap-southeast-2');
  return longest.length;
}
