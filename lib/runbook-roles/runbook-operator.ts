/** The operator: the role that enrols the fleet's tokens and can do nothing else. */
import type { Duration } from 'aws-cdk-lib';
import { type IGrantable, type IPrincipal, type ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { TokenRecord } from '../fleet/token-record';
import { devicePath } from '../record/names';
import type { MfaRole } from '../trust/mfa-trust';
import { statementsOf } from '../trust/trust-conditions';
import { deployedTrust } from '../trust/trust-size';
import { fleetDeviceArn, HolderUsers, listDevices, readParameters, writeEvidence } from './permissions';
import { addRunbookRole, requireSizes } from './runbook-role';

/** Properties of a RunbookOperator. */
export interface RunbookOperatorProps {
  /** The record of the fleet to operate. */
  readonly record: TokenRecord;

  /**
   * Who may assume the role, always with MFA: IAM users, accounts or organisations.
   *
   * A holder of the fleet can not, whoever is named here: nobody enrols their own token.
   *
   * @default - the account: every IAM user in it whose own policies allow sts:AssumeRole on the role
   */
  readonly operators?: IPrincipal[];

  /**
   * The user names of holders who live elsewhere than at the fleet's own IAM path, `/mfa-guardrails/{fleet}/`.
   *
   * @default - none: every holder is at the fleet's path
   */
  readonly existingHolders?: string[];

  /**
   * The greatest age of the operator's MFA sign-in when the role is assumed.
   *
   * @default Duration.hours(1) - MFA was given within the last hour
   */
  readonly maxAge?: Duration;

  /**
   * How long a session of the operator may last, 1 to 12 hours.
   *
   * @default Duration.hours(1)
   */
  readonly maxSessionDuration?: Duration;
}

/**
 * The role of the person who enrols tokens with `mfa-runbook`, assumed with MFA only.
 *
 * It creates and deletes devices at the fleet's own path, assigns them to the fleet's holders, reads the record, and
 * writes evidence. It reaches no other user's devices, and no holder can assume it.
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
  /** The role to assume. */
  public readonly role: MfaRole;
  /** What the role may do, as a policy that a permission set of Identity Center can carry as well. */
  public readonly policy: ManagedPolicy;
  /** The role, to grant it more. */
  public readonly grantPrincipal: IPrincipal;

  public constructor(scope: Construct, id: string, props: RunbookOperatorProps) {
    super(scope, id);
    const { record, operators, existingHolders = [] } = props;
    const { fleet } = record;
    const holders = new HolderUsers(fleet, existingHolders);
    const parts = addRunbookRole(this, {
      person: 'operator',
      task: {
        policy: `Enrol the MFA tokens of fleet ${fleet} with mfa-runbook`,
        role: `Enrols the MFA tokens of fleet ${fleet} with mfa-runbook`,
      },
      statements: [...deviceStatements(fleet, holders), readParameters(record), writeEvidence(record)],
      // A holder who is an operator could enrol a token for themselves.
      denials: holders.denials(),
      people: operators,
      maxAge: props.maxAge,
      maxSessionDuration: props.maxSessionDuration,
    });
    this.policy = parts.policy;
    this.role = parts.role;
    this.grantPrincipal = this.role;

    requireOtherOperators(deployedTrust(this.role), fleet);
    requireSizes(parts, {
      whose: `operator '${this.node.path}'`,
      counts: `operators: ${operators?.length ?? 1}, existing holders: ${existingHolders.length}`,
      fix:
        "name an account in place of its users, let the stack create the holders at the fleet's own path, or split the " +
        'inventory into several fleets',
    });
  }
}

/**
 * What the commands call, and no more. Tagging is no call of theirs: IAM asks for it when a device is created with tags.
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
        'iam:ListMFADevices',
        'iam:ResyncMFADevice',
      ],
      resources: holders.arns,
    }),
    listDevices(),
  ];
}

/** Says early what the trust policy would refuse at every attempt. */
function requireOtherOperators(trust: unknown, fleet: string): void {
  const allowed = statementsOf(trust).filter(({ Effect: effect }) => effect === 'Allow');
  const arns = allowed.flatMap(({ Principal: principal }) => Object(principal).AWS ?? []);
  const holder = arns.find((arn) => String(arn).includes(`:user${devicePath(fleet)}`));
  if (holder !== undefined) {
    throw new Error(
      `operator '${String(holder)}' is a holder of fleet '${fleet}', must be somebody else: an operator who holds a token ` +
        'could enrol one for themselves; give the operator a user of their own',
    );
  }
}
