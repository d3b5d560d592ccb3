/** The findings of cdk-nag in the app that are acknowledged, each with the reason. */
import { Token, Validations } from 'aws-cdk-lib';
import type { GuardrailsStack } from '../lib/index';

/** Acknowledges the findings of AwsSolutions, each with the reason. */
export function acknowledgeFindings(
  stack: GuardrailsStack,
  fleet: string,
  managedPolicies: readonly string[],
): void {
  const iam = 'arn:<AWS::Partition>:iam::<AWS::AccountId>';
  const ssm = `arn:${known(stack.partition, 'Partition')}:ssm:${known(stack.region, 'Region')}:${known(stack.account, 'AccountId')}:parameter/mfa-guardrails/${fleet}`;
  function wildcard(resource: string, reason: string) {
    return {
      id: `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`,
      reason,
    };
  }
  const listings = wildcard('*', 'iam:ListVirtualMFADevices does not support resource-level permissions.');
  const parameters = [
    wildcard(`${ssm}/record/*`, 'The pages of this fleet’s record, read only; their number varies.'),
    wildcard(`${ssm}/evidence/*`, 'The evidence of this fleet; one parameter for each enrolled slot.'),
  ];
  Validations.of(stack.enforcement).acknowledge(
    wildcard(
      '*',
      'sts:GetSessionToken and the denial of everything without MFA do not support resource-level permissions.',
    ),
    wildcard(
      `${iam}:user/*/<aws:username>`,
      'Only the caller, at any IAM path: a user name is unique in its account.',
    ),
    wildcard('arn:<AWS::Partition>:signin:::console/*', 'Signing in to the console, before anything else.'),
    wildcard(
      'arn:<AWS::Partition>:signin:*:*:oauth2/public-client/*',
      'Signing in from the command line: aws login, in any Region.',
    ),
  );
  Validations.of(stack.runbookOperator).acknowledge(
    listings,
    ...parameters,
    wildcard(
      `${iam}:mfa/mfa-guardrails/${fleet}/*`,
      'The devices of this fleet; their names are known only at enrollment.',
    ),
    wildcard(
      `${iam}:user/mfa-guardrails/${fleet}/*`,
      'The holders of this fleet; no other user is at this path.',
    ),
  );
  Validations.of(stack.runbookAuditor).acknowledge(
    listings,
    ...parameters,
    wildcard(
      `${iam}:user/*`,
      'Read only: a printed token or a FIDO key may be the device of any user, and no listing shows it but theirs.',
    ),
  );
  if (stack.breakGlassRole) {
    Validations.of(stack.breakGlassRole).acknowledge(
      ...managedPolicies.map((name) => ({
        id: `AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${name}]`,
        reason: 'The person who named the policy decided that an emergency needs it.',
      })),
    );
  }
}

/** Writes a value that is known only at deployment as cdk-nag does. */
function known(value: string, pseudoParameter: string): string {
  return Token.isUnresolved(value) ? `<AWS::${pseudoParameter}>` : value;
}
