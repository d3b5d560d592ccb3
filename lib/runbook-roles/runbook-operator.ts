/** The operator: the role that enrolls the fleet's tokens, and can do nothing else. */

import { type Duration, Stack, Token } from 'aws-cdk-lib';
import { type IGrantable, type IPrincipal, type ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { TokenRecord } from '../fleet/token-record';
import type { Wildcard } from '../policy/acknowledgements';
import { refuseAt } from '../policy/refusal';
import { devicePath, isSameUser } from '../record/names';
import type { MfaRole } from '../trust/mfa-role';
import { deployedTrust } from '../trust/mfa-trust-policy';
import { arnText } from '../trust/principal-arn';
import { trustStatementsOf } from '../trust/trust-conditions';
import { movedHolderStatements, warnOfMovedHolders } from './moved-holders';
import {
  denialByName,
  denialOfOperating,
  EVERY_ROOT,
  fleetDeviceArn,
  HolderUsers,
  listDevices,
  lookAtRoots,
  readParameters,
  sharedWildcards,
  writeEvidence,
} from './permissions';
import { addRunbookRole } from './runbook-role';

/** Properties of a RunbookOperator. */
export interface RunbookOperatorProps {
  /** The record of the fleet to operate. */
  readonly record: TokenRecord;

  /**
   * The principals that may assume the role, always with MFA: IAM users, accounts or organizations.
   *
   * A holder of the fleet cannot, even if named here: nobody enrolls their own token.
   *
   * @default - the account: every IAM user in it whose own policies allow sts:AssumeRole on the role
   */
  readonly operators?: IPrincipal[];

  /**
   * The user names of holders outside the fleet's own IAM path, `/mfa-guardrails/{fleet}/`.
   *
   * One by one: each may be a token, but not the list.
   *
   * @default - none: every holder is at the fleet's path
   */
  readonly existingHolders?: string[];

  /**
   * The ARNs of roles in other accounts that the operator may assume to look at the devices of their root users.
   *
   * Each has to trust the operator's role without asking for MFA again, because the session of a role carries none:
   * assuming the operator's role required it.
   *
   * @default - none
   */
  readonly rootAuditRoleArns?: string[];

  /**
   * Allows `sts:AssumeRoot` on member accounts with the task policy IAMAuditRootUserCredentials, which only reads.
   *
   * It works in the management account of an organization with centralized root access, or its delegated administrator.
   *
   * @default false
   */
  readonly allowAssumeRoot?: boolean;

  /**
   * The greatest age of the operator's MFA sign-in when the role is assumed, 1 minute to 36 hours.
   *
   * @default Duration.hours(1) - MFA was given within the last hour
   */
  readonly maxAge?: Duration;

  /**
   * The longest session of the operator, 1 to 12 hours.
   *
   * @default Duration.hours(1) - the shortest maximum that IAM knows
   */
  readonly maxSessionDuration?: Duration;
}

/**
 * The role of the person who enrolls tokens with `mfa-runbook`. Assuming it requires MFA.
 *
 * It creates and deletes devices at the fleet's own path, assigns them to the fleet's holders, reads the record, and
 * writes evidence. It cannot change the devices of other users or of root, and no holder can assume it.
 *
 * @example
 * declare const record: TokenRecord;
 *
 * new RunbookOperator(this, 'Operator', {
 *   record,
 *   operators: [new iam.ArnPrincipal('arn:aws:iam::111122223333:user/olga')],
 * });
 */
export class RunbookOperator extends Construct implements IGrantable {
  /** The fleet that it operates. */
  public readonly fleet: string;
  /** The role to assume. */
  public readonly role: MfaRole;
  /** The permissions of the role, as a policy that a permission set of Identity Center can also use. */
  public readonly policy: ManagedPolicy;
  /** The role, for further grants. */
  public readonly grantPrincipal: IPrincipal;

  /**
   * @throws when `operators` is empty, names a holder of the fleet or a principal that never has MFA, an existing
   * holder's name is not one of an IAM user, `maxAge` or `maxSessionDuration` is out of range, or the names do not fit
   * into a policy; at synthesis when statements that were added weaken MFA, or make a policy larger than IAM allows by
   * default
   */
  public constructor(scope: Construct, id: string, props: RunbookOperatorProps) {
    super(scope, id);
    const {
      record,
      operators,
      existingHolders = [],
      rootAuditRoleArns = [],
      allowAssumeRoot = false,
    } = props;
    const { fleet } = record;
    const others = record.holderNames.filter(isNotIn(existingHolders));
    const { holders, rootAudits } = refuseAt(this.node.path, () => ({
      holders: new HolderUsers(fleet, existingHolders, others),
      rootAudits: lookAtRoots(rootAuditRoleArns, allowAssumeRoot),
    }));
    const everybody = [...existingHolders, ...others];
    // An operator who is a holder could enroll a token for themselves.
    const denials = [everybody, existingHolders].map((names) => denialsOf(holders, names));
    const statements = [
      ...deviceStatements(fleet, holders),
      ...rootAudits,
      readParameters(record),
      writeEvidence(record),
    ];
    const moved = movedHolderStatements(this, holders, statements);
    const parts = addRunbookRole(this, {
      person: 'operator',
      task: {
        policy: `Enroll the MFA tokens of fleet ${fleet} with mfa-runbook`,
        role: `Enrolls the MFA tokens of fleet ${fleet} with mfa-runbook`,
      },
      // The ARNs of moved holders only if they are in the policy, because CDK compares each with all others.
      wildcards: wildcardsOf(record, [...holders.arns, ...moved.flatMap(({ resources }) => resources)]),
      statements: [...statements, ...moved],
      denials,
      people: operators,
      maxAge: props.maxAge,
      maxSessionDuration: props.maxSessionDuration,
      size: {
        counts: `operators: ${operators?.length ?? 1}, existing holders: ${existingHolders.length}`,
        fix:
          "name an account in place of its users, let the stack create the holders at the fleet's own path, or split the " +
          'inventory into several fleets',
      },
    });
    this.fleet = fleet;
    this.policy = parts.policy;
    this.role = parts.role;
    this.grantPrincipal = this.role;

    refuseAt(this.node.path, () => requireOtherOperators(this, fleet, everybody));
    if (parts.denials !== denials[0]) {
      warnOfMovedHolders(this, everybody.length);
    }
  }

  /**
   * Makes the statement that denies a holder this role by a policy of their own, for any number of holders at any path.
   *
   * @returns the statement, for a managed policy of the holders; GuardrailsStack adds it to the enforcing one
   */
  public denialForHolders(): PolicyStatement {
    return denialOfOperating(this.role.roleArn);
  }
}

function isNotIn(names: readonly string[]): (name: string) => boolean {
  return (name) => !names.some((other) => isSameUser(other, name));
}

function denialsOf(holders: HolderUsers, names: readonly string[]): PolicyStatement[] {
  return [holders.denialByPath(), ...(names.length === 0 ? [] : [denialByName(names)])];
}

/** Lists the resources with wildcards in the policy, each with its reason. */
function wildcardsOf(record: TokenRecord, holderArns: readonly string[]): readonly Wildcard[] {
  return [
    ...sharedWildcards(record),
    [fleetDeviceArn(record.fleet), 'The devices of this fleet; their names are known only at enrollment.'],
    ...holderArns.map(
      (arn): Wildcard => [arn, 'The holders of this fleet: at its path, or by name at any other.'],
    ),
    [
      EVERY_ROOT,
      'Looking at the devices of the root users of the organization, which the task policy limits it to.',
    ],
  ];
}

/**
 * Allows the calls of the commands, and no more. They do not call TagMFADevice: IAM requires it to create a device with
 * tags.
 */
function deviceStatements(fleet: string, holders: HolderUsers): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'FleetDevices',
      actions: [
        'iam:CreateVirtualMFADevice',
        'iam:DeleteVirtualMFADevice',
        'iam:ListMFADeviceTags',
        'iam:TagMFADevice',
      ],
      resources: [fleetDeviceArn(fleet)],
    }),
    new PolicyStatement({
      sid: 'Holders',
      actions: [
        'iam:DeactivateMFADevice',
        'iam:EnableMFADevice',
        'iam:GetMFADevice',
        'iam:ListMFADevices',
        'iam:ResyncMFADevice',
      ],
      resources: holders.arns,
    }),
    listDevices(),
  ];
}

