/** AWS Config rules that report who has no MFA. They deny nothing. */
import { ManagedRule } from 'aws-cdk-lib/aws-config';
import { Construct } from 'constructs';
import { DEFAULT_FREQUENCY, type MfaConformanceRules, managedRules } from './mfa-conformance-rules';

/** Properties of an MfaConformance. */
export interface MfaConformanceProps extends MfaConformanceRules {}

/**
 * AWS Config rules that report IAM users and a root user without MFA, in the account of the stack.
 *
 * Deploy it to *one* Region of an account: IAM is global, and the rules of each Region are evaluated and charged
 * separately. The Region needs a configuration recorder that is on, or CloudFormation fails with
 * `NoAvailableConfigurationRecorder`. At least one Region must record `AWS::IAM::User`, which Config offers only in Regions
 * that it supported before February 2022. If the recorder is in the same stack, make the rules wait for it:
 * `conformance.node.addDependency(recorder)`.
 *
 * Programmable tokens satisfy every rule except `rootHardware`: AWS counts them as virtual devices.
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
  /** The rules, for example for `rule.onComplianceChange(…)`. */
  public readonly rules: ManagedRule[];

  public constructor(scope: Construct, id: string, props: MfaConformanceProps = {}) {
    super(scope, id);
    this.rules = managedRules(props).map(
      (rule) =>
        // Without a name: the usual one is often taken by a rule that was created in the console.
        new ManagedRule(this, rule.id, {
          identifier: rule.identifier,
          description: rule.description,
          maximumExecutionFrequency: props.maximumExecutionFrequency ?? DEFAULT_FREQUENCY,
        }),
    );
  }
}
