/** Requires MFA of a principal, in the trust of any role. */

import { Duration } from 'aws-cdk-lib';
import {
  type AddToPrincipalPolicyResult,
  ComparablePrincipal,
  type Conditions,
  type IPrincipal,
  type PolicyDocument,
  type PolicyStatement,
  PrincipalBase,
  PrincipalPolicyFragment,
  PrincipalWithConditions,
} from 'aws-cdk-lib/aws-iam';
import { formatMfaAge } from '../policy/mfa-keys';
import { guarded, Refusal, type TrustStatement } from './trust-conditions';
import { trustOf } from './trust-statements';
import { Unmergeable } from './unmergeable';

/** The greatest age of MFA, unless another one is asked for. */
export const DEFAULT_MAX_AGE = Duration.hours(1);

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

/** Returns the statements that a principal adds to a trust policy. @throws when the principal is a role of this app */
export function statementsOf(principal: IPrincipal): readonly PolicyStatement[] {
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

/** Makes the error of a refusal to require MFA. */
export function errorOf({ part, reason }: Refusal): Error {
  return new Error(part === 'principal' ? `MFA cannot be required: the principal ${reason}` : reason);
}
