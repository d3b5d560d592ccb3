/** The Config rules about MFA, for both single rules and conformance packs. */
import { CfnConfigRule, ManagedRuleIdentifiers, MaximumExecutionFrequency } from 'aws-cdk-lib/aws-config';

export const DEFAULT_FREQUENCY = MaximumExecutionFrequency.TWENTY_FOUR_HOURS;

/** The rules, and how often they are evaluated. */
export interface MfaConformanceRules {
  /**
   * Requires MFA also of users without a console password (`iam-user-mfa-enabled`).
   *
   * A program that calls AWS with an access key cannot type a code. In an account with such users, this rule stays
   * non-compliant: turn it off there. People with a password are still checked by `mfa-enabled-for-iam-console-access`,
   * which cannot be turned off.
   *
   * @default true - every IAM user, for accounts where users are people
   */
  readonly usersWithoutPassword?: boolean;

  /**
   * Requires MFA of the root user (`root-account-mfa-enabled`).
   *
   * The rule does not apply to an account without root credentials. AWS does not offer it in the Regions of China and of
   * AWS GovCloud (US): turn it off there.
   *
   * @default true - the root user, if the account has root credentials
   */
  readonly root?: boolean;

  /**
   * Requires a hardware device, and no virtual one, of the root user (`root-account-hardware-mfa-enabled`).
   *
   * AWS counts a programmable token as a *virtual* device, so the rule stays non-compliant for a root user who uses one.
   * It is for a FIDO2 security key, or a hardware TOTP token whose seed AWS holds. Config has no such rule for
   * IAM users.
   *
   * @default false - a virtual device is enough
   */
  readonly rootHardware?: boolean;

  /**
   * The frequency at which the rules are evaluated.
   *
   * The rule about console users has new results at most every four hours, so less than six hours gains nothing.
   *
   * @default MaximumExecutionFrequency.TWENTY_FOUR_HOURS - once a day
   */
  readonly maximumExecutionFrequency?: MaximumExecutionFrequency;
}

/** A rule that AWS manages. */
interface ManagedMfaRule {
  /** The construct id, and the logical id in a conformance pack. */
  readonly id: string;
  readonly identifier: string;
  /** The name in a conformance pack; Config appends a suffix that is unique in the account. */
  readonly name: string;
  /** The description for people in the Config console: at most 256 characters. */
  readonly description: string;
}

const USERS: ManagedMfaRule = {
  id: 'Users',
  identifier: ManagedRuleIdentifiers.IAM_USER_MFA_ENABLED,
  name: 'iam-user-mfa-enabled',
  description:
    'Every IAM user has an MFA device, whether with a console password or not. Users for programs cannot comply.',
};

const CONSOLE_USERS: ManagedMfaRule = {
  id: 'ConsoleUsers',
  identifier: ManagedRuleIdentifiers.MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS,
  name: 'mfa-enabled-for-iam-console-access',
  description: 'Every IAM user with a console password has an MFA device. A programmable token counts.',
};

const ROOT: ManagedMfaRule = {
  id: 'Root',
  identifier: ManagedRuleIdentifiers.ROOT_ACCOUNT_MFA_ENABLED,
  name: 'root-account-mfa-enabled',
  description:
    'The root user has an MFA device, if the account has root credentials. It cannot be enrolled through the API: sign in as root.',
};

const ROOT_HARDWARE: ManagedMfaRule = {
  id: 'RootHardware',
  identifier: ManagedRuleIdentifiers.ROOT_ACCOUNT_HARDWARE_MFA_ENABLED,
  name: 'root-account-hardware-mfa-enabled',
  description:
    'The root user has a hardware MFA device and no virtual one. AWS counts a programmable token as virtual: with one this stays non-compliant. Use a FIDO2 key, enrolled as root.',
};

/** Lists the rules that are turned on. */
export function managedRules(rules: MfaConformanceRules): readonly ManagedMfaRule[] {
  return [
    ...((rules.usersWithoutPassword ?? true) ? [USERS] : []),
    CONSOLE_USERS,
    ...((rules.root ?? true) ? [ROOT] : []),
    ...((rules.rootHardware ?? false) ? [ROOT_HARDWARE] : []),
  ];
}

/** Renders a rule as ManagedRule does, for the templates that CDK does not write. */
export function ruleResource(
  rule: ManagedMfaRule,
  frequency: MaximumExecutionFrequency = DEFAULT_FREQUENCY,
): { readonly Type: string; readonly Properties: Readonly<Record<string, unknown>> } {
  return {
    Type: CfnConfigRule.CFN_RESOURCE_TYPE_NAME,
    Properties: {
      Description: rule.description,
      MaximumExecutionFrequency: frequency,
      Source: { Owner: 'AWS', SourceIdentifier: rule.identifier },
    },
  };
}
