/** The role for emergencies: what break-glass users may do, once they have given MFA a moment ago. */
import { Duration, Token } from 'aws-cdk-lib';
import {
  AnyPrincipal,
  CfnUser,
  Effect,
  type IManagedPolicy,
  PolicyStatement,
  PrincipalBase,
  PrincipalPolicyFragment,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { deployedSize } from '../policy/policy-size';
import { MfaRole } from '../trust/mfa-trust';
import { deployedTrust, TRUST_POLICY } from '../trust/trust-size';
import type { BreakGlassUser } from './break-glass-user';

/** Properties of a BreakGlassRole. */
export interface BreakGlassRoleProps {
  /**
   * Who may assume the role: at least one user.
   *
   * The trust policy names them, so they need no policy of their own to assume it.
   */
  readonly users: BreakGlassUser[];

  /**
   * What the role may do.
   *
   * @default - nothing; grant it something, or use `addManagedPolicy` or `addToPolicy`
   */
  readonly managedPolicies?: IManagedPolicy[];

  /**
   * The name of the role, the one that people type when they switch to it in the console.
   *
   * @default - CloudFormation generates a name
   */
  readonly roleName?: string;

  /**
   * What the role is for.
   *
   * @default - says that it is for emergencies, assumed by break-glass users with MFA
   */
  readonly description?: string;

  /**
   * The greatest age of the MFA sign-in when the role is assumed, 1 minute to 36 hours.
   *
   * In the console MFA is as old as the sign-in, so with the default people sign in and switch to the role at once; who
   * was slower signs out and in again.
   *
   * @default Duration.minutes(5) - MFA was given a moment ago
   */
  readonly maxAge?: Duration;

  /**
   * How long a session of the role may last, 1 to 12 hours.
   *
   * @default Duration.hours(1) - the shortest maximum that IAM knows
   */
  readonly maxSessionDuration?: Duration;

  /**
   * The Regions whose STS endpoints the role may be assumed through, whoever assumes it.
   *
   * CloudTrail delivers a call of AssumeRole in the Region of the endpoint, so an alarm hears of it only where it
   * listens. The global endpoint, `sts.amazonaws.com`, counts as `us-east-1` and is delivered there, whichever Region
   * serves it.
   *
   * @default - any Region
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_region-endpoints.html
   */
  readonly regions?: string[];
}

/**
 * A role for emergencies: break-glass users assume it, with MFA no older than a few minutes, for an hour.
 *
 * Nobody but the users can assume it, unless you add a statement to its trust policy; that one asks for MFA as well, and
 * is bound to the Regions.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-console.html
 * @example
 * declare const alice: BreakGlassUser;
 * declare const bob: BreakGlassUser;
 *
 * new BreakGlassRole(this, 'Emergency', {
 *   users: [alice, bob],
 *   roleName: 'break-glass',
 *   managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('AdministratorAccess')],
 * });
 */
export class BreakGlassRole extends MfaRole {
  public constructor(scope: Construct, id: string, props: BreakGlassRoleProps) {
    const { users, regions } = props;
    if (users.length === 0) {
      throw new Error(
        `users of break-glass role '${id}' is empty, must name at least one BreakGlassUser; for a role that others assume ` +
          'use MfaRole',
      );
    }
    requireRegions(regions);
    super(scope, id, {
      assumedBy: new NamedUsers(users),
      description: props.description ?? 'For emergencies, assumed by break-glass users with MFA',
      maxAge: props.maxAge ?? Duration.minutes(5),
      maxSessionDuration: props.maxSessionDuration ?? Duration.hours(1),
      ...(props.roleName === undefined ? {} : { roleName: props.roleName }),
      ...(props.managedPolicies === undefined ? {} : { managedPolicies: props.managedPolicies }),
    });
    if (regions !== undefined) {
      this.assumeRolePolicy?.addStatements(denyOtherRegions(regions));
    }
    requireSize(this, users);
  }
}

/** Users in one statement: conditions are written once, however many users there are. */
class NamedUsers extends PrincipalBase {
  public constructor(private readonly users: readonly BreakGlassUser[]) {
    super();
  }

  public get policyFragment(): PrincipalPolicyFragment {
    return new PrincipalPolicyFragment({ AWS: [...new Set(this.users.map(({ userArn }) => userArn))] });
  }

  /** @returns `undefined`: equal to no other */
  public dedupeString(): string | undefined {
    return undefined;
  }
}

/** A denial, so that it holds for statements that are added later as well. */
function denyOtherRegions(regions: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    sid: 'DenyOtherRegions',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['sts:AssumeRole'],
    conditions: { StringNotEquals: { 'aws:RequestedRegion': [...regions] } },
  });
}

function requireRegions(regions: readonly string[] | undefined): void {
  if (regions?.length === 0) {
    throw new Error(
      'regions is empty, so the role could be assumed nowhere; name at least one Region, or leave it out for any',
    );
  }
  const wrong = regions?.find(
    (region) => !Token.isUnresolved(region) && !/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(region),
  );
  if (wrong !== undefined) {
    throw new Error(
      `regions names '${wrong}', must be Regions such as us-east-1, which stands for the global STS endpoint as well; leave ` +
        'it out for any Region',
    );
  }
}

function requireSize(role: BreakGlassRole, users: readonly BreakGlassUser[]): void {
  const { characters, setBy } = TRUST_POLICY;
  const difference = [...new Set(users)].reduce((sum, each) => sum + lengthBesideReference(each), 0);
  const size = deployedSize(deployedTrust(role)) + difference;
  if (size > characters) {
    throw new Error(
      `the trust policy of break-glass role '${role.node.path}' has about ${size} characters (users: ${users.length}), ` +
        `${setBy} allows ${characters}; give some of the users a BreakGlassRole of their own with the same managedPolicies`,
    );
  }
}

/** By how much a user's ARN is longer than the reference that stands for it, as far as name and path are known. */
function lengthBesideReference({ node: { defaultChild } }: BreakGlassUser): number {
  const { userName = '', path = '/' } = defaultChild instanceof CfnUser ? defaultChild : {};
  return Token.isUnresolved(userName + path)
    ? 0
    : deployedSize(`arn:aws-us-gov:iam::111122223333:user${path}${userName}`) -
        deployedSize({ 'Fn::GetAtt': ['User', 'Arn'] });
}
