/** A role that requires MFA: whoever assumes it gave a second factor, and not long ago. */

import { type Duration, Stack } from 'aws-cdk-lib';
import { CfnRole, type Grant, type IPrincipal, Role, type RoleProps } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { formatMfaAge } from '../policy/mfa-keys';
import { sizeProblems, TRUST_POLICY } from '../policy/policy-size';
import { pathOf, refuseAt } from '../policy/refusal';
import { matchesPattern } from '../policy/wildcards';
import { DEFAULT_MAX_AGE, errorOf, statementsOf } from './mfa-principal';
import { deployedTrust, MfaTrustPolicy, refuseTrustOverrides } from './mfa-trust-policy';
import { guarded, Refusal, trustStatementsOf } from './trust-conditions';
import { GatheredPrincipal } from './trust-statements';

/** Properties of an MfaRole. */
export interface MfaRoleProps extends RoleProps {
  /**
   * The greatest age of the MFA sign-in when the role is assumed, 1 minute to 36 hours.
   *
   * @default Duration.hours(1) - MFA was given within the last hour
   */
  readonly maxAge?: Duration;
}

/**
 * A role that nobody can assume without MFA, no matter who adds statements to its trust policy, or when.
 *
 * The conditions are added to every statement that allows, when the template is written: to those of `assumedBy`, of
 * `assumeRolePolicy.addStatements` and of principals with conditions of their own. A condition that would weaken them,
 * and a principal that can never have MFA, is an error. Statements that deny stay as they are.
 *
 * A trust policy that is replaced or overridden on the underlying CfnRole is an error as well, and one that is larger than
 * IAM's default quota, 2,048 characters with the conditions. A raised quota is not counted on: accounts differ. Name an
 * account in place of its users, or make a second role.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
 * @example
 * const role = new MfaRole(this, 'Admin', {
 *   assumedBy: new iam.AccountRootPrincipal(),
 *   maxAge: Duration.minutes(15),
 * });
 * role.assumeRolePolicy?.addStatements(
 *   new iam.PolicyStatement({
 *     principals: [new iam.AccountPrincipal('111122223333')],
 *     actions: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
 *   }), // requires MFA as well
 * );
 */
export class MfaRole extends Role {
  /**
   * @throws when `assumedBy` can never have MFA, `maxAge` is out of range, or CDK's `customizeRoles` keeps the role out of
   * the template; at synthesis when a statement of the trust policy weakens MFA or trusts who never has it, or when the
   * policy is larger than IAM's default quota allows
   */
  public constructor(scope: Construct, id: string, props: MfaRoleProps) {
    const maxAge = refuseAt(pathOf(scope, id), () => guardingAge(props));
    const { maxSessionDuration, ...others } = props;
    const rest = { ...others, assumedBy: new GatheredPrincipal(props.assumedBy) };
    const isKnown = maxSessionDuration?.isUnresolved() === false;
    super(scope, id, isKnown ? { ...rest, maxSessionDuration } : rest);

    const resource = this.node.defaultChild;
    const policy = this.assumeRolePolicy;
    if (!(resource instanceof CfnRole) || policy === undefined) {
      throw new Error(
        `MfaRole '${this.node.path}' is not written to the template (Role.customizeRoles prevents it), so MFA cannot be ` +
          'put into its trust; leave the role out of customizeRoles',
      );
    }
    if (maxSessionDuration !== undefined && !isKnown) {
      // Role compares the placeholder of an unknown duration with IAM's limits, and would refuse it.
      resource.maxSessionDuration = maxSessionDuration.toSeconds();
    }
    const trust = new MfaTrustPolicy(policy, maxAge, this.node.path);
    resource.assumeRolePolicyDocument = trust;
    refuseTrustOverrides(resource);
    this.node.addValidation({ validate: () => trustProblems(this, trust) });
  }

  /**
   * Allows an identity to assume the role, by its own policies. The trust policy decides as well, and requires MFA.
   *
   * @param identity an IAM user or a group
   * @throws for a role, a service or a federated principal: their sessions never carry MFA, so the grant would be of no use
   */
  public override grantAssumeRole(identity: IPrincipal): Grant {
    this.refuseGrantee(identity);
    return super.grantAssumeRole(identity);
  }

  /**
   * Allows a principal some actions on the role, by its own policies.
   *
   * @param grantee a principal; for `sts:AssumeRole` an IAM user or a group
   * @param actions actions of IAM or STS, such as `iam:GetRole`
   * @throws where `grantAssumeRole` would, if `sts:AssumeRole` is one of the actions
   */
  public override grant(grantee: IPrincipal, ...actions: string[]): Grant {
    if (actions.some((action) => matchesPattern(action, 'sts:AssumeRole'))) {
      this.refuseGrantee(grantee);
    }
    return super.grant(grantee, ...actions);
  }

  private refuseGrantee(grantee: IPrincipal): void {
    const reason = refusalOfGrantee(grantee);
    if (reason !== undefined) {
      throw new Error(`MfaRole '${this.node.path}' cannot be assumed by the grantee: ${reason}`);
    }
  }
}

/** Returns the age to put into the trust policy, unless MFA cannot be put there at all. */
function guardingAge({ maxAge: given = DEFAULT_MAX_AGE, assumedBy }: MfaRoleProps): string {
  const maxAge = formatMfaAge(given);
  for (const statement of statementsOf(assumedBy)) {
    const outcome = guarded(statement.toJSON(), maxAge);
    // Conditions may still change, so they are judged at synthesis.
    if (outcome instanceof Refusal && outcome.part === 'principal') {
      throw errorOf(outcome);
    }
  }
  return maxAge;
}

/** Returns the reason why a grantee could never assume a role that requires MFA. A group stands for its users. */
function refusalOfGrantee({ grantPrincipal }: IPrincipal): string | undefined {
  if ('roleArn' in grantPrincipal) {
    return 'it is a role, and the session of a role never carries MFA; grant it to an IAM user or a group, and give the program a role of its own';
  }
  if ('groupArn' in grantPrincipal) {
    return undefined;
  }
  const { principalJson, conditions } = grantPrincipal.policyFragment;
  const outcome = guarded({ Effect: 'Allow', Principal: principalJson, Condition: conditions }, '3600');
  return outcome instanceof Refusal && outcome.part === 'principal'
    ? `a statement for it ${outcome.reason}`
    : undefined;
}

function trustProblems(role: MfaRole, trust: MfaTrustPolicy): string[] {
  if (deployedTrust(role) !== trust) {
    return [
      'the trust policy of this MfaRole was replaced on its CfnRole; use assumeRolePolicy.addStatements',
    ];
  }
  const problems = trust.problems(role);
  if (problems.length > 0) {
    return problems;
  }
  const statements = trustStatementsOf(Stack.of(role).resolve(trust));
  const principals = statements.flatMap(({ Principal: principal }) =>
    Object.values(Object(principal)).flat(),
  );
  return sizeProblems(role, {
    what: `trust policy of '${role.node.path}'`,
    document: trust,
    limit: TRUST_POLICY,
    counts: `statements: ${statements.length}, principals: ${principals.length}`,
    fix: 'name an account in place of its users, or give some of the principals a role of their own',
  });
}
