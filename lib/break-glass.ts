/** Break-glass users: the people who hold the fleet's tokens, with no other way in. */
import { Token } from 'aws-cdk-lib';
import { User } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { type MfaEnforcedGroup, MfaSelfService } from './mfa-enforcement';
import { HOLDER_RULE, textProblem } from './record/rules';

/** Properties of a BreakGlassUser. */
export interface BreakGlassUserProps {
  /** The IAM user name: the holder's name in the inventory. */
  readonly userName: string;

  /** The group that keeps the user under MFA; its policy must leave no self-service. */
  readonly group: MfaEnforcedGroup;

  /**
   * The IAM path of the user, beginning and ending with a slash.
   *
   * A RunbookOperator reaches the users below `/mfa-guardrails/{fleet}/`, and others only by name.
   *
   * @default / - the root path
   */
  readonly path?: string;
}

/**
 * An IAM user for emergencies: under MFA from its first moment, with no access key, no password and no self-service.
 *
 * The user gets permissions from nowhere else than what you grant. Its password is set by hand, once, and kept with
 * the token. IAM refuses to delete a user who has an MFA device or a password: remove them before you remove the user.
 *
 * @example
 * const enforcement = new MfaEnforcementPolicy(this, 'Enforcement', { selfService: MfaSelfService.NONE });
 *
 * new BreakGlassUser(this, 'Alice', {
 *   userName: 'alice.breakglass',
 *   group: new MfaEnforcedGroup(this, 'Group', { enforcement }),
 * });
 */
export class BreakGlassUser extends User {
  public constructor(scope: Construct, id: string, props: BreakGlassUserProps) {
    const { selfService } = props.group.enforcement;
    if (selfService !== MfaSelfService.NONE) {
      throw new Error(
        `break-glass user '${props.userName}' is in group '${props.group.node.path}', whose policy leaves self-service ` +
          `${selfService.name}, must be NONE: only the operator may enrol the user's tokens; give the group a policy ` +
          'with selfService: MfaSelfService.NONE',
      );
    }
    const problem = Token.isUnresolved(props.userName) ? undefined : textProblem(HOLDER_RULE, props.userName);
    if (problem !== undefined) {
      throw new Error(`break-glass user '${id}': ${problem.message}; ${problem.fix}`);
    }
    super(scope, id, {
      userName: props.userName,
      groups: [props.group],
      ...(props.path === undefined ? {} : { path: props.path }),
    });
  }
}
