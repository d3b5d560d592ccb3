/** The guardrails of an organization: a policy over its accounts, and a policy and a group in each account. */

import { CfnStackSet, Stack, Stage, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { MfaConformanceProps } from '../conformance/mfa-conformance';
import { type MfaEnforcementRules, sharedRules } from '../enforcement/mfa-enforcement-rules';
import { MfaServiceControlPolicy } from '../enforcement/mfa-service-control-policy';
import { refuseAt } from '../policy/refusal';
import { type AccountTemplate, accountTemplate } from './account-template';
import {
  requireAccountIds,
  requireName,
  requireOrganizationalUnits,
  requireOtherName,
  requirePercentage,
} from './refusals';

/** The share of the accounts to which StackSets deploys at a time, in percent. */
const MAX_CONCURRENT = 25;

/** Properties of an OrganizationGuardrails. */
export interface OrganizationGuardrailsProps extends MfaEnforcementRules {
  /**
   * The organizational units (`ou-…`), or the root (`r-…`), whose accounts are guarded, including accounts that join later.
   */
  readonly organizationalUnitIds: string[];

  /**
   * Additional accounts that get the service control policy, by their 12 digits. StackSets does not deploy to them: it
   * accepts organizational units only.
   *
   * @default - none
   */
  readonly accountIds?: string[];

  /**
   * ARN patterns of IAM users whom the service control policy exempts: machine users, who cannot have MFA, such as
   * `arn:aws:iam::*:user/ci/*`. The group in each account has no exemptions: do not add such a user to it.
   *
   * @default - none
   */
  readonly exemptUsers?: string[];

  /**
   * The name of the policy in each account, for example to attach it to existing groups of people.
   *
   * @default mfa-enforcement - an account that already has a policy of that name fails
   */
  readonly policyName?: string;

  /**
   * The name of the group in each account whose members have the policy.
   *
   * @default mfa-enforced - an account that already has a group of that name fails
   */
  readonly groupName?: string;

  /**
   * The name of an MfaEnforcementBoundary in each account, for users whom the account's own administrators create. It must
   * differ from `policyName`.
   *
   * @default - no boundary
   */
  readonly boundaryName?: string;

  /**
   * Adds the rules of MfaConformance to each account. Every account needs a configuration recorder in the Region of the
   * stacks; an account without one fails.
   *
   * @default - no rules
   */
  readonly conformance?: MfaConformanceProps;

  /**
   * The Region that holds the stacks. One is enough, and two would conflict, because IAM is global.
   *
   * @default - the Region of this stack
   */
  readonly region?: string;

  /**
   * Keeps the policy and the group in an account that leaves the organizational units.
   *
   * Without this, moving an account would be a way to remove MFA. However, nobody manages the policy and the group from then
   * on, and an account that comes back fails until its old stack is deleted, because the names are taken. Name the highest unit
   * that you mean: moves below it change nothing.
   *
   * @default true - an account that leaves keeps both
   */
  readonly retainOnAccountRemoval?: boolean;

  /**
   * The share of accounts that may fail before StackSets stops, in percent, rounded down. Suspended accounts are
   * skipped and do not count.
   *
   * Up to that many failures the deployment *succeeds*, and the service control policy is attached although the accounts
   * that failed have no group yet. A user without a device there can neither work nor enroll one, unless another policy
   * allows it. With more than 0, check `aws cloudformation list-stack-instances --stack-set-name mfa-guardrails` afterwards
   * (with `--call-as DELEGATED_ADMIN` in a delegated administrator's account): every stack that is neither `CURRENT` nor
   * suspended has failed.
   *
   * @default 0 - the deployment fails with the first account that fails, and the policy is not attached
   */
  readonly failureTolerancePercentage?: number;

  /**
   * The name of the StackSet: a letter, then letters, digits and hyphens, at most 128 characters.
   *
   * It must be unique in an account and Region: a second OrganizationGuardrails there needs another one. If their units
   * overlap, it also needs its own `policyName`, `groupName` and `boundaryName`, which must be unique in each account.
   *
   * @default mfa-guardrails - for the one OrganizationGuardrails of the account
   */
  readonly stackSetName?: string;

  /**
   * States that this is deployed in a delegated administrator's account instead of the management account.
   *
   * The account must be a delegated administrator of CloudFormation StackSets, and the organization's delegation policy must
   * let it create and attach policies.
   *
   * @default false - in the management account
   */
  readonly delegatedAdministrator?: boolean;
}

/**
 * MFA for an organization: a service control policy that denies IAM users everything except MFA self-service until MFA is
 * present, and in every account a policy and a group that do the same and also *allow* the self-service.
 *
 * Both are needed. A service control policy allows nothing, so it locks out a user who cannot enroll a device: first add
 * people to the group, or attach the policy to their own groups. An administrator of an account could detach the policy, but
 * not the service control policy. That one is attached after all accounts have their group
 * (`failureTolerancePercentage`); it applies at once to an account that joins later, whose group follows within minutes.
 *
 * Before you deploy it: the organization has all features, service control policies are enabled, and StackSets has trusted
 * access (`aws cloudformation activate-organizations-access`; not offered in China). It does not reach the **management
 * account**: neither service control policies nor service-managed StackSets apply to it. Deploy an MfaEnforcementPolicy, or
 * a GuardrailsStack, there separately. Before you destroy it, or remove a unit, remove the members from the groups: IAM does
 * not delete a group with members, and those stacks fail.
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
  private readonly stackSetName: string;

  /**
   * @throws when an organizational unit, an account, an exempt user, a name, the Region or the tolerance is invalid, a unit
   * or account is named twice, an open action is malformed, too wide or too strong, `maxAge` is out of range, the template of
   * an account is larger than AWS allows, or policy and boundary have the same name; at synthesis when the service control
   * policy is too large, or another OrganizationGuardrails in the same account and Region has the same `stackSetName`
   */
  public constructor(scope: Construct, id: string, props: OrganizationGuardrailsProps) {
    super(scope, id);
    this.policyName = props.policyName ?? 'mfa-enforcement';
    this.groupName = props.groupName ?? 'mfa-enforced';
    this.stackSetName = props.stackSetName ?? 'mfa-guardrails';
    const stackSet = refuseAt(this.node.path, () => {
      requireOrganizationalUnits(props.organizationalUnitIds);
      requireAccountIds(props.accountIds ?? [], props.organizationalUnitIds);
      requireName('policyName', this.policyName);
      requireName('groupName', this.groupName);
      requireName('stackSetName', this.stackSetName);
      if (props.boundaryName !== undefined) {
        requireOtherName(props.boundaryName, this.policyName);
      }
      return this.stackSet(props);
    });
    this.stackSetId = stackSet.ref;
    this.serviceControlPolicy = new MfaServiceControlPolicy(this, 'ServiceControlPolicy', {
      ...sharedRules(props),
      targetIds:
        props.accountIds === undefined
          ? props.organizationalUnitIds
          : [...props.organizationalUnitIds, ...props.accountIds],
      ...(props.exemptUsers === undefined ? {} : { exemptUsers: props.exemptUsers }),
    });
    // People can enroll a device before everything else is denied.
    this.serviceControlPolicy.node.addDependency(stackSet);
    this.node.addValidation({ validate: () => this.nameProblems() });
  }

  /** Reports another construct that has the same StackSet name. */
  private nameProblems(): string[] {
    const all = this.node.root.node
      .findAll()
      .filter((construct) => construct instanceof OrganizationGuardrails);
    const other = all
      .slice(0, all.indexOf(this))
      .find(
        (one) =>
          !Token.isUnresolved(this.stackSetName) &&
          one.stackSetName === this.stackSetName &&
          isInOnePlace(one, this),
      );
    return other === undefined
      ? []
      : [
          `stackSetName is '${this.stackSetName}', the same as that of '${other.node.path}', must be unique in an account and ` +
            'Region; write another stackSetName, and if the units overlap also another policyName, groupName and ' +
            'boundaryName, or name the units of both in one OrganizationGuardrails',
        ];
  }

  private stackSet(props: OrganizationGuardrailsProps): CfnStackSet {
    const template = this.template(props);
    return new CfnStackSet(this, 'StackSet', {
      stackSetName: this.stackSetName,
      description: `MFA guardrails in every account: policy and group, by ${this.node.path}`,
      permissionModel: 'SERVICE_MANAGED',
      callAs: props.delegatedAdministrator === true ? 'DELEGATED_ADMIN' : 'SELF',
      capabilities: ['CAPABILITY_NAMED_IAM'],
      templateBody: template.body,
      ...parametersOf(template),
      autoDeployment: {
        enabled: true,
        retainStacksOnAccountRemoval: props.retainOnAccountRemoval ?? true,
      },
      managedExecution: { Active: true },
      operationPreferences: operationPreferences(props.failureTolerancePercentage ?? 0),
      stackInstancesGroup: [
        {
          regions: [requireName('region', props.region ?? Stack.of(this).region)],
          deploymentTargets: { organizationalUnitIds: props.organizationalUnitIds },
        },
      ],
    });
  }

  private template(props: OrganizationGuardrailsProps): AccountTemplate {
    return accountTemplate({
      ...sharedRules(props),
      policyName: this.policyName,
      groupName: this.groupName,
      ...(props.boundaryName === undefined
        ? {}
        : { boundaryName: requireName('boundaryName', props.boundaryName) }),
      ...(props.conformance === undefined ? {} : { conformance: props.conformance }),
    });
  }
}

/** Tells whether two constructs are deployed in the same account and Region, as far as that is known. */
function isInOnePlace(one: Construct, other: Construct): boolean {
  const [here, there] = [Stack.of(one), Stack.of(other)];
  const isKnown = !Token.isUnresolved(here.account) && !Token.isUnresolved(here.region);
  return here.environment === there.environment && (isKnown || Stage.of(one) === Stage.of(other));
}

/** Returns the parameters of the template; without any, the property is left out. */
function parametersOf({ parameters }: AccountTemplate): {
  readonly parameters?: CfnStackSet.ParameterProperty[];
} {
  const given = Object.entries(parameters);
  return given.length === 0
    ? {}
    : { parameters: given.map(([parameterKey, parameterValue]) => ({ parameterKey, parameterValue })) };
}

function operationPreferences(tolerancePercentage: number): CfnStackSet.OperationPreferencesProperty {
  return {
    failureTolerancePercentage: requirePercentage('failureTolerancePercentage', tolerancePercentage),
    maxConcurrentPercentage: MAX_CONCURRENT,
    // The tolerance alone would allow one account at a time.
    concurrencyMode: 'SOFT_FAILURE_TOLERANCE',
  };
}
