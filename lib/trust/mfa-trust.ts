/** MFA in role trust: who assumes the role has given a second factor, and not long ago. */
import { Duration, Stack } from 'aws-cdk-lib';
import {
  type AddToPrincipalPolicyResult,
  CfnRole,
  ComparablePrincipal,
  type Conditions,
  type IAssumeRolePrincipal,
  type IPrincipal,
  PolicyDocument,
  PolicyStatement,
  PrincipalBase,
  PrincipalPolicyFragment,
  PrincipalWithConditions,
  Role,
  type RoleProps,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { MfaTrustPolicy, refuseTrustOverrides } from './mfa-trust-policy';
import { addMfaConditions, formatMfaAge, refusalOf } from './trust-conditions';

/** What MFA to ask for. */
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
 * Makes a principal ask for MFA: the function form of `MfaPrincipal.require`, for TypeScript.
 *
 * @param principal an IAM user, an account or an organisation
 * @param props how old MFA may be
 * @throws for a principal that can never have MFA, with the reason
 * @example
 * new iam.Role(this, 'Admin', { assumedBy: requireMfa(new iam.AccountRootPrincipal()) });
 */
export function requireMfa(principal: IPrincipal, props: RequireMfaProps = {}): MfaPrincipal {
  return MfaPrincipal.require(principal, props);
}

/**
 * A principal that counts only with MFA.
 *
 * Works in the trust of any role, beside `externalId`, session tags and further conditions. It guards its own
 * statement only: a second statement in the same trust policy is a second door. MfaRole guards them all.
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
   * Makes a principal ask for MFA.
   *
   * Services, SAML and OIDC providers, Identity Center roles, roles and federated users are refused: their
   * sessions never carry MFA, so the statement could never be satisfied. `*` is refused unless it is narrowed to an
   * organisation or an account: anybody can have an MFA device of their own.
   *
   * @param principal an IAM user, an account or an organisation
   * @param props how old MFA may be
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
    requireTrustable(inner, (statement) => addMfaConditions(statement.conditions, maxAge));
    this.inner = inner;
    this.maxAge = maxAge;
    this.assumeRoleAction = inner.assumeRoleAction;
    this.principalAccount = inner.principalAccount;
  }

  /** The principal, with the MFA conditions beside its own. */
  public get policyFragment(): PrincipalPolicyFragment {
    const { principalJson, conditions } = this.inner.policyFragment;
    return new PrincipalPolicyFragment(principalJson, { ...addMfaConditions(conditions, this.maxAge) });
  }

  public override addToPrincipalPolicy(statement: PolicyStatement): AddToPrincipalPolicyResult {
    return this.inner.addToPrincipalPolicy(statement);
  }

  public override addToAssumeRolePolicy(document: PolicyDocument): void {
    addToTrust(
      this.inner,
      new EachStatement((statement) => {
        statement.addConditions({ ...addMfaConditions(statement.conditions, this.maxAge) });
        document.addStatements(statement);
      }),
    );
  }

  /**
   * The same principal under further conditions; MFA stays.
   *
   * @throws for a weaker condition on the MFA keys
   */
  public override withConditions(conditions: Conditions): PrincipalBase {
    // CDK's own merge lets the last value win, here it would be able to take MFA out again.
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
 * A role that nobody assumes without MFA, whoever adds statements to its trust policy, and whenever.
 *
 * The conditions are added to every statement that allows, when the template is written: to those of `assumedBy`, of
 * `assumeRolePolicy.addStatements` and of principals with conditions of their own. A condition that would weaken them,
 * and a principal that can never have MFA, is an error. Statements that deny stay as they are.
 *
 * A trust policy that is replaced or overridden on the underlying CfnRole is an error as well.
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
 *   }), // asks for MFA as well
 * );
 */
export class MfaRole extends Role {
  public constructor(scope: Construct, id: string, props: MfaRoleProps) {
    const maxAge = formatMfaAge(props.maxAge ?? DEFAULT_MAX_AGE);
    requireTrustable(props.assumedBy);
    const { maxSessionDuration, ...rest } = props;
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
    const trust = new MfaTrustPolicy(policy, maxAge);
    resource.assumeRolePolicyDocument = trust;
    refuseTrustOverrides(resource);
    this.node.addValidation({
      validate: () => {
        if (resource.assumeRolePolicyDocument !== trust) {
          return [
            'the trust policy of this MfaRole was replaced on its CfnRole; use assumeRolePolicy.addStatements',
          ];
        }
        return trust.problems(Stack.of(this).resolve(policy), Stack.of(this).resolve(maxAge));
      },
    });
  }
}

const DEFAULT_MAX_AGE = Duration.hours(1);

/** Throws unless every statement of the principal can be satisfied by people with MFA, and passes `check`. */
function requireTrustable(
  principal: IPrincipal,
  check: (statement: PolicyStatement) => void = () => undefined,
): void {
  // A role made in this app has no ARN yet, so only its type can tell.
  if ('roleArn' in principal) {
    throw new Error(
      'MFA cannot be asked for: the principal is a role, and the session of a role never carries MFA and so could ' +
        'never assume this one; trust the IAM user or the account',
    );
  }
  addToTrust(
    principal,
    new EachStatement((statement) => {
      const refusal = refusalOf(statement.toJSON());
      if (refusal !== undefined) {
        throw new Error(`MFA cannot be asked for: the principal ${refusal}`);
      }
      check(statement);
    }),
  );
}

function addToTrust(principal: IPrincipal, document: PolicyDocument): void {
  if (isAssumeRolePrincipal(principal)) {
    principal.addToAssumeRolePolicy(document);
  } else {
    document.addStatements(
      new PolicyStatement({ actions: [principal.assumeRoleAction], principals: [principal] }),
    );
  }
}

function isAssumeRolePrincipal(principal: IPrincipal): principal is IAssumeRolePrincipal {
  return 'addToAssumeRolePolicy' in principal;
}

/** Hands over each statement that a principal would add to a trust policy. */
class EachStatement extends PolicyDocument {
  public constructor(private readonly visit: (statement: PolicyStatement) => void) {
    super();
  }

  public override addStatements(...statements: PolicyStatement[]): void {
    for (const statement of statements) {
      this.visit(statement);
    }
  }
}