/** Refuses operators at construction whom the trust policy would deny at every attempt. */
function requireOtherOperators({ role }: RunbookOperator, fleet: string, holders: readonly string[]): void {
  const stack = Stack.of(role);
  const here = Token.isUnresolved(stack.account) ? '<account>' : stack.account;
  function textOf(intrinsic: object): string | undefined {
    return 'Ref' in intrinsic && intrinsic.Ref === 'AWS::AccountId' ? here : undefined;
  }
  const allowed = trustStatementsOf(stack.resolve(deployedTrust(role))).filter(
    ({ Effect: effect }) => effect === 'Allow',
  );
  const arns = allowed
    .flatMap(({ Principal: principal }) => Object(principal).AWS ?? [])
    .map((principal) => arnText(principal, textOf));
  const holder = arns.find(
    (arn) => arn.includes(`:user${devicePath(fleet)}`) || isNamedHolder(arn, here, holders),
  );
  if (holder !== undefined) {
    throw new Error(
      `operator '${holder}' is a holder of fleet '${fleet}', must be somebody else: an operator who holds a token ` +
        'could enroll one for themselves; give the operator a user of their own',
    );
  }
}

/** Holders are users of this account: another account may have a user of the same name, who is somebody else. */
function isNamedHolder(arn: string, account: string, holders: readonly string[]): boolean {
  const [, owner, resource] = /^arn:[^:]*:iam::([^:]*):user\/(.*)$/.exec(arn) ?? [];
  const name = resource?.split('/').at(-1);
  return owner === account && holders.some((holder) => isSameUser(holder, name ?? ''));
}
