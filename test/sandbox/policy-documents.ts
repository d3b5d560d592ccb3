/**
 * Checks policy documents as IAM does when they are written: grammar, size, and that a trusted principal exists.
 */

import { runSimulation } from '../support/policy-evaluator';
import { limitExceeded } from './iam-entities';
import { AwsError } from './operation';
import {
  flawOfIdentityStatements,
  flawOfTrustStatements,
  listOf,
  principalsOf,
  type Statement,
} from './policy-grammar';
import type { State } from './state';

/** Limits in characters; AWS does not count white space. */
export const documentLimits = { User: 2048, Group: 5120, Role: 10_240, managed: 6144, trust: 2048 } as const;

const checked = new Map<string, Promise<string | undefined>>();

/** @throws AwsError MalformedPolicyDocument */
export async function checkIdentityPolicy(document: string): Promise<string> {
  await refuseFlaws(document, 'identity');
  return document;
}

/** @throws AwsError MalformedPolicyDocument, LimitExceeded */
export async function checkTrustPolicy(state: State, document: string): Promise<string> {
  if (lengthOf(document) > documentLimits.trust) {
    throw limitExceeded(`Cannot exceed quota for ACLSizePerRole: ${documentLimits.trust}`);
  }
  await refuseFlaws(document, 'trust');
  for (const statement of statementsOf(JSON.parse(document))) {
    const missing = principalsOf(statement, 'AWS').find((principal) => isMissing(state, String(principal)));
    if (missing !== undefined) {
      throw malformed(`Invalid principal in policy: "AWS":"${missing}"`);
    }
  }
  return document;
}

/** Counts characters as AWS does. */
export function lengthOf(document: string): number {
  return document.replace(/\s/g, '').length;
}

async function refuseFlaws(document: string, kind: 'identity' | 'trust'): Promise<void> {
  const key = `${kind} ${document}`;
  const pending = checked.get(key) ?? flawOf(document, kind);
  if (checked.size > 5_000) {
    checked.clear();
  }
  checked.set(key, pending);
  const flaw = await pending;
  if (flaw !== undefined) {
    throw malformed(flaw);
  }
}

/** Runs the policy engine's own validation, with a request whose decision does not matter. */
async function flawOf(document: string, kind: 'identity' | 'trust'): Promise<string | undefined> {
  let policy: unknown;
  try {
    policy = JSON.parse(document);
  } catch {
    return 'This policy contains invalid Json';
  }
  if (typeof policy !== 'object' || policy === null) {
    return 'Syntax errors in policy.';
  }
  const outcome = await runSimulation(
    {
      request: {
        principal: 'arn:aws:iam::111122223333:user/nobody',
        action: 'sts:AssumeRole',
        resource: { resource: 'arn:aws:iam::111122223333:role/none', accountId: '111122223333' },
        contextVariables: {},
      },
      identityPolicies: kind === 'identity' ? [{ name: 'document', policy }] : [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(kind === 'trust' ? { resourcePolicy: policy } : {}),
    },
    {},
  );
  if (outcome.resultType !== 'error') {
    const statements = statementsOf(policy);
    return kind === 'trust' ? flawOfTrustStatements(statements) : flawOfIdentityStatements(statements);
  }
  const errors = outcome.errors.resourcePolicyErrors ?? outcome.errors.identityPolicyErrors?.document ?? [];
  const detail = errors.map((error) => `${error.path}: ${error.message}`).join('; ');
  return `Syntax errors in policy. ${detail || outcome.errors.message}`;
}

function statementsOf(policy: object): readonly Statement[] {
  return listOf((policy as { readonly Statement?: unknown }).Statement) as readonly Statement[];
}

function isMissing(state: State, principal: string): boolean {
  const [, , service, , account, resource = ''] = principal.split(':');
  if (service !== 'iam' || account !== state.settings.account) {
    return false;
  }
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  if (resource.startsWith('user/')) {
    return state.users.get(name)?.arn !== principal;
  }
  return resource.startsWith('role/') && state.roles.get(name)?.arn !== principal;
}

function malformed(message: string): AwsError {
  return new AwsError('MalformedPolicyDocument', 400, message);
}
