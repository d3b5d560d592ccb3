/**
 * Evaluates the deployed policies for a caller. Decisions are cached: the policy engine takes up to a
 * millisecond, and a test that runs a hundred thousand schedules asks the same few questions repeatedly.
 */

import type { Caller, Permission } from './caller';
import { accessDenied } from './common-errors';
import { type ContextKeys, contextKeysOf, forwardedKeys } from './context-keys';
import type { ServiceName } from './operation';
import { type Decision, decide, type PolicySet, policySetOf } from './policy-set';
import { refuseBeyondAudit } from './root-access';
import type { State } from './state';

/** Shared by all sandboxes of a process; a decision depends only on what its key contains. */
const decisions = new Map<string, Promise<Decision>>();
const maxDecisions = 20_000;

/** @throws AwsError AccessDenied in AWS's wording */
export async function authorize(
  state: State,
  caller: Caller,
  permission: Permission,
  region: string,
  via?: ServiceName,
): Promise<void> {
  if (caller.kind === 'root-session') {
    return refuseBeyondAudit(caller, permission);
  }
  const contextKeys = {
    ...contextKeysOf(state, caller, permission, region),
    ...forwardedKeys(via),
    ...permission.contextKeys,
  };
  const policies = policySetOf(state, caller);
  const decision = await remembered(
    caller,
    permission,
    contextKeys,
    policies,
    permission.account ?? state.settings.account,
  );
  if (decision.allowed || (permission.unlessDenied && !decision.explicit)) {
    return;
  }
  throw accessDenied(denial(caller, permission, decision));
}

function remembered(
  caller: Caller,
  permission: Permission,
  contextKeys: ContextKeys,
  policies: PolicySet,
  account: string,
): Promise<Decision> {
  const key = JSON.stringify([
    policies.id,
    permission.trustPolicy ?? '',
    permission.action,
    permission.judgedAs ?? permission.resource,
    permission.account ?? '',
    caller.arn,
    mentioned(contextKeys, policies, permission),
  ]);
  const known = decisions.get(key);
  if (known !== undefined) {
    return known;
  }
  if (decisions.size >= maxDecisions) {
    decisions.clear();
  }
  const decision = decide(caller, permission, contextKeys, policies, account);
  decisions.set(key, decision);
  return decision;
}

/**
 * Selects the context that can matter: keys that occur in the documents, as a condition or as a variable.
 */
function mentioned(contextKeys: ContextKeys, policies: PolicySet, permission: Permission): ContextKeys {
  const documents = policies.lowerCase + (permission.trustPolicy ?? '').toLowerCase();
  return Object.fromEntries(
    Object.entries(contextKeys).filter(([key]) => documents.includes(key.toLowerCase())),
  );
}

function denial(caller: Caller, permission: Permission, decision: Decision & { allowed: false }): string {
  const { action, resource } = permission;
  const what = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}`;
  // AssumeRole does not say which side refused, because that would reveal the trust policy.
  if (permission.trustPolicy !== undefined) {
    return what;
  }
  const article = decision.by === 'identity-based policy' ? 'an' : 'a';
  return decision.explicit
    ? `${what} with an explicit deny in ${article} ${decision.by}`
    : `${what} because no ${decision.by} allows the ${action} action`;
}
