/** The auditor: the role that reads the record, the devices and the evidence, and can change nothing. */
import type { Duration } from 'aws-cdk-lib';
import type { IGrantable, IPrincipal, ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { TokenRecord } from '../fleet/token-record';
import type { MfaRole } from '../trust/mfa-role';
import { EVERY_USER, listDevices, listUserDevices, readParameters, sharedWildcards } from './permissions';
import { addRunbookRole } from './runbook-role';

/** Properties of a RunbookAuditor. */
export interface RunbookAuditorProps {
  /** The record of the fleet to audit. */
  readonly record: TokenRecord;

  /**
   * The principals that may assume the role, always with MFA: IAM users, accounts or organizations; holders as well.
   *
   * @default - the account: every IAM user in it whose own policies allow sts:AssumeRole on the role
   */
  readonly auditors?: IPrincipal[];

  /**
   * The greatest age of the auditor's MFA sign-in when the role is assumed, 1 minute to 36 hours.
   *
   * @default Duration.hours(1) - MFA was given within the last hour
   */
  readonly maxAge?: Duration;

  /**
   * The longest session of the auditor, 1 to 12 hours.
   *
   * @default Duration.hours(1) - the shortest maximum that IAM knows
   */
  readonly maxSessionDuration?: Duration;
}

/**
 * The role of the person who audits a fleet with `mfa-runbook`. Assuming it requires MFA.
 *
 * It runs the commands that read (`doctor`, `plan` and `evidence`) and can change nothing: neither a device nor a
 * parameter, of this fleet or another. It reads the whole record, and with it where every token is kept.
 *
 * A holder may be an auditor: reading does not bring anybody closer to a token, and in a large fleet everybody holds
 * one. Name the auditors if holders must not be among them.
 *
 * @example
 * declare const record: TokenRecord;
 *
 * new RunbookAuditor(this, 'Auditor', {
 *   record,
 *   auditors: [new iam.ArnPrincipal('arn:aws:iam::111122223333:user/paul')],
 * });
 */
export class RunbookAuditor extends Construct implements IGrantable {
  /** The role to assume. */
  public readonly role: MfaRole;
  /** The permissions of the role, as a policy that a permission set of Identity Center can also use. */
  public readonly policy: ManagedPolicy;
  /** The role, for further grants. */
  public readonly grantPrincipal: IPrincipal;

  /**
   * @throws when `auditors` is empty or names a principal that never has MFA, `maxAge` or `maxSessionDuration` is out
   * of range, or the auditors do not fit into a trust policy; at synthesis when statements that were added weaken MFA,
   * or make a policy larger than IAM allows by default
   */
  public constructor(scope: Construct, id: string, props: RunbookAuditorProps) {
    super(scope, id);
    const { record, auditors } = props;
    const { fleet } = record;
    const parts = addRunbookRole(this, {
      person: 'auditor',
      task: {
        policy: `Read the record, the devices and the evidence of fleet ${fleet} with mfa-runbook`,
        role: `Audits the MFA tokens of fleet ${fleet} with mfa-runbook`,
      },
      wildcards: [
        ...sharedWildcards(record),
        [
          EVERY_USER,
          'Read only: a printed token or a FIDO key may be the device of any user, and no listing shows it but theirs.',
        ],
      ],
      statements: [listDevices(), listUserDevices(), readParameters(record)],
      denials: [[]],
      people: auditors,
      maxAge: props.maxAge,
      maxSessionDuration: props.maxSessionDuration,
      size: {
        counts: `auditors: ${auditors?.length ?? 1}`,
        fix: 'name an account in place of its users, and let their own policies say who may assume the role',
      },
    });
    this.policy = parts.policy;
    this.role = parts.role;
    this.grantPrincipal = this.role;
  }
}
