/** The stack of one fleet: its holders under MFA, its record, and the roles of the people who work with it. */

import { Annotations, CfnOutput, CfnResource, type Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnUserToGroupAddition, type IManagedPolicy, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { BreakGlassRole } from './break-glass/break-glass-role';
import { BreakGlassUser } from './break-glass/break-glass-user';
import { MfaEnforcedGroup, MfaEnforcementPolicy } from './enforcement/mfa-enforcement-policy';
import { MfaSelfService } from './enforcement/mfa-enforcement-rules';
import { collisionsOf, type FleetNames } from './fleet/fleet-names';
import type { TokenInventory } from './fleet/token-inventory';
import { TokenRecord } from './fleet/token-record';
import { pathOf, refuseAt } from './policy/refusal';
import { devicePath } from './record/names';
import { listOf } from './record/text';
import { HOLDERS_BY_PATH_ONLY } from './runbook-roles/moved-holders';
import { RunbookAuditor } from './runbook-roles/runbook-auditor';
import { RunbookOperator } from './runbook-roles/runbook-operator';

/** CloudFormation's limit on the resources of a stack. */
const MAX_RESOURCES = 500;

/** Properties of a GuardrailsStack. */
export interface GuardrailsStackProps extends StackProps {
  /** The fleet's tokens and who holds them. */
  readonly inventory: TokenInventory;

  /**
   * The principals that may assume the operator's role, always with MFA: IAM users, accounts or organizations; never a
   * holder.
   *
   * @default - the account: every IAM user in it whose own policies allow sts:AssumeRole on the role
   */
  readonly operators?: IPrincipal[];

  /**
   * Makes the stack create the holders, as break-glass users at the IAM path `/mfa-guardrails/{fleet}/`.
   *
   * @default true - except those named in `existingHolders`
   */
  readonly createHolders?: boolean;

  /**
   * Holders who are already IAM users, by name. They keep their users, and the stack puts them into the enforcing
   * group.
   *
   * With `createHolders: false`, those not named are users at the IAM path `/mfa-guardrails/{fleet}/` that another stack
   * creates and puts into the enforcing group: the way for more holders than one stack, or one policy, can name.
   *
   * @default - none, or every holder when `createHolders` is false
   */
  readonly existingHolders?: string[];

  /**
   * The greatest age of the operator's MFA sign-in when the role is assumed.
   *
   * @default Duration.hours(1) - MFA was given within the last hour
   */
  readonly operatorMaxAge?: Duration;

  /**
   * The longest session of the operator, 1 to 12 hours.
   *
   * @default Duration.hours(1)
   */
  readonly operatorMaxSessionDuration?: Duration;

  /**
   * The principals that may assume the auditor's role, always with MFA: IAM users, accounts or organizations; holders
   * as well.
   *
   * @default - the account: every IAM user in it whose own policies allow sts:AssumeRole on the role
   */
  readonly auditors?: IPrincipal[];

  /**
   * The permissions of the created holders in an emergency: the policies of a role that they assume, with MFA no older than
   * five minutes, for an hour. Its name is `mfa-guardrails-{fleet}-break-glass`.
   *
   * @default - no role: holders may do what you grant them
   */
  readonly breakGlassPolicies?: IManagedPolicy[];
}

/**
 * One fleet, ready to deploy: its holders under MFA without self-service, the record of their tokens, the operator
 * who enrolls them, and the auditor who checks.
 *
 * @example
 * new GuardrailsStack(app, 'BreakGlass', {
 *   inventory: TokenInventory.fromYaml(readFileSync('tokens.yaml', 'utf8'), 'tokens.yaml'),
 *   operators: [new iam.ArnPrincipal('arn:aws:iam::111122223333:user/olga')],
 * });
 */
export class GuardrailsStack extends Stack {
  /** The policy that keeps the holders under MFA. */
  public readonly enforcement: MfaEnforcementPolicy;
  /** The group of the created holders. */
  public readonly group: MfaEnforcedGroup;
  /** The created holders, in alphabetical order. */
  public readonly holders: BreakGlassUser[];
  /** The record of the fleet's tokens. */
  public readonly record: TokenRecord;
  /** The operator who enrolls them. */
  public readonly runbookOperator: RunbookOperator;
  /** The auditor who reads the record, the devices and the evidence. */
  public readonly runbookAuditor: RunbookAuditor;
  /** The role for emergencies, if `breakGlassPolicies` was given. */
  public readonly breakGlassRole: BreakGlassRole | undefined;
  private readonly names: FleetNames;

  public constructor(scope: Construct, id: string, props: GuardrailsStackProps) {
    const { inventory } = props;
    const existing = refuseAt(pathOf(scope, id), () => existingHolders(props));
    function isCreated(name: string): boolean {
      return props.createHolders !== false && !existing.has(name);
    }
    const created = inventory.holderNames.filter(isCreated);
    super(scope, id, { description: `MFA guardrails of fleet ${inventory.fleet}`, ...props });

    this.enforcement = new MfaEnforcementPolicy(this, 'Enforcement', { selfService: MfaSelfService.NONE });
    this.group = new MfaEnforcedGroup(this, 'Group', { enforcement: this.enforcement });
    const holders = new Construct(this, 'Holders');
    this.names = { stack: this, fleet: inventory.fleet, holders: created };
    this.holders = created.map(
      (userName) =>
        new BreakGlassUser(holders, constructId(userName), {
          userName,
          group: this.group,
          path: devicePath(inventory.fleet),
        }),
    );
    if (existing.size > 0) {
      // By the group, as Security Hub's IAM.2 wants it. One resource: CDK's own for each user may have the id of another's.
      new CfnUserToGroupAddition(this, 'ExistingHolders', {
        groupName: this.group.groupName,
        users: [...existing],
      });
    }

    this.record = new TokenRecord(this, 'Record', { inventory });
    this.runbookOperator = this.addOperator(props, existing);
    // A trust policy has room for few names, and a path can be changed; the group has everybody.
    this.enforcement.addStatements(this.runbookOperator.denialForHolders());
    Annotations.of(this.runbookOperator).acknowledgeWarning(
      HOLDERS_BY_PATH_ONLY,
      'the enforcing policy denies it',
    );
    this.runbookAuditor = this.addAuditor(props);
    this.breakGlassRole = this.addBreakGlassRole(props);
    this.keepWithHolders(props);
    this.addOutputs();
    refuseAt(this.node.path, () => this.requireRoom(created.length));
    this.node.addValidation({ validate: () => this.collisions() });
  }

  /** Reports the earlier stacks that take names of this one. */
  private collisions(): string[] {
    const all = this.node.root.node.findAll().filter((construct) => construct instanceof GuardrailsStack);
    return all.slice(0, all.indexOf(this)).flatMap((other) => collisionsOf(this.names, other.names));
  }

  /**
   * Makes CloudFormation delete the record and the roles of the runbook after the holders: IAM refuses to delete a user who has a
   * device, and a holder whose deletion failed must still be one whose device the operator can retire.
   */
  private keepWithHolders({ auditors = [], inventory }: GuardrailsStackProps): void {
    const path = `:user${devicePath(inventory.fleet)}`;
    // IAM trusts no user who is not there, so a holder who is an auditor comes before the auditor's role.
    const isHolder = auditors.some((each) =>
      JSON.stringify(this.resolve(each.policyFragment.principalJson)).includes(path),
    );
    for (const holder of this.holders) {
      holder.node.addDependency(
        this.record,
        this.runbookOperator,
        ...(isHolder ? [] : [this.runbookAuditor]),
      );
    }
  }

  private addOperator(props: GuardrailsStackProps, existing: ReadonlySet<string>): RunbookOperator {
    return new RunbookOperator(this, 'Operator', {
      record: this.record,
      existingHolders: [...existing],
      ...(props.operators === undefined ? {} : { operators: props.operators }),
      ...(props.operatorMaxAge === undefined ? {} : { maxAge: props.operatorMaxAge }),
      ...(props.operatorMaxSessionDuration === undefined
        ? {}
        : { maxSessionDuration: props.operatorMaxSessionDuration }),
    });
  }

  private addAuditor({ auditors }: GuardrailsStackProps): RunbookAuditor {
    return new RunbookAuditor(this, 'Auditor', {
      record: this.record,
      ...(auditors === undefined ? {} : { auditors }),
    });
  }

  private addBreakGlassRole(props: GuardrailsStackProps): BreakGlassRole | undefined {
    if (props.breakGlassPolicies === undefined) {
      return undefined;
    }
    refuseAt(this.node.path, () => requireUsableBreakGlass(this.holders, props));
    return new BreakGlassRole(this, 'BreakGlassRole', {
      users: this.holders,
      roleName: `mfa-guardrails-${props.inventory.fleet}-break-glass`,
      managedPolicies: props.breakGlassPolicies,
    });
  }

  private requireRoom(holders: number): void {
    const resources = this.node
      .findAll()
      .filter((construct) => CfnResource.isCfnResource(construct) && Stack.of(construct) === this);
    if (resources.length > MAX_RESOURCES) {
      throw new Error(
        `the stack would have ${resources.length} resources, ${holders} of them users, must be at most ${MAX_RESOURCES}; ` +
          "split the inventory into several fleets, or create the users at the fleet's path elsewhere and give " +
          'createHolders: false with existingHolders: []',
      );
    }
  }

  private addOutputs(): void {
    new CfnOutput(this, 'OperatorRoleArn', {
      value: this.runbookOperator.role.roleArn,
      description: 'The role to assume, with MFA, before mfa-runbook',
    });
    new CfnOutput(this, 'AuditorRoleArn', {
      value: this.runbookAuditor.role.roleArn,
      description: 'The role to assume, with MFA, to plan and to verify evidence',
    });
    if (this.breakGlassRole !== undefined) {
      new CfnOutput(this, 'BreakGlassRoleArn', {
        value: this.breakGlassRole.roleArn,
        description: 'The role the holders assume in an emergency, with MFA',
      });
    }
    new CfnOutput(this, 'EnforcingGroupName', {
      value: this.group.groupName,
      description: 'The group whose members are denied everything until MFA is present',
    });
    new CfnOutput(this, 'RecordPath', {
      value: this.record.path,
      description: 'The SSM path of the record',
    });
    new CfnOutput(this, 'RecordGeneration', {
      value: this.record.generation,
      description: 'The digest of the deployed record',
    });
  }
}

/** Returns the name itself, except for one such as `constructor`, which the constructs library takes for an existing id. */
function constructId(userName: string): string {
  return userName in Object.prototype ? `User ${userName}` : userName;
}

function requireUsableBreakGlass(holders: readonly BreakGlassUser[], props: GuardrailsStackProps): void {
  if (props.breakGlassPolicies?.length === 0) {
    throw new Error(
      'breakGlassPolicies is empty, must name at least one policy: the role could do nothing; name one, or leave it out',
    );
  }
  if (holders.length === 0) {
    throw new Error(
      `breakGlassPolicies needs holders that the stack creates, fleet '${props.inventory.fleet}' has none; leave it out, and ` +
        'give users who already exist an MfaRole',
    );
  }
}

function existingHolders(props: GuardrailsStackProps): ReadonlySet<string> {
  const { holderNames, fleet } = props.inventory;
  const holders = new Set(holderNames);
  const named = new Set(props.existingHolders ?? (props.createHolders === false ? holderNames : []));
  const stranger = [...named].find((name) => !holders.has(name));
  if (stranger !== undefined) {
    throw new Error(
      `existingHolders names '${stranger}', must be a holder of fleet '${fleet}' (${listOf(holderNames)}); ` +
        'correct the name, or declare the holder in the inventory',
    );
  }
  return new Set(holderNames.filter((name) => named.has(name)));
}
