/** The guardrail as a managed policy for users and groups, and a group that has it. */

import { CfnRole, Group, type IGroupRef, type IRole, type IUser, ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeRule, acknowledgeWildcards } from '../policy/acknowledgements';
import { NAME_LENGTH, requireIamName } from '../policy/iam-names';
import { limitSize, MANAGED_POLICY } from '../policy/policy-size';
import { pathOf, refuseAt } from '../policy/refusal';
import { refuseAsBoundary, refuseAttachment } from './attachments';
import { type MfaEnforcementRules, MfaSelfService } from './mfa-enforcement-rules';
import { describeOpenActions, FEWER_OPEN_ACTIONS } from './open-actions';
import { identityStatements, WILDCARDS } from './statements';

const WHY_NO_ROLE =
  'the session of a role never carries MFA, so the role would be denied everything; attach the policy to a group or a ' +
  'user, and require MFA in the trust policy of the role with MfaRole';

const WHY_NO_BOUNDARY =
  'it allows the self-service and nothing else, so as a permissions boundary its users would have no other permission; ' +
  'use an MfaEnforcementBoundary';

/** Properties of an MfaEnforcementPolicy. */
export interface MfaEnforcementPolicyProps extends MfaEnforcementRules {
  /**
   * The name of the policy.
   *
   * @default - CloudFormation generates a name
   */
  readonly managedPolicyName?: string;

  /**
   * Grants signing in from the command line by a browser (`aws login`), as the managed policy
   * `SignInLocalDevelopmentAccess` does. It is never denied, and what such a session may do without MFA is what is open
   * without MFA.
   *
   * @default - granted to users without self-service, who may have no access key; others get it from their own policies
   * @see https://docs.aws.amazon.com/signin/latest/userguide/command-line-sign-in.html
   */
  readonly allowAwsLogin?: boolean;

  /**
   * The groups to attach the policy to.
   *
   * @default - attached to no group; use `attachToGroup` or an MfaEnforcedGroup
   */
  readonly groups?: IGroupRef[];

  /**
   * The users to attach the policy to.
   *
   * @default - attached to no user; use `attachToUser`
   */
  readonly users?: IUser[];
}

/**
 * A managed policy that denies everything except MFA self-service until MFA is present.
 *
 * It allows the open actions and nothing else: the permissions of users with MFA come from other policies. It works for
 * users at any IAM path, for any device name, for virtual and FIDO devices, in every partition, in the console (signing
 * in stays open) and on the command line (so does `sts:GetSessionToken`, by which a long-term key and a code become a
 * session with MFA).
 *
 * Attach it to groups or users. A role is refused: the session of a role never carries MFA.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html
 * @example
 * declare const developers: iam.Group;
 *
 * new MfaEnforcementPolicy(this, 'Enforcement', {
 *   groups: [developers],
 *   allowPasswordChange: true, // new developers must change their first password
 *   maxAge: Duration.hours(12), // and sign in with MFA every day
 * });
 */
export class MfaEnforcementPolicy extends ManagedPolicy {
  /** The actions that users may take on their own MFA devices. */
  public readonly selfService: MfaSelfService;

  /**
   * @throws when IAM does not accept the name, an open action is malformed, too wide or too strong, or `maxAge` is out
   * of range; at synthesis when the policy is larger than IAM allows
   */
  public constructor(scope: Construct, id: string, props: MfaEnforcementPolicyProps = {}) {
    const selfService = props.selfService ?? MfaSelfService.ALL_DEVICES;
    const statements = refuseAt(pathOf(scope, id), () => {
      requireIamName('managedPolicyName', props.managedPolicyName, NAME_LENGTH.managedPolicy);
      return identityStatements(props, props.allowAwsLogin ?? selfService === MfaSelfService.NONE);
    });
    super(scope, id, {
      // The same for every rule: another description replaces the policy, which a fixed name or an export forbids.
      description: 'Denies everything but MFA self-service until MFA is present',
      statements,
      ...(props.managedPolicyName === undefined ? {} : { managedPolicyName: props.managedPolicyName }),
      ...(props.groups === undefined ? {} : { groups: props.groups }),
      ...(props.users === undefined ? {} : { users: props.users }),
    });
    this.selfService = selfService;
    acknowledgeWildcards(this, WILDCARDS);
    refuseAttachment(this, (identity) => CfnRole.isCfnRole(identity), WHY_NO_ROLE);
    refuseAsBoundary(this, WHY_NO_BOUNDARY);
    limitSize(this, {
      what: `enforcement policy '${this.node.path}'`,
      document: this.document,
      limit: MANAGED_POLICY,
      counts: describeOpenActions(props.openActions),
      fix: FEWER_OPEN_ACTIONS,
    });
  }

  /**
   * Always refused: the session of a role never carries MFA, so the role would be denied everything.
   *
   * @param role the role
   * @throws always
   */
  public override attachToRole(role: IRole): void {
    throw new Error(
      `MfaEnforcementPolicy '${this.node.path}' cannot be attached to role '${role.node.path}': ${WHY_NO_ROLE}`,
    );
  }
}

/** Properties of an MfaEnforcedGroup. */
export interface MfaEnforcedGroupProps {
  /** The policy that applies to every member of the group. */
  readonly enforcement: MfaEnforcementPolicy;

  /**
   * The name of the group.
   *
   * @default - CloudFormation generates a name
   */
  readonly groupName?: string;
}

/**
 * A group to whose members an MfaEnforcementPolicy applies.
 *
 * @example
 * const enforcement = new MfaEnforcementPolicy(this, 'Enforcement', { selfService: MfaSelfService.NONE });
 * const group = new MfaEnforcedGroup(this, 'Group', { enforcement });
 */
export class MfaEnforcedGroup extends Group {
  /** The policy that applies to every member of the group. */
  public readonly enforcement: MfaEnforcementPolicy;

  /** @throws when IAM does not accept the name */
  public constructor(scope: Construct, id: string, props: MfaEnforcedGroupProps) {
    refuseAt(pathOf(scope, id), () => requireIamName('groupName', props.groupName, NAME_LENGTH.group));
    super(scope, id, {
      managedPolicies: [props.enforcement],
      ...(props.groupName === undefined ? {} : { groupName: props.groupName }),
    });
    this.enforcement = props.enforcement;
    acknowledgeRule(
      this,
      'IAMGroupHasUsers',
      'People are added to the group when they join, by whoever administers users.',
    );
  }
}
