/** The rules that props ask for, and what each selection means. */
import { Template } from 'aws-cdk-lib/assertions';
import { MfaConformance, type MfaConformanceProps } from '../../../lib/conformance/mfa-conformance';
import { emptyStack } from '../fixtures';

export interface RuleProperties {
  readonly ConfigRuleName?: string;
  readonly Description: string;
  readonly MaximumExecutionFrequency: string;
  readonly Source: { readonly Owner: string; readonly SourceIdentifier: string };
}

export function rulesOf(props: MfaConformanceProps): readonly RuleProperties[] {
  const stack = emptyStack();
  new MfaConformance(stack, 'Conformance', props);
  return Object.values(Template.fromStack(stack).findResources('AWS::Config::ConfigRule')).map(
    ({ Properties }) => Properties,
  );
}

export function identifiers(rules: readonly RuleProperties[]): readonly string[] {
  return rules.map(({ Source }) => Source.SourceIdentifier);
}

export const SELECTIONS: readonly (readonly [string, MfaConformanceProps, readonly string[]])[] = [
  [
    'users, console users and root, by default',
    {},
    ['IAM_USER_MFA_ENABLED', 'MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS', 'ROOT_ACCOUNT_MFA_ENABLED'],
  ],
  [
    'no users without a password, where some are programs',
    { usersWithoutPassword: false },
    ['MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS', 'ROOT_ACCOUNT_MFA_ENABLED'],
  ],
  [
    'no root, where AWS does not offer the rule',
    { root: false },
    ['IAM_USER_MFA_ENABLED', 'MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS'],
  ],
  [
    'root’s hardware, when asked',
    { rootHardware: true },
    [
      'IAM_USER_MFA_ENABLED',
      'MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS',
      'ROOT_ACCOUNT_MFA_ENABLED',
      'ROOT_ACCOUNT_HARDWARE_MFA_ENABLED',
    ],
  ],
  [
    'console users always',
    { usersWithoutPassword: false, root: false },
    ['MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS'],
  ],
];
