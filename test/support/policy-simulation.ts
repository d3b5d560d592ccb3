/** Asks synthesised policies who may do what, with an evaluator that is not ours. */
import { type RunSimulationResults, runSimulation } from '@cloud-copilot/iam-simulate';

/** Where the policies are deployed, for their pseudo parameters. */
export const ACCOUNT = '111122223333';
const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-central-1',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** How the caller signed in: the MFA keys of the request. */
export const SIGN_IN = {
  'a long-term key': {},
  'a session without MFA': { 'aws:MultiFactorAuthPresent': 'false' },
  'fresh MFA': { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '10' },
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
export function user(name: string, path = '/', account = ACCOUNT): Caller {
  const arn = `arn:aws:iam::${account}:user${path}${name}`;
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

/** The session of a role: no user name and no MFA keys, whatever the role was assumed with. */
export function roleSession(role: string): Caller {
  return {
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/session`,
    context: {
      'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/${role}`,
      'aws:PrincipalAccount': ACCOUNT,
      'aws:PrincipalType': 'AssumedRole',
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
}

export type Decision = 'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied';

/**
 * Evaluates a request.
 *
 * @throws when the evaluator finds the request or a policy invalid: a misspelt action must not pass as "denied"
 */
export async function decide(request: Request): Promise<Decision> {
  const result: RunSimulationResults = await runSimulation(
    {
      identityPolicies: request.policies.map((policy, index) => ({ name: `policy-${index}`, policy })),
      resourceControlPolicies: [],
      serviceControlPolicies: [],
      ...(request.trust === undefined ? {} : { resourcePolicy: request.trust }),
      request: {
        action: request.action,
        principal: request.caller.arn,
        resource: { resource: request.resource, accountId: ACCOUNT },
        contextVariables: { ...request.caller.context, ...SIGN_IN[request.signIn] },
      },
    },
    {},
  );
  if (result.resultType === 'error') {
    throw new Error(`${request.action} on ${request.resource}: ${JSON.stringify(result.errors)}`);
  }
  return result.overallResult as Decision;
}

/** A policy that allows everything: what the guardrails must hold against. */
export const ADMINISTRATOR = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};

/**
 * A template value as CloudFormation would deploy it.
 *
 * @throws for an intrinsic other than Fn::Join and Ref of a pseudo parameter or of a name in `refs`
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
  if (key.startsWith('Fn::')) {
    throw new Error(`cannot render ${JSON.stringify(value)}`);
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, rendered(item, refs)]));
}

function referred(name: string, refs: Readonly<Record<string, string>>): string {
  const value = PSEUDO_PARAMETERS[name] ?? refs[name];
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
