/** The guardrail as a permissions boundary: it applies whatever policies a user has or gets later. */

import { type IGroupRef, type IRole, type IUserRef, ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';
import { acknowledgeEveryAction, acknowledgeRule, acknowledgeWildcards } from '../policy/acknowledgements';
import { NAME_LENGTH, requireIamName } from '../policy/iam-names';
import { limitSize, MANAGED_POLICY } from '../policy/policy-size';
import { pathOf, refuseAt } from '../policy/refusal';
import { refuseAttachment } from './attachments';
import { type MfaEnforcementRules, MfaSelfService } from './mfa-enforcement-rules';
import { describeOpenActions, FEWER_OPEN_ACTIONS } from './open-actions';
import { boundaryStatements } from './statements';

const WHY_NOT_ATTACHED =
  'it allows everything, as a boundary must, so as an identity policy it would create an administrator; set it with ' +
  'iam.PermissionsBoundary.of(user).apply(boundary), or attach an MfaEnforcementPolicy';

/** Properties of an MfaEnforcementBoundary. */
export interface MfaEnforcementBoundaryProps extends MfaEnforcementRules {
  /**
   * The name of the policy.
   *
   * @default - CloudFormation generates a name
   */
  readonly managedPolicyName?: string;
}

/**
 * A permissions boundary that leaves an IAM user without MFA no permissions except the open actions.
 *
 * It applies whatever policies the user has, or gets later, and leaving a group does not remove it. A boundary grants
 * nothing: what stays open without MFA, and everything with MFA, still has to be allowed by the user's own policies; an
 * MfaEnforcementPolicy with the same rules allows the self-service. A role may have the boundary too (some accounts
 * require one on everything that is created), and it has no effect there: only IAM users are denied, by `aws:PrincipalArn`.
 *
 * Attached as an identity policy it would create an administrator, so that is refused.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 * @example
 * declare const user: iam.User;
 *
 * const boundary = new MfaEnforcementBoundary(this, 'Boundary', { maxAge: Duration.hours(12) });
 * iam.PermissionsBoundary.of(user).apply(boundary);
 */
export class MfaEnforcementBoundary extends ManagedPolicy {
  /** The actions that users may take on their own MFA devices. */
  public readonly selfService: MfaSelfService;

  /**
   * @throws when IAM does not accept the name, an open action is malformed, too wide or too strong, or `maxAge` is out
   * of range; at synthesis when the policy is larger than IAM allows, or attached as an identity policy
   */
  public constructor(scope: Construct, id: string, props: MfaEnforcementBoundaryProps = {}) {
    const selfService = props.selfService ?? MfaSelfService.ALL_DEVICES;
    const statements = refuseAt(pathOf(scope, id), () => {
      requireIamName('managedPolicyName', props.managedPolicyName, NAME_LENGTH.managedPolicy);
      return boundaryStatements(props);
    });
    super(scope, id, {
      // The same for all rules: another description would replace the policy, which a fixed name forbids.
      description:
        'Permissions boundary: denies IAM users everything but MFA self-service until MFA is present',
      statements,
      ...(props.managedPolicyName === undefined ? {} : { managedPolicyName: props.managedPolicyName }),
    });
    this.selfService = selfService;
    const reason =
      'A boundary grants nothing: it allows everything so that its denials alone limit its users.';
    acknowledgeWildcards(this, [['*', reason]]);
    acknowledgeEveryAction(this, reason);
    acknowledgeRule(this, 'IAMPolicyNoStatementsWithAdminAccess', reason);
    acknowledgeRule(this, 'IAMPolicyNoStatementsWithFullAccess', reason);
    refuseAttachment(this, () => true, WHY_NOT_ATTACHED);
    limitSize(this, {
      what: `permissions boundary '${this.node.path}'`,
      document: this.document,
      limit: MANAGED_POLICY,
      counts: describeOpenActions(props.openActions),
      fix: FEWER_OPEN_ACTIONS,
    });
  }

  /**
   * Always refused: as an identity policy it would create an administrator.
   *
   * @param user the user
   * @throws always
   */
  public override attachToUser(user: IUserRef): void {
    this.refuse('user', user);
  }

  /**
   * Always refused: as an identity policy it would create administrators.
   *
   * @param group the group
   * @throws always
   */
  public override attachToGroup(group: IGroupRef): void {
    this.refuse('group', group);
  }

  /**
   * Always refused: as an identity policy it would create an administrator.
   *
   * @param role the role
   * @throws always
   */
  public override attachToRole(role: IRole): void {
    this.refuse('role', role);
  }

  private refuse(kind: string, identity: IConstruct): never {
    throw new Error(
      `MfaEnforcementBoundary '${this.node.path}' cannot be attached to ${kind} '${identity.node.path}': ${WHY_NOT_ATTACHED}`,
    );
  }
}
