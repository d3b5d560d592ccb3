/** Finds the guardrails of an app whose changes are alarms: those made before and after the alarms. */
import { CfnResource, CfnStackSet, Stack, Token } from 'aws-cdk-lib';
import { CfnGroup, CfnManagedPolicy, CfnRole } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { BreakGlassRole } from '../break-glass/break-glass-role';
import { MfaEnforcementBoundary } from '../enforcement/mfa-enforcement-boundary';
import { MfaEnforcedGroup, MfaEnforcementPolicy } from '../enforcement/mfa-enforcement-policy';
import { RunbookAuditor } from '../runbook-roles/runbook-auditor';
import { RunbookOperator } from '../runbook-roles/runbook-operator';
import { outermost } from './forwarding-stacks';
import { formatParts, type GuardrailPart } from './guardrail-part';
import { MfaEventForwarding } from './mfa-event-forwarding';
import { differ } from './refusals';

const GUARDRAILS = [
  BreakGlassRole,
  MfaEnforcedGroup,
  MfaEnforcementBoundary,
  MfaEnforcementPolicy,
  MfaEventForwarding,
  RunbookAuditor,
  RunbookOperator,
] as const;

/**
 * Lists the roles, policies and groups of the guardrails and of the alarms, and the StackSets that deploy guardrails to other
 * accounts. Complete when the app is synthesized.
 */
export function guardrailParts(alarms: IConstruct, busName: string): readonly GuardrailPart[] {
  // The stacks of the Regions differ in the end of their names, and not in their parts.
  const regional = `${outermost(Stack.of(alarms)).stackName}-${busName}-`;
  const parts = partsOf(alarms).map((part) =>
    part.stack.startsWith(regional) ? { ...part, stack: regional } : part,
  );
  return [...new Map(parts.map((part) => [formatParts([part]), part])).values()];
}

function partsOf(alarms: IConstruct): readonly GuardrailPart[] {
  const { account } = Stack.of(alarms);
  const guardrails = alarms.node.root.node
    .findAll()
    .filter((child) => CfnStackSet.isCfnStackSet(child) || GUARDRAILS.some((kind) => child instanceof kind))
    .filter((child) => !differ(Stack.of(child).account, account));
  const resources = [alarms, ...guardrails]
    .flatMap((guardrail) => guardrail.node.findAll())
    .filter((child): child is CfnResource => CfnResource.isCfnResource(child));
  return [...new Set(resources)].flatMap((resource) => partOf(resource) ?? []);
}

/** Returns the name of a part, if the template gives it one; an empty text for any other resource. */
function nameOf(resource: CfnResource): string | undefined {
  if (resource instanceof CfnRole) {
    return resource.roleName;
  }
  if (resource instanceof CfnManagedPolicy) {
    return resource.managedPolicyName;
  }
  if (resource instanceof CfnGroup) {
    return resource.groupName;
  }
  return resource instanceof CfnStackSet ? resource.stackSetName : '';
}

function partOf(resource: CfnResource): GuardrailPart | undefined {
  const name = nameOf(resource);
  if (name === '') {
    return undefined;
  }
  const isGiven = name !== undefined && !Token.isUnresolved(name);
  const stack = outermost(resource.stack);
  if (Token.isUnresolved(stack.stackName)) {
    return undefined;
  }
  return {
    stack: stack === resource.stack ? stack.stackName : `${stack.stackName}-`,
    logicalId: resource.stack.getLogicalId(resource),
    name: isGiven ? name : '',
  };
}

/** Finds the operators of the account, as far as the app is made. */
export function operatorsOf(scope: IConstruct): readonly RunbookOperator[] {
  const { account } = Stack.of(scope);
  return scope.node.root.node
    .findAll()
    .filter((child): child is RunbookOperator => child instanceof RunbookOperator)
    .filter((child) => !differ(Stack.of(child).account, account));
}
