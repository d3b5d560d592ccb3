/** OrganizationGuardrails over one unit, and what it would deploy. */
import type { Stack } from 'aws-cdk-lib';
import {
  OrganizationGuardrails,
  type OrganizationGuardrailsProps,
} from '../../../lib/organization/organization-guardrails';
import { rendered } from '../../support/policy-simulation';
import { emptyStack, onlyResource } from '../fixtures';

export const UNIT = 'ou-ab12-11112222';
export const STACK_SET = 'AWS::CloudFormation::StackSet';
export const SCP = 'AWS::Organizations::Policy';

type Build = (stack: Stack) => Partial<OrganizationGuardrailsProps>;

export function guarded(props: Partial<OrganizationGuardrailsProps> | Build = {}): Stack {
  const stack = emptyStack();
  const given = typeof props === 'function' ? props(stack) : props;
  new OrganizationGuardrails(stack, 'Guardrails', { organizationalUnitIds: [UNIT], ...given });
  return stack;
}

export function stackSetOf(
  props: Partial<OrganizationGuardrailsProps> | Build = {},
): Record<string, unknown> {
  return onlyResource(guarded(props), STACK_SET);
}

export interface AccountTemplate {
  readonly Description: string;
  readonly Parameters?: Record<string, { readonly Type: string }>;
  readonly Resources: Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }>;
}

/** Returns the template that StackSets would deploy in an account. */
export function accountOf(props: Partial<OrganizationGuardrailsProps> | Build = {}): AccountTemplate {
  return JSON.parse(String(stackSetOf(props).TemplateBody));
}

/** The policy document of an account's template, as deployed there. */
export function documentOf(account: AccountTemplate, refs: Readonly<Record<string, string>> = {}): unknown {
  const policy = Object.values(account.Resources).find(({ Type }) => Type === 'AWS::IAM::ManagedPolicy');
  return rendered(policy?.Properties.PolicyDocument, refs);
}
