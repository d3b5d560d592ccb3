/** What cdk-nag finds in the app and we leave as it is, each with the reason. */
import { Token, Validations } from 'aws-cdk-lib';
import type { GuardrailsStack } from '../lib/index';

/** What AwsSolutions finds, each with why it is as it must be. */
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
  const listings = wildcard('*', 'iam:ListVirtualMFADevices is authorized on no one resource.');
  const parameters = [
    wildcard(`${ssm}/record/*`, 'The pages of this fleet’s record, read only; their number varies.'),
    wildcard(`${ssm}/evidence/*`, 'The evidence of this fleet; one parameter for each enrolled slot.'),
  ];
  Validations.of(stack.enforcement).acknowledge(
    wildcard(
      '*',
      'sts:GetSessionToken and the denial of everything without MFA are authorized on no one resource.',
    ),
    wildcard(
      `${iam}:user/*/<aws:username>`,
      'The caller alone, whichever IAM path the user is at: a user name is unique in its account.',
    ),
  );
  Validations.of(stack.runbookOperator).acknowledge(
    listings,
    ...parameters,
    wildcard(
      `${iam}:mfa/mfa-guardrails/${fleet}/*`,
      'The devices of this fleet; their names are made at enrollment.',
    ),
    wildcard(
      `${iam}:user/mfa-guardrails/${fleet}/*`,
      'The holders of this fleet; nobody else is at this path.',
    ),
  );
  Validations.of(stack.runbookAuditor).acknowledge(listings, ...parameters);
  if (stack.breakGlassRole) {
    Validations.of(stack.breakGlassRole).acknowledge(
      ...managedPolicies.map((name) => ({
        id: `AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${name}]`,
        reason: 'What an emergency needs was decided by whoever named the policy.',
      })),
    );
  }
}

/** As cdk-nag writes what is not known before deployment. */
function known(value: string, pseudoParameter: string): string {
  return Token.isUnresolved(value) ? `<AWS::${pseudoParameter}>` : value;
}
