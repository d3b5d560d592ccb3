/** The guardrail as a service control policy: it holds for the IAM users of whole accounts, whoever administers them. */

import { Annotations, Names, Stack, Token } from 'aws-cdk-lib';
import { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { CfnPolicy } from 'aws-cdk-lib/aws-organizations';
import { Construct } from 'constructs';
import { ACCOUNT_ID, requireOnce, UNIT_OR_ROOT_ID } from '../policy/aws-ids';
import { limitSize, SERVICE_CONTROL_POLICY } from '../policy/policy-size';
import { refuseAt } from '../policy/refusal';
import { type MfaEnforcementRules, MfaSelfService } from './mfa-enforcement-rules';
import { describeOpenActions, FEWER_OPEN_ACTIONS } from './open-actions';
import { serviceControlStatements } from './statements';

/** Properties of an MfaServiceControlPolicy. */
export interface MfaServiceControlPolicyProps extends MfaEnforcementRules {
  /**
   * The targets of the policy: the root (`r-…`), organizational units (`ou-…-…`) or accounts (12 digits).
   *
   * @default - attached to nothing
   */
  readonly targetIds?: string[];

  /**
   * The name of the policy, at most 128 characters.
   *
   * @default - made from the construct's path
   */
  readonly policyName?: string;

  /**
   * The purpose of the policy, at most 512 characters.
   *
   * @default - says what the policy denies, and to whom
   */
  readonly description?: string;

  /**
   * ARN patterns of IAM users whom the policy exempts: machine users, who cannot have MFA, such as
   * `arn:aws:iam::*:user/ci/*`.
   *
   * Each is a hole: anybody who can use such a user's keys, or create a user that matches the pattern, needs no MFA.
   *
   * @default - none: every IAM user needs MFA
   */
  readonly exemptUsers?: string[];
}

/**
 * A service control policy that denies the IAM users of the accounts below it everything except MFA self-service until MFA
 * is present.
 *
 * It only denies: `FullAWSAccess`, which AWS attaches automatically, must stay attached, and the permissions of users
 * still come from their policies. Roles, Identity Center, services and the root user are not touched: the denials are
 * limited to IAM users by `aws:PrincipalArn`. Like every service control policy, it does not reach the users of
 * the management account.
 *
 * Its statements use `NotResource`, which AWS offers in the service control policies of its commercial and GovCloud
 * Regions; in a stack of a Region in China the synthesis warns.
 *
 * Deploy it in the management account, or the delegated administrator for policies, with service control policies
 * enabled. With MfaSelfService.NONE no IAM user below it, an operator's included, can enroll their own devices.
 *
 * @see https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
 * @see https://aws.amazon.com/blogs/security/unlock-new-possibilities-aws-organizations-service-control-policy-now-supports-full-iam-language
 * @example
 * new MfaServiceControlPolicy(this, 'MfaScp', {
 *   targetIds: ['ou-ab12-34cd56ef'],
 *   exemptUsers: ['arn:aws:iam::*:user/ci/*'],
 * });
 */
export class MfaServiceControlPolicy extends Construct {
  /** The actions that users may take on their own MFA devices. */
  public readonly selfService: MfaSelfService;
  /** The id of the policy, `p-…`. */
  public readonly policyId: string;
  /** The ARN of the policy. */
  public readonly policyArn: string;
  /** The name of the policy. */
  public readonly policyName: string;

  /**
   * @throws when a target, an exempt user, the name or the description is malformed, an open action is malformed, too wide
   * or too strong, or `maxAge` out of range; at synthesis when the policy is larger than AWS Organizations allows
   */
  public constructor(scope: Construct, id: string, props: MfaServiceControlPolicyProps = {}) {
    super(scope, id);
    this.selfService = props.selfService ?? MfaSelfService.ALL_DEVICES;
    this.policyName =
      props.policyName ?? Names.uniqueResourceName(this, { maxLength: MAX_NAME, separator: '-' });
    const description =
      props.description ??
      `Denies IAM users everything but MFA self-service (${this.selfService.name}) until MFA is present`;
    const document = refuseAt(this.node.path, () => {
      requireLength('policyName', this.policyName, MAX_NAME);
      requireLength('description', description, MAX_DESCRIPTION);
      requireTargets(props.targetIds);
      requireExemptUsers(props.exemptUsers ?? []);
      return new PolicyDocument({ statements: serviceControlStatements(props, props.exemptUsers ?? []) });
    });

    const policy = new CfnPolicy(this, 'Resource', {
      type: 'SERVICE_CONTROL_POLICY',
      name: this.policyName,
      description,
      content: document,
      ...(props.targetIds === undefined ? {} : { targetIds: props.targetIds }),
    });
    warnInChina(this);
    this.policyId = policy.attrId;
    this.policyArn = policy.attrArn;
    limitSize(this, {
      what: `service control policy '${this.node.path}'`,
      document,
      limit: SERVICE_CONTROL_POLICY,
      counts: `${describeOpenActions(props.openActions)}, exempt users: ${countOf(props.exemptUsers ?? [])}`,
      fix: `${FEWER_OPEN_ACTIONS}, and exempt machine users by an IAM path of their own`,
    });
  }
}

/** The limits of CreatePolicy: https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreatePolicy.html */
const MAX_NAME = 128;
const MAX_DESCRIPTION = 512;

/** Warns in a Region in China; a Region that is known only at deployment is not judged. */
function warnInChina(policy: Construct): void {
  const { region } = Stack.of(policy);
  if (!Token.isUnresolved(region) && region.startsWith('cn-')) {
    Annotations.of(policy).addWarningV2(
      'cdk-mfa-guardrails:NotResourceInChina',
      `the stack is in ${region}, and AWS has announced NotResource, which the policy needs, in service control policies of ` +
        'its commercial and GovCloud Regions only, so AWS Organizations may refuse it; try it on an organizational unit ' +
        'without accounts, or deploy an MfaEnforcementPolicy in each account instead',
    );
  }
}

function requireLength(property: string, text: string, max: number): void {
  if (!Token.isUnresolved(text) && (text.length === 0 || text.length > max)) {
    throw new Error(
      `${property} is '${text}' (${text.length} characters), must have 1 to ${max} characters; leave it out, or write a ` +
        'shorter one',
    );
  }
}

function requireTargets(targetIds: readonly string[] | undefined): void {
  if (targetIds === undefined) {
    return;
  }
  if (targetIds.length === 0) {
    throw new Error(
      'targetIds is empty, must name at least one target: the policy would apply to nobody; name the root, units or ' +
        'accounts, or leave targetIds out and attach it elsewhere',
    );
  }
  for (const target of knownOf(targetIds)) {
    if (!UNIT_OR_ROOT_ID.test(target) && !ACCOUNT_ID.test(target)) {
      throw new Error(
        `targetIds names '${target}', must be the root (r-ab12), an organizational unit (ou-ab12-34cd56ef) or an account ` +
          '(12 digits); write an id, as `aws organizations list-roots` and `list-organizational-units-for-parent` show it',
      );
    }
  }
  requireOnce('targetIds', targetIds);
}

/** An ARN pattern of IAM users: any partition, any account, a path and a name. */
const USERS = /^arn:(\*|aws[a-z-]*):iam::(\*|\d{12}):user\/([\w+=,.@/*?-]+)$/;

function requireExemptUsers(patterns: readonly string[]): void {
  for (const pattern of knownOf(patterns)) {
    const [, , , users] = USERS.exec(pattern) ?? [];
    if (users === undefined) {
      throw new Error(
        `exemptUsers names '${pattern}', must be an ARN pattern of IAM users: arn:aws:iam::, an account or *, :user/ and a ` +
          'path or a name; write one such as arn:aws:iam::*:user/ci/*',
      );
    }
    if (/^[*?/]*$/.test(users)) {
      throw new Error(
        `exemptUsers names '${pattern}', must be narrower than every user, or every user of some path: it would leave ` +
          'nobody under MFA; name a path of machine users such as arn:aws:iam::*:user/ci/*, or the user',
      );
    }
  }
}

/** Returns the part of a list that is known before deployment. */
function knownOf(list: readonly string[]): readonly string[] {
  return Token.isUnresolved(list) ? [] : list.filter((item) => !Token.isUnresolved(item));
}

function countOf(list: readonly string[]): string {
  return Token.isUnresolved(list) ? 'known at deployment' : String(list.length);
}
