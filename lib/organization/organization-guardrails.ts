/** The guardrails of an organisation: the ceiling over its accounts, and the policy and group inside each. */
import { CfnStackSet, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { MfaConformanceProps } from '../conformance/mfa-conformance';
import type { MfaEnforcementRules } from '../enforcement/mfa-enforcement-rules';
import { MfaServiceControlPolicy } from '../enforcement/mfa-service-control-policy';
import { accountTemplate } from './account-template';
import { requireAccountIds, requireName, requireOrganizationalUnits, requirePercentage } from './refusals';

const DEFAULT_FAILURE_TOLERANCE = 10;

/** Properties of an OrganizationGuardrails. */
export interface OrganizationGuardrailsProps extends MfaEnforcementRules {
  /**
   * The organizational units (`ou-…`), or the root (`r-…`), whose accounts are guarded, those that join later included.
   */
  readonly organizationalUnitIds: string[];

  /**
   * Accounts that get the service control policy besides, by their 12 digits. StackSets does not deploy to them: it takes
   * organizational units only.
   *
   * @default - none
   */
  readonly accountIds?: string[];

  /**
   * ARN patterns of IAM users whom the service control policy leaves alone: machine users, who cannot have MFA, such as
   * `arn:aws:iam::*:user/ci/*`. The group in each account needs no exemption: do not put such a user into it.
   *
   * @default - none
   */
  readonly exemptUsers?: string[];

  /**
   * The name of the policy in each account, for example to attach it to the groups people are in already.
   *
   * @default mfa-enforcement
   */
  readonly policyName?: string;

  /**
   * The name of the group in each account whose members are under the policy.
   *
   * @default mfa-enforced
   */
  readonly groupName?: string;

  /**
   * The name of an MfaEnforcementBoundary in each account, for users whom the account's own administrators create.
   *
   * @default - no boundary
   */
  readonly boundaryName?: string;

  /**
   * Whether each account gets the rules of MfaConformance too, and which. Every account needs a configuration recorder
   * in the Region of the stacks: one that has none fails.
   *
   * @default - no rules
   */
  readonly conformance?: MfaConformanceProps;

  /**
   * The Region that holds the stacks. One is enough, and two would collide: IAM is the same in all of them.
   *
   * @default - the Region of this stack
   */
  readonly region?: string;

  /**
   * Whether policy and group stay in an account that leaves the organizational units.
   *
   * Without them, moving an account would be a way to be rid of MFA. On the other hand nobody looks after them any more,
   * and an account that comes back fails until its old stack is deleted, because the names are taken. Name the highest
   * unit that is meant: moves below it change nothing.
   *
   * @default true
   */
  readonly retainOnAccountRemoval?: boolean;

  /**
   * How many accounts may fail before StackSets stops, in percent, rounded down.
   *
   * @default 10
   */
  readonly failureTolerancePercentage?: number;

  /**
   * The name of the StackSet: a letter, then letters, digits and hyphens, at most 128 characters.
   *
   * @default mfa-guardrails
   */
  readonly stackSetName?: string;

  /**
   * Whether this is deployed in an account that is a delegated administrator, in place of the management account.
   *
   * The account must be one for CloudFormation StackSets, and the organisation's delegation policy must let it create and
   * attach policies.
   *
   * @default false - in the management account
   */
  readonly delegatedAdministrator?: boolean;
}

/**
 * MFA for an organisation: a service control policy that denies IAM users everything but MFA self-service until MFA is
 * present, and in every account a policy and a group that say the same and *grant* the self-service.
 *
 * Both are needed. A service control policy grants nothing, so a user who may not enrol a device would be locked out by
 * it: put people into the group (or attach the policy to theirs) before. And the policy alone could be detached by an
 * administrator of the account, which the service control policy outlasts. It is attached once the accounts have theirs.
 *
 * Before you deploy it: the organisation has all features, service control policies are enabled, and StackSets has trusted
 * access (`aws cloudformation activate-organizations-access`; not offered in China). What it does not reach is the
 * **management account**: neither service control policies nor service-managed StackSets apply to it. Deploy an
 * MfaEnforcementPolicy, or a GuardrailsStack, there by itself. Before you destroy it, or take a unit out, take the members
 * out of the groups: IAM does not delete a group that has any, and those stacks fail.
 *
 * @see https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-activate-trusted-access.html
 * @example
 * new OrganizationGuardrails(this, 'Guardrails', {
 *   organizationalUnitIds: ['ou-ab12-11112222'],
 *   exemptUsers: ['arn:aws:iam::*:user/ci/*'], // programs
 *   conformance: { usersWithoutPassword: false },
 * });
 */
export class OrganizationGuardrails extends Construct {
  /** The policy over the accounts. */
  public readonly serviceControlPolicy: MfaServiceControlPolicy;
  /** The name of the policy in each account. */
  public readonly policyName: string;
  /** The name of the group in each account. */
  public readonly groupName: string;
  /** The id of the StackSet. */
  public readonly stackSetId: string;

  public constructor(scope: Construct, id: string, props: OrganizationGuardrailsProps) {
    super(scope, id);
    requireOrganizationalUnits(props.organizationalUnitIds);
    requireAccountIds(props.accountIds ?? [], props.organizationalUnitIds);
    this.policyName = requireName('policyName', props.policyName ?? 'mfa-enforcement');
    this.groupName = requireName('groupName', props.groupName ?? 'mfa-enforced');

    const stackSet = this.stackSet(props);
    this.stackSetId = stackSet.ref;
    this.serviceControlPolicy = new MfaServiceControlPolicy(this, 'ServiceControlPolicy', {
      ...rulesOf(props),
      targetIds:
        props.accountIds === undefined
          ? props.organizationalUnitIds
          : [...props.organizationalUnitIds, ...props.accountIds],
      ...(props.exemptUsers === undefined ? {} : { exemptUsers: props.exemptUsers }),
    });
    // First the way to enrol a device, then the denial of all else.
    this.serviceControlPolicy.node.addDependency(stackSet);
  }

  private stackSet(props: OrganizationGuardrailsProps): CfnStackSet {
    const { body, parameters } = accountTemplate({
      ...rulesOf(props),
      policyName: this.policyName,
      groupName: this.groupName,
      ...(props.boundaryName === undefined
        ? {}
        : { boundaryName: requireName('boundaryName', props.boundaryName) }),
      ...(props.conformance === undefined ? {} : { conformance: props.conformance }),
    });
    const given = Object.entries(parameters);
    return new CfnStackSet(this, 'StackSet', {
      stackSetName: requireName('stackSetName', props.stackSetName ?? 'mfa-guardrails'),
      description: `MFA guardrails in every account: policy and group, by ${this.node.path}`,
      permissionModel: 'SERVICE_MANAGED',
      callAs: props.delegatedAdministrator === true ? 'DELEGATED_ADMIN' : 'SELF',
      capabilities: ['CAPABILITY_NAMED_IAM'],
      templateBody: body,
      ...(given.length === 0
        ? {}
        : {
            parameters: given.map(([parameterKey, parameterValue]) => ({ parameterKey, parameterValue })),
          }),
      autoDeployment: {
        enabled: true,
        retainStacksOnAccountRemoval: props.retainOnAccountRemoval ?? true,
      },
      managedExecution: { Active: true },
      operationPreferences: {
        failureTolerancePercentage: requirePercentage(
          'failureTolerancePercentage',
          props.failureTolerancePercentage ?? DEFAULT_FAILURE_TOLERANCE,
        ),
        maxConcurrentPercentage: 25,
        // The tolerance alone would allow a small organisation one account at a time.
        concurrencyMode: 'SOFT_FAILURE_TOLERANCE',
      },
      stackInstancesGroup: [
        {
          regions: [requireName('region', props.region ?? Stack.of(this).region)],
          deploymentTargets: { organizationalUnitIds: props.organizationalUnitIds },
        },
      ],
    });
  }
}

/** The rules that the policy of the accounts and the one over them share: one may not close what the other opens. */
function rulesOf(props: MfaEnforcementRules): MfaEnforcementRules {
  const { selfService, allowPasswordChange, openActions, maxAge } = props;
  return {
    ...(selfService === undefined ? {} : { selfService }),
    ...(allowPasswordChange === undefined ? {} : { allowPasswordChange }),
    ...(openActions === undefined ? {} : { openActions }),
    ...(maxAge === undefined ? {} : { maxAge }),
  };
}
