/** The size of a policy after CloudFormation has filled in its references: AWS refuses one that is too large. */
import { type IResolvable, Reference, Token } from 'aws-cdk-lib';
import { CfnUser } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { resolveReplacing } from './token-replacer';

/** The limit on the size of a kind of policy. */
interface SizeLimit {
  /** The limit in characters, all of them ASCII, without white space. */
  readonly characters: number;
  /** The service that sets the limit. */
  readonly setBy: string;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const MANAGED_POLICY: SizeLimit = { characters: 6144, setBy: 'IAM' };
/**
 * The default of a quota that an account may have raised. The default counts anyway: guardrails are
 * deployed in many accounts, and there is always a way to need fewer statements.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const TRUST_POLICY: SizeLimit = {
  characters: 2048,
  setBy: "IAM's default quota, which alone counts here,",
};
/** https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html */
export const SERVICE_CONTROL_POLICY: SizeLimit = { characters: 5120, setBy: 'AWS Organizations' };

/** Stands for an account, a partition or a Region: as long as the longest of them. */
const PSEUDO_PARAMETER = '_'.repeat(14);
/** Stands for a reference: as long as most ARNs. */
const REFERENCE = '_'.repeat(80);

/**
 * Returns the approximate number of characters of a policy when it is deployed, without white space, as IAM counts.
 *
 * @param document the policy as it is in the template: resolved, with intrinsics
 */
export function deployedSize(document: unknown): number {
  return JSON.stringify(document ?? {}, (_key, value) => deployedText(value)).length;
}

/** A policy to judge by its size. */
interface SizedPolicy {
  /** The policy and its place, such as `policy of 'Stack/Enforcement'`. */
  readonly what: string;
  /** The policy, with tokens. */
  readonly document: unknown;
  readonly limit: SizeLimit;
  /** The reason for its size, such as `open actions: 300`. */
  readonly counts: string;
  /** The fix. */
  readonly fix: string;
}

/**
 * Judges the size when the app is synthesized: statements may be added to a policy after its construction, and lists be
 * known only then. A policy that is too large is an error of the synthesis.
 */
export function limitSize(scope: IConstruct, policy: SizedPolicy): void {
  scope.node.addValidation({ validate: () => sizeProblems(scope, policy) });
}

/**
 * Judges the size now, for policies that the props alone can make too large.
 *
 * @throws when it is too large
 */
export function requireSize(scope: IConstruct, policy: SizedPolicy): void {
  const [problem] = sizeProblems(scope, policy);
  if (problem !== undefined) {
    throw new Error(problem);
  }
}

/** Judges the size of a policy: returns one line if it is too large, or none. */
export function sizeProblems(scope: IConstruct, policy: SizedPolicy): string[] {
  const { what, document, limit, counts, fix } = policy;
  const size = deployedSize(resolveReplacing(scope, document, userArn));
  return size <= limit.characters
    ? []
    : [
        `the ${what} has about ${size} characters (${counts}), ${limit.setBy} allows ${limit.characters}; ${fix}`,
      ];
}

/** Makes the longest ARN that a user of the app can have, if its path and name are known: trust policies consist of these. */
function userArn(token: IResolvable): string | undefined {
  if (!Reference.isReference(token) || !CfnUser.isCfnUser(token.target) || token.displayName !== 'Arn') {
    return undefined;
  }
  const { userName, path = '/' } = token.target;
  return userName === undefined || Token.isUnresolved(userName + path)
    ? undefined
    : `arn:aws-us-gov:iam::111122223333:user${path}${userName}`;
}

/** Returns an intrinsic as a text of about its length, and anything else unchanged. */
function deployedText(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const [[key, argument] = ['', undefined], ...more] = Object.entries(value);
  if (more.length > 0) {
    return value;
  }
  if (key === 'Fn::Join') {
    return joined(argument);
  }
  if (key === 'Fn::Split') {
    const [separator, text] = argument as readonly [string, unknown];
    return String(deployedText(text)).split(separator);
  }
  if (key === 'Ref') {
    return String(argument).startsWith('AWS::') ? PSEUDO_PARAMETER : REFERENCE;
  }
  return key.startsWith('Fn::') ? REFERENCE : value;
}

/** Joins the parts, which may be one intrinsic: a list that is known only at deployment. */
function joined(argument: unknown): string {
  const [separator, parts] = argument as readonly [string, unknown];
  return Array.isArray(parts)
    ? parts.map((part) => String(deployedText(part))).join(separator)
    : String(deployedText(parts));
}
