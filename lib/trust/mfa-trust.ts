/** Requires MFA in role trust: whoever assumes the role gave a second factor, and not long ago. */

import { Duration, Stack } from 'aws-cdk-lib';
import {
  type AddToPrincipalPolicyResult,
  CfnRole,
  ComparablePrincipal,
  type Conditions,
  type Grant,
  type IPrincipal,
  type PolicyDocument,
  type PolicyStatement,
  PrincipalBase,
  PrincipalPolicyFragment,
  PrincipalWithConditions,
  Role,
  type RoleProps,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { formatMfaAge } from '../policy/mfa-keys';
import { sizeProblems, TRUST_POLICY } from '../policy/policy-size';
import { pathOf, refuseAt } from '../policy/refusal';
import { matchesPattern } from '../policy/wildcards';
import { deployedTrust, MfaTrustPolicy, refuseTrustOverrides } from './mfa-trust-policy';
import { guarded, Refusal, type TrustStatement, trustStatementsOf } from './trust-conditions';
import { GatheredPrincipal, trustOf } from './trust-statements';
import { Unmergeable } from './unmergeable';

/** Requirements on MFA. */
export interface RequireMfaProps {
  /**
   * The greatest age of the MFA sign-in, 1 minute to 36 hours.
   *
   * It is checked when the role is assumed; the session then lasts to its own maximum, however old MFA gets.
   *
   * @default Duration.hours(1) - MFA was given within the last hour
   */
  readonly maxAge?: Duration;
}

/**
 * Makes a principal require MFA: the function form of `MfaPrincipal.require`, for TypeScript.
 *
 * @param principal an IAM user, an account or an organization
 * @param props the greatest age of MFA
 * @throws for a principal that can never have MFA, with the reason
 * @example
 * new iam.Role(this, 'Admin', { assumedBy: requireMfa(new iam.AccountRootPrincipal()) });
 */
export function requireMfa(principal: IPrincipal, props: RequireMfaProps = {}): MfaPrincipal {
  return MfaPrincipal.require(principal, props);
}

/**
 * A principal that is trusted only with MFA.
 *
 * Works in the trust of any role, together with `externalId`, session tags and further conditions. It guards only its own
 * statement: a second statement in the same trust policy may require no MFA. MfaRole guards all of them.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
 * @example
 * new iam.Role(this, 'Admin', {
 *   assumedBy: MfaPrincipal.require(new iam.AccountPrincipal('111122223333'), { maxAge: Duration.minutes(15) }),
 *   externalIds: ['a-secret-between-us'],
 * });
 */
export class MfaPrincipal extends PrincipalBase {
  /**
   * Makes a principal require MFA.
   *
   * Services, SAML and OIDC providers, Identity Center roles, roles and federated users are refused: their
   * sessions never carry MFA, so the statement could never be satisfied. `*` is refused unless it is narrowed to an
   * organization or an account: anybody can have an MFA device of their own.
   *
   * @param principal an IAM user, an account or an organization
   * @param props the greatest age of MFA
   * @throws for a principal that can never have MFA, with the reason
   */
  public static require(principal: IPrincipal, props: RequireMfaProps = {}): MfaPrincipal {
    return new MfaPrincipal(principal, formatMfaAge(props.maxAge ?? DEFAULT_MAX_AGE));
  }

  public override readonly assumeRoleAction: string;
  public override readonly principalAccount: string | undefined;
  private readonly inner: IPrincipal;
  private readonly maxAge: string;

  private constructor(inner: IPrincipal, maxAge: string) {
    super();
    for (const statement of statementsOf(inner)) {
      conditionsOf(statement.toJSON(), maxAge);
    }
    this.inner = inner;
    this.maxAge = maxAge;
    this.assumeRoleAction = inner.assumeRoleAction;
    this.principalAccount = inner.principalAccount;
  }

  /** The principal, with the MFA conditions in addition to its own. */
  public get policyFragment(): PrincipalPolicyFragment {
    const { principalJson, conditions } = this.inner.policyFragment;
    // CDK's own form of a principal that is one text, such as `*`.
    const { LiteralString: [text] = [] } = principalJson;
    const statement = { Effect: 'Allow', Principal: text ?? principalJson, Condition: conditions };
    const guardedBy = conditionsOf(statement, this.maxAge);
    return new PrincipalPolicyFragment(principalJson, {
      ...guardedBy,
      NumericLessThan: new Unmergeable(Object(guardedBy.NumericLessThan)),
    });
  }

  public override addToPrincipalPolicy(statement: PolicyStatement): AddToPrincipalPolicyResult {
    return this.inner.addToPrincipalPolicy(statement);
  }

  public override addToAssumeRolePolicy(document: PolicyDocument): void {
    for (const statement of trustOf(this.inner)) {
      statement.addConditions(conditionsOf(statement.toJSON(), this.maxAge));
      document.addStatements(statement);
    }
  }

  /**
   * Returns the same principal under further conditions; MFA stays required.
   *
   * @throws for a weaker condition on the MFA keys
   */
  public override withConditions(conditions: Conditions): PrincipalBase {
    // In CDK's own merge the last value wins, which could remove MFA again.
    return new MfaPrincipal(new PrincipalWithConditions(this.inner, conditions), this.maxAge);
  }

  public override toString(): string {
    return `MfaPrincipal(${this.inner.toString()})`;
  }

  public dedupeString(): string | undefined {
    const inner = ComparablePrincipal.dedupeStringFor(this.inner);
    return inner === undefined ? undefined : `MfaPrincipal:${inner}:${this.maxAge}`;
  }
}

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

const DEFAULT_MAX_AGE = Duration.hours(1);

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

/** Returns the statements that a principal adds to a trust policy. @throws when the principal is a role of this app */
function statementsOf(principal: IPrincipal): readonly PolicyStatement[] {
  // A role made in this app has no ARN yet, so only its type shows what it is.
  if ('roleArn' in principal) {
    throw new Error(
      'MFA cannot be required: the principal is a role, and the session of a role never carries MFA and so could ' +
        'never assume this one; trust the IAM user or the account',
    );
  }
  return trustOf(principal);
}

/** Returns the conditions of a statement after it was guarded. @throws when it cannot be guarded */
function conditionsOf(statement: TrustStatement, maxAge: string): Conditions {
  const outcome = guarded(statement, maxAge);
  if (outcome instanceof Refusal) {
    throw errorOf(outcome);
  }
  return { ...Object(outcome.Condition) };
}

function errorOf({ part, reason }: Refusal): Error {
  return new Error(part === 'principal' ? `MFA cannot be required: the principal ${reason}` : reason);
}
