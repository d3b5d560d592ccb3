/**
 * The findings of cdk-nag that the constructs acknowledge, each with its reason: an app that uses a rule pack then has
 * nothing to explain that it did not write. They are ids and texts; cdk-nag itself is not needed.
 *
 * @see https://github.com/cdklabs/cdk-nag
 */
import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The packs for compliance, by the prefix of their rules. */
const COMPLIANCE_PACKS = ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321'];

/** A resource with a wildcard, and the reason for it. */
export type Wildcard = readonly [resource: string, reason: string];

/** Acknowledges that policies below a construct name resources with wildcards. */
export function acknowledgeWildcards(scope: IConstruct, wildcards: readonly Wildcard[]): void {
  for (const [resource, reason] of wildcards) {
    acknowledge(scope, `AwsSolutions::AwsSolutions-IAM5[Resource::${shown(scope, resource)}]`, reason);
  }
}

/** Acknowledges that a policy allows every action. */
export function acknowledgeEveryAction(scope: IConstruct, reason: string): void {
  acknowledge(scope, 'AwsSolutions::AwsSolutions-IAM5[Action::*]', reason);
}

/** Acknowledges the use of policies that AWS manages. Other policies, and unknown ones, are left alone. */
export function acknowledgeManagedPolicies(
  scope: IConstruct,
  policyArns: readonly string[],
  reason: string,
): void {
  for (const arn of policyArns.map((each) => shown(scope, each))) {
    if (arn.includes(':iam::aws:policy/')) {
      acknowledge(scope, `AwsSolutions::AwsSolutions-IAM4[Policy::${arn}]`, reason);
    }
  }
}

/** Acknowledges a rule, such as `IAMGroupHasUsers`, in the packs for compliance. */
export function acknowledgeRule(scope: IConstruct, rule: string, reason: string): void {
  for (const pack of COMPLIANCE_PACKS) {
    acknowledge(scope, `${pack}::${pack}-${rule}`, reason);
  }
}

/** An older CDK takes no id with two pairs of colons, as those of cdk-nag are: there the finding is left to the app. */
function acknowledge(scope: IConstruct, id: string, reason: string): void {
  try {
    Validations.of(scope).acknowledge({ id, reason });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'InvalidValidationId') {
      throw error;
    }
  }
}

/** Returns a text as cdk-nag writes it: what is known at deployment only, and policy variables, in angle brackets. */
function shown(scope: IConstruct, text: string): string {
  return flattened(Stack.of(scope).resolve(text));
}

function flattened(value: unknown): string {
  if (typeof value !== 'object' || value === null) {
    return String(value).replace(/\$\{([^}]*)\}/g, '<$1>');
  }
  const [[key, argument] = ['', undefined]] = Object.entries(value);
  if (key === 'Fn::Join') {
    const [separator, parts] = argument as readonly [string, readonly unknown[]];
    return parts.map(flattened).join(separator);
  }
  return `<${[argument].flat().join('.')}>`;
}
