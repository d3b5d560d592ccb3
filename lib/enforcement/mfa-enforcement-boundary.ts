/** The guardrail as a permissions boundary: it holds whatever policies a user has or gets later. */
import { type IGroupRef, type IRole, type IUserRef, ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';
import { NAME_LENGTH, requireIamName } from '../policy/iam-names';
import { limitSize, MANAGED_POLICY } from '../policy/policy-size';
import { refuseAttachment } from './attachments';
import { type MfaEnforcementRules, MfaSelfService } from './mfa-enforcement-rules';
import { describeOpenActions, FEWER_OPEN_ACTIONS } from './open-actions';
import { boundaryStatements } from './statements';

const WHY_NOT_ATTACHED =
  'it allows everything, as a boundary must, so as an identity policy it would make an administrator; set it with ' +
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
 * A permissions boundary under which an IAM user has no permission without MFA but what is open.
 *
 * It holds whatever policies the user has, or is given later, and cannot be shed by leaving a group. A boundary grants
 * nothing: what stays open without MFA, and everything with MFA, still has to be allowed by the user's own policies; an
 * MfaEnforcementPolicy with the same rules allows the self-service. A role may have the boundary too (some accounts
 * ask for one on everything that is created), and is not touched by it: only IAM users are denied, by `aws:PrincipalArn`.
 *
 * Attached as an identity policy it would make an administrator, so that is refused.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 * @example
 * declare const user: iam.User;
 *
 * const boundary = new MfaEnforcementBoundary(this, 'Boundary', { maxAge: Duration.hours(12) });
 * iam.PermissionsBoundary.of(user).apply(boundary);
 */
export class MfaEnforcementBoundary extends ManagedPolicy {
  /** What users may do about their own MFA devices. */
  public readonly selfService: MfaSelfService;

  /**
   * @throws when the name is none that IAM takes, an open action is malformed, too wide or too strong, or `maxAge` is out of range; at synthesis when the
   * policy is larger than IAM allows, or attached as an identity policy
   */
  public constructor(scope: Construct, id: string, props: MfaEnforcementBoundaryProps = {}) {
    requireIamName(
      `managedPolicyName of MfaEnforcementBoundary '${id}'`,
      props.managedPolicyName,
      NAME_LENGTH.managedPolicy,
    );
    const selfService = props.selfService ?? MfaSelfService.ALL_DEVICES;
    super(scope, id, {
      // The same whatever the rules: another description would replace the policy, which a fixed name forbids.
      description:
        'Permissions boundary: denies IAM users everything but MFA self-service until MFA is present',
      statements: boundaryStatements(props),
      ...(props.managedPolicyName === undefined ? {} : { managedPolicyName: props.managedPolicyName }),
    });
    this.selfService = selfService;
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
   * Always refused: as an identity policy it would make an administrator.
   *
   * @param user the user
   * @throws always
   */
  public override attachToUser(user: IUserRef): void {
    this.refuse('user', user);
  }

  /**
   * Always refused: as an identity policy it would make administrators.
   *
   * @param group the group
   * @throws always
   */
  public override attachToGroup(group: IGroupRef): void {
    this.refuse('group', group);
  }

  /**
   * Always refused: as an identity policy it would make an administrator.
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
