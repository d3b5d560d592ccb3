/**
 * Collects the policies of a principal from the state, and evaluates them with `@cloud-copilot/iam-simulate`.
 */

import { type RunSimulationResults, runSimulation, type Simulation } from '../support/policy-evaluator';
import type { Caller, Permission } from './caller';
import type { ContextKeys } from './context-keys';
import { AwsError } from './operation';
import type { Identity, User } from './records';
import { type ControlLevel, controlLevels } from './service-control';
import type { State } from './state';

type NamedDocument = readonly [name: string, document: string];

/** All policy documents that apply to one principal. */
export interface PolicySet {
  /** Equal for equal documents, in all sandboxes of a process. */
  readonly id: number;
  /** All documents in lower case, to find the context keys they mention. */
  readonly lowerCase: string;
  readonly identity: readonly NamedDocument[];
  readonly boundary: readonly NamedDocument[] | undefined;
  /** Service control policies above the account, outermost first. */
  readonly levels: readonly ControlLevel[];
}

interface Gathered {
  readonly changes: number;
  readonly set: PolicySet;
}

const gathered = new WeakMap<State, Map<string, Gathered>>();
const known = new Map<string, PolicySet>();
const maxKnown = 5_000;
let nextId = 0;

/** Gives the policies of a caller, collected again only after something in IAM changed. */
export function policySetOf(state: State, caller: Caller): PolicySet {
  const ofState = gathered.get(state) ?? new Map<string, Gathered>();
  gathered.set(state, ofState);
  const { users, groups, roles, policies, stored } = state;
  const changes = users.changes + groups.changes + roles.changes + policies.changes + stored.changes;
  const before = ofState.get(caller.principalArn);
  if (before?.changes === changes) {
    return before.set;
  }
  const set = gather(state, caller);
  ofState.set(caller.principalArn, { changes, set });
  return set;
}

function gather(state: State, caller: Caller): PolicySet {
  const isUser = caller.kind !== 'role-session';
  const user = isUser ? state.users.get(caller.name) : undefined;
  const holder = user ?? state.roles.get(caller.name);
  const levels = controlLevels(state);
  if (!holder) {
    return interned([], undefined, levels);
  }
  const identity = [...documentsOf(state, holder), ...(user ? groupDocuments(state, user) : [])];
  return interned(
    identity,
    holder.boundary === undefined ? undefined : [managedDocument(state, holder.boundary)],
    levels,
  );
}

function interned(
  identity: readonly NamedDocument[],
  boundary: readonly NamedDocument[] | undefined,
  levels: readonly ControlLevel[],
): PolicySet {
  const documents = JSON.stringify([identity, boundary ?? null, levels]);
  const before = known.get(documents);
  if (before) {
    return before;
  }
  if (known.size >= maxKnown) {
    known.clear();
  }
  nextId += 1;
  const set: PolicySet = { id: nextId, lowerCase: documents.toLowerCase(), identity, boundary, levels };
  known.set(documents, set);
  return set;
}

export type Decision =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      /** An explicit deny, or merely no allow. */
      readonly explicit: boolean;
      readonly by:
        | 'identity-based policy'
        | 'permissions boundary'
        | 'resource-based policy'
        | 'service control policy';
    };

export async function decide(
  caller: Caller,
  permission: Permission,
  contextKeys: ContextKeys,
  policies: PolicySet,
  account: string,
): Promise<Decision> {
  const simulation: Simulation = {
    request: {
      principal: caller.kind === 'role-session' ? caller.arn : caller.principalArn,
      action: permission.action,
      resource: { resource: permission.judgedAs ?? permission.resource, accountId: account },
      contextVariables: mutable(contextKeys),
    },
    identityPolicies: policies.identity.map(parse),
    serviceControlPolicies: policies.levels.map(({ id, documents }) => ({
      orgIdentifier: id,
      policies: documents.map(parse),
    })),
    resourceControlPolicies: [],
    ...(permission.trustPolicy === undefined ? {} : { resourcePolicy: JSON.parse(permission.trustPolicy) }),
    ...(policies.boundary === undefined ? {} : { permissionBoundaryPolicies: policies.boundary.map(parse) }),
  };
  return toDecision(await runSimulation(simulation, {}), permission);
}

function toDecision(outcome: RunSimulationResults, permission: Permission): Decision {
  if (outcome.resultType === 'error') {
    const why = `${permission.action} on ${permission.resource}: ${outcome.errors.message}`;
    throw new AwsError('InternalFailure', 500, `the sandbox cannot judge ${why}`);
  }
  const analysis = outcome.resultType === 'single' ? outcome.result.analysis : outcome.results[0]?.analysis;
  const boundary = analysis?.permissionBoundaryAnalysis?.result;
  if (outcome.overallResult === 'Allowed') {
    return { allowed: true };
  }
  const control = analysis?.scpAnalysis?.result;
  if (control === 'ExplicitlyDenied') {
    return { allowed: false, explicit: true, by: 'service control policy' };
  }
  if (analysis?.identityAnalysis?.result === 'ExplicitlyDenied') {
    return { allowed: false, explicit: true, by: 'identity-based policy' };
  }
  if (boundary === 'ExplicitlyDenied') {
    return { allowed: false, explicit: true, by: 'permissions boundary' };
  }
  if (analysis?.resourceAnalysis?.result === 'ExplicitlyDenied') {
    return { allowed: false, explicit: true, by: 'resource-based policy' };
  }
  const isBoundary =
    analysis?.identityAnalysis?.result === 'Allowed' && boundary !== undefined && boundary !== 'Allowed';
  return {
    allowed: false,
    explicit: false,
    by: isBoundary ? 'permissions boundary' : 'identity-based policy',
  };
}

function documentsOf(state: State, holder: Identity): NamedDocument[] {
  const inline = [...holder.inlinePolicies].map(
    ([name, document]): NamedDocument => [`${holder.arn}#${name}`, document],
  );
  return [...inline, ...[...holder.attachedPolicies].map((arn) => managedDocument(state, arn))];
}

function groupDocuments(state: State, user: User): NamedDocument[] {
  return [...user.groups].flatMap((name) => {
    const group = state.groups.get(name);
    return group ? documentsOf(state, group) : [];
  });
}

function managedDocument(state: State, arn: string): NamedDocument {
  const policy = state.policies.get(arn);
  const version = policy?.versions.find((candidate) => candidate.id === policy.defaultVersionId);
  // A boundary whose policy does not exist allows nothing. IAM refuses to delete one in use, so this is only a
  // safeguard.
  return [arn, version?.document ?? '{"Version":"2012-10-17","Statement":[]}'];
}

function parse([name, document]: NamedDocument): { name: string; policy: unknown } {
  const policy = JSON.parse(document) as { readonly Version?: string };
  if (policy.Version === '2012-10-17') {
    return { name, policy };
  }
  // Policy variables exist since 2012-10-17: in an older document, or one without a version, they are plain text.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: how a policy escapes a dollar sign
  return { name, policy: JSON.parse(document.replaceAll('${', () => '${$}{')) };
}

function mutable(contextKeys: ContextKeys): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(contextKeys).map(([key, value]) => [key, typeof value === 'string' ? value : [...value]]),
  );
}
