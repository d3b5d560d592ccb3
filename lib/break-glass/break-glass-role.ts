/** The role for emergencies: the permissions of break-glass users, with MFA no older than a few minutes. */

import { Duration, Token } from 'aws-cdk-lib';
import {
  AnyPrincipal,
  Effect,
  type IManagedPolicy,
  PolicyStatement,
  PrincipalBase,
  PrincipalPolicyFragment,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeManagedPolicies } from '../policy/acknowledgements';
import { isListToken, REGION, requireOnce } from '../policy/aws-ids';
import { NAME_LENGTH, requireIamName } from '../policy/iam-names';
import { requireSize, TRUST_POLICY } from '../policy/policy-size';
import { pathOf, refuseAt } from '../policy/refusal';
import { MfaRole } from '../trust/mfa-role';
import { deployedTrust } from '../trust/mfa-trust-policy';
import { BreakGlassUser } from './break-glass-user';

/** Properties of a BreakGlassRole. */
export interface BreakGlassRoleProps {
  /**
   * The users who may assume the role: at least one.
   *
   * The trust policy names them, so they need no policy of their own to assume it.
   */
  readonly users: BreakGlassUser[];

  /**
   * The permissions of the role.
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
   * The purpose of the role.
   *
   * @default - says that it is for emergencies, assumed by break-glass users with MFA
   */
  readonly description?: string;

  /**
   * The greatest age of the MFA sign-in when the role is assumed, 1 minute to 36 hours.
   *
   * In the console MFA is as old as the sign-in, so with the default, people sign in and switch to the role at once. After
   * five minutes they must sign out and in again.
   *
   * @default Duration.minutes(5) - MFA was given within the last five minutes
   */
  readonly maxAge?: Duration;

  /**
   * The longest session of the role, 1 to 12 hours.
   *
   * @default Duration.hours(1) - the shortest maximum that IAM knows
   */
  readonly maxSessionDuration?: Duration;

  /**
   * The Regions whose STS endpoints the role may be assumed through, whoever assumes it.
   *
   * CloudTrail delivers a call of AssumeRole in the Region of the endpoint, so an alarm sees it only in the Regions that
   * it watches. The global endpoint, `sts.amazonaws.com`, counts as `us-east-1` and is delivered there, whichever Region
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
 * Nobody but the users can assume it, unless you add a statement to its trust policy; that statement requires MFA as
 * well, and is limited to the same Regions.
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
  /**
   * @throws when there is no user, IAM does not accept `roleName`, a Region is malformed or listed twice, `maxAge` or
   * `maxSessionDuration` is out of range, or the users do not fit into a trust policy; at synthesis when a statement
   * that was added weakens MFA, trusts who never has it, or makes the trust policy larger than IAM's default quota
   * allows
   */
  public constructor(scope: Construct, id: string, props: BreakGlassRoleProps) {
    const { users, regions } = props;
    refuseAt(pathOf(scope, id), () => {
      requireUsers(users);
      requireIamName('roleName', props.roleName, NAME_LENGTH.role);
      requireRegions(regions);
    });
    super(scope, id, {
      assumedBy: new NamedUsers(users),
      description: props.description ?? 'For emergencies, assumed by break-glass users with MFA',
      maxAge: props.maxAge ?? Duration.minutes(5),
      maxSessionDuration: props.maxSessionDuration ?? Duration.hours(1),
      ...(props.roleName === undefined ? {} : { roleName: props.roleName }),
      ...(props.managedPolicies === undefined ? {} : { managedPolicies: props.managedPolicies }),
    });
    acknowledgeManagedPolicies(
      this,
      (props.managedPolicies ?? []).map(({ managedPolicyArn }) => managedPolicyArn),
      'The person who named the policy decided that an emergency needs it.',
    );
    if (regions !== undefined) {
      this.assumeRolePolicy?.addStatements(denyOtherRegions(regions));
    }
    requireSize(this, {
      what: `trust policy of break-glass role '${this.node.path}'`,
      document: deployedTrust(this),
      limit: TRUST_POLICY,
      counts: `users: ${users.length}`,
      fix: 'give some of the users a BreakGlassRole of their own with the same managedPolicies',
    });
  }
}

/** Users in one statement: the conditions are written once for all of them. */
class NamedUsers extends PrincipalBase {
  public constructor(private readonly users: readonly BreakGlassUser[]) {
    super();
  }

  public get policyFragment(): PrincipalPolicyFragment {
    return new PrincipalPolicyFragment({ AWS: [...new Set(this.users.map(({ userArn }) => userArn))] });
  }

  /** @returns `undefined`: it equals no other */
  public dedupeString(): string | undefined {
    return undefined;
  }
}

/** Denies, so that it also applies to statements that are added later. */
function denyOtherRegions(regions: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    sid: 'DenyOtherRegions',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['sts:AssumeRole'],
    conditions: { StringNotEquals: { 'aws:RequestedRegion': [...regions] } },
  });
}

function requireUsers(users: readonly BreakGlassUser[]): void {
  if (users.length === 0) {
    throw new Error(
      'users is empty, must name at least one BreakGlassUser; for a role that others assume use MfaRole',
    );
  }
  // To TypeScript, any User has the right type.
  const stranger = users.find((user) => !(user instanceof BreakGlassUser));
  if (stranger !== undefined) {
    throw new Error(
      `users names '${Object(stranger).node?.path}', must be BreakGlassUsers, which are under MFA and without access ` +
        'keys; make it one, or use MfaRole for a role that others assume',
    );
  }
}

function requireRegions(regions: readonly string[] | undefined): void {
  if (regions?.length === 0) {
    throw new Error(
      'regions is empty, so the role could be assumed nowhere; name at least one Region, or leave it out for any',
    );
  }
  if (regions !== undefined && regions.length > 1 && isListToken(regions)) {
    throw new Error(
      'regions holds a list known only at deployment among other values, must be that list alone or Regions one by one, ' +
        'each of which may be a token; put all of the Regions into the list',
    );
  }
  const known = regions === undefined || Token.isUnresolved(regions) ? [] : regions;
  const wrong = known.find((region) => !Token.isUnresolved(region) && !REGION.test(region));
  if (wrong !== undefined) {
    throw new Error(
      `regions names '${wrong}', must be Regions such as us-east-1, which stands for the global STS endpoint as well; leave ` +
        'it out for any Region',
    );
  }
  requireOnce('regions', known);
}
