/** Inline policies of users, groups and roles. */

import type { Permission } from './caller';
import type { Operations } from './declared-operation';
import { entityName, limitExceeded, noSuchEntity, policyDocument } from './iam-entities';
import { type HolderKind, holderKinds, holderOperation } from './iam-holders';
import { pageOf, pageParameters } from './pagination';
import { checkIdentityPolicy, documentLimits, lengthOf } from './policy-documents';
import type { Identity } from './records';
import type { State } from './state';

export const inlinePolicyOperations: Operations = Object.fromEntries(
  holderKinds.flatMap((kind) => Object.entries(operationsOf(kind))),
);

function operationsOf(kind: HolderKind): Operations {
  const { noun } = kind;
  const PolicyName = entityName;
  function permission(state: State, action: string, name: string): Permission {
    const boundary = kind.boundaryOf(state, name);
    return {
      action: `iam:${action}`,
      resource: kind.arnOf(state, name),
      ...(boundary === undefined ? {} : { contextKeys: { 'iam:PermissionsBoundary': boundary } }),
    };
  }
  return {
    [`Put${noun}Policy`]: holderOperation(kind, {
      parameters: { PolicyName, PolicyDocument: policyDocument },
      permission: (_, name, { state }) => permission(state, `Put${noun}Policy`, name),
      run: async (input, name, { state }) => {
        kind.find(state, name);
        const document = await checkIdentityPolicy(input.PolicyDocument);
        const inlinePolicies = new Map(kind.find(state, name).inlinePolicies).set(input.PolicyName, document);
        refuseOversize(noun, name, inlinePolicies);
        kind.store(state, name, { inlinePolicies });
        return {};
      },
    }),

    [`Get${noun}Policy`]: holderOperation(kind, {
      parameters: { PolicyName },
      permission: (_, name, { state }) => permission(state, `Get${noun}Policy`, name),
      run: (input, name, { state }) => ({
        [`${noun}Name`]: name,
        PolicyName: input.PolicyName,
        PolicyDocument: encodeURIComponent(documentOf(kind.find(state, name), input.PolicyName, noun)),
      }),
    }),

    [`Delete${noun}Policy`]: holderOperation(kind, {
      parameters: { PolicyName },
      permission: (_, name, { state }) => permission(state, `Delete${noun}Policy`, name),
      run: (input, name, { state }) => {
        const holder = kind.find(state, name);
        documentOf(holder, input.PolicyName, noun);
        const inlinePolicies = new Map(holder.inlinePolicies);
        inlinePolicies.delete(input.PolicyName);
        kind.store(state, name, { inlinePolicies });
        return {};
      },
    }),

    [`List${noun}Policies`]: holderOperation(kind, {
      parameters: pageParameters,
      permission: (_, name, { state }) => permission(state, `List${noun}Policies`, name),
      run: (input, name, { state }) => {
        const names = [...kind.find(state, name).inlinePolicies.keys()];
        const page = pageOf(names, (policyName) => policyName, input, state.settings.pageSize);
        return { PolicyNames: page.items, ...page.rest };
      },
    }),
  };
}

function documentOf(holder: Identity, policyName: string, noun: string): string {
  const document = holder.inlinePolicies.get(policyName);
  if (document === undefined) {
    throw noSuchEntity(`The ${noun.toLowerCase()} policy with name ${policyName} cannot be found.`);
  }
  return document;
}

/** The limit applies to all inline policies of a holder together. */
function refuseOversize(noun: HolderKind['noun'], name: string, policies: ReadonlyMap<string, string>): void {
  const limit = documentLimits[noun];
  const total = [...policies.values()].reduce((sum, document) => sum + lengthOf(document), 0);
  if (total > limit) {
    throw limitExceeded(`Maximum policy size of ${limit} bytes exceeded for ${noun.toLowerCase()} ${name}`);
  }
}
