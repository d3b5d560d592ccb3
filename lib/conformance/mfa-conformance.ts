/** AWS Config rules that report who has no MFA: they find, they do not hinder. */
import { ManagedRule } from 'aws-cdk-lib/aws-config';
import { Construct } from 'constructs';
import { DEFAULT_FREQUENCY, type MfaConformanceRules, managedRules } from './mfa-conformance-rules';

/** Properties of an MfaConformance. */
export interface MfaConformanceProps extends MfaConformanceRules {}

/**
 * AWS Config rules that report IAM users and a root user without MFA, in the account of the stack.
 *
 * Deploy it to *one* Region of an account: IAM is the same in all of them, and each Region's rules are evaluated and
 * charged by themselves. The Region needs a configuration recorder that is on, or CloudFormation fails with
 * `NoAvailableConfigurationRecorder`; the recording of `AWS::IAM::User` must be on in at least one Region, and Config
 * offers it only in Regions that it served before February 2022. With a recorder in the same stack, let the rules wait
 * for it: `conformance.node.addDependency(recorder)`.
 *
 * Programmable tokens satisfy every rule but `rootHardware`: AWS counts them as virtual devices.
 *
 * @see https://docs.aws.amazon.com/config/latest/developerguide/iam-user-mfa-enabled.html
 * @see https://docs.aws.amazon.com/config/latest/developerguide/mfa-enabled-for-iam-console-access.html
 * @see https://docs.aws.amazon.com/config/latest/developerguide/root-account-mfa-enabled.html
 * @example
 * new MfaConformance(this, 'Conformance', {
 *   usersWithoutPassword: false, // some users are programs
 * });
 */
export class MfaConformance extends Construct {
  /** The rules, for example to be told of a change: `rule.onComplianceChange(…)`. */
  public readonly rules: ManagedRule[];

  public constructor(scope: Construct, id: string, props: MfaConformanceProps = {}) {
    super(scope, id);
    this.rules = managedRules(props).map(
      (rule) =>
        // No name of its own: the usual one is often taken, by a rule that somebody made in the console.
        new ManagedRule(this, rule.id, {
          identifier: rule.identifier,
          description: rule.description,
          maximumExecutionFrequency: props.maximumExecutionFrequency ?? DEFAULT_FREQUENCY,
        }),
    );
  }
}
