/** Managed policies attached to users, groups and roles. */

import type { Permission } from './caller';
import { type Operations, operation } from './declared-operation';
import { arn, limitExceeded, noSuchEntity, policyAt } from './iam-entities';
import { type HolderKind, holderKinds, holderOperation } from './iam-holders';
import { pageOf, pageParameters } from './pagination';
import { oneOf, optional, text, withDefault } from './parameters';
import type { Identity } from './records';
import type { State } from './state';

const attachmentsPerHolder = 10;

function operationsOf(kind: HolderKind): Operations {
  const { noun } = kind;
  function change(state: State, action: string, name: string, policyArn: string): Permission {
    const boundary = kind.boundaryOf(state, name);
    return {
      action: `iam:${action}`,
      resource: kind.arnOf(state, name),
      contextKeys: {
        'iam:PolicyARN': policyArn,
        ...(boundary === undefined ? {} : { 'iam:PermissionsBoundary': boundary }),
      },
    };
  }
  return {
    [`Attach${noun}Policy`]: holderOperation(kind, {
      parameters: { PolicyArn: arn },
      permission: ({ PolicyArn }, name, { state }) => change(state, `Attach${noun}Policy`, name, PolicyArn),
      run: ({ PolicyArn }, name, { state }) => {
        const holder = kind.find(state, name);
        const attachedPolicies = new Set(holder.attachedPolicies).add(policyAt(state, PolicyArn).arn);
        if (attachedPolicies.size > attachmentsPerHolder) {
          throw limitExceeded(`Cannot exceed quota for PoliciesPer${noun}: ${attachmentsPerHolder}`);
        }
        kind.store(state, name, { attachedPolicies });
        return {};
      },
    }),

    [`Detach${noun}Policy`]: holderOperation(kind, {
      parameters: { PolicyArn: arn },
      permission: ({ PolicyArn }, name, { state }) => change(state, `Detach${noun}Policy`, name, PolicyArn),
      run: ({ PolicyArn }, name, { state }) => {
        const attachedPolicies = new Set(kind.find(state, name).attachedPolicies);
        if (!attachedPolicies.delete(PolicyArn)) {
          throw noSuchEntity(`Policy ${PolicyArn} was not found.`);
        }
        kind.store(state, name, { attachedPolicies });
        return {};
      },
    }),

    [`ListAttached${noun}Policies`]: holderOperation(kind, {
      parameters: { PathPrefix: withDefault(text({ min: 1, max: 512 }), '/'), ...pageParameters },
      permission: (_, name, { state }) => ({
        action: `iam:ListAttached${noun}Policies`,
        resource: kind.arnOf(state, name),
      }),
      run: (input, name, { state }) => {
        const attached = [...kind.find(state, name).attachedPolicies]
          .map((policyArn) => policyAt(state, policyArn))
          .filter((policy) => policy.path.startsWith(input.PathPrefix));
        const page = pageOf(attached, (policy) => policy.arn, input, state.settings.pageSize);
        const shown = page.items.map((policy) => ({ PolicyName: policy.name, PolicyArn: policy.arn }));
        return { AttachedPolicies: shown, ...page.rest };
      },
    }),
  };
}

const listEntitiesForPolicy = operation({
  parameters: {
    PolicyArn: arn,
    EntityFilter: optional(oneOf('User', 'Role', 'Group')),
    PolicyUsageFilter: withDefault(oneOf('PermissionsPolicy', 'PermissionsBoundary'), 'PermissionsPolicy'),
    ...pageParameters,
  },
  permissions: ({ PolicyArn }) => [{ action: 'iam:ListEntitiesForPolicy', resource: PolicyArn }],
  run: (input, { state }) => {
    const policyArn = policyAt(state, input.PolicyArn).arn;
    function uses(holder: Identity & { readonly boundary?: string | undefined }) {
      return input.PolicyUsageFilter === 'PermissionsPolicy'
        ? holder.attachedPolicies.has(policyArn)
        : holder.boundary === policyArn;
    }
    const holders = [
      ...[...state.groups.values()].map((holder) => ({ noun: 'Group' as const, holder })),
      ...[...state.roles.values()].map((holder) => ({ noun: 'Role' as const, holder })),
      ...[...state.users.values()].map((holder) => ({ noun: 'User' as const, holder })),
    ].filter(({ noun, holder }) => uses(holder) && (input.EntityFilter ?? noun) === noun);
    const page = pageOf(holders, ({ holder }) => holder.arn, input, state.settings.pageSize);
    function shown(noun: HolderKind['noun']) {
      return page.items
        .filter((item) => item.noun === noun)
        .map(({ holder }) => ({ [`${noun}Name`]: holder.name, [`${noun}Id`]: holder.id }));
    }
    return {
      PolicyGroups: shown('Group'),
      PolicyUsers: shown('User'),
      PolicyRoles: shown('Role'),
      ...page.rest,
    };
  },
});

export const attachmentOperations: Operations = {
  ...Object.fromEntries(holderKinds.flatMap((kind) => Object.entries(operationsOf(kind)))),
  ListEntitiesForPolicy: listEntitiesForPolicy,
};
