/**
 * Customer managed policies. Their versions are in iam-policy-versions.ts, their attachments in
 * iam-attachments.ts.
 */

import { requestTagKeys } from './context-keys';
import { type Operations, operation } from './declared-operation';
import {
  alreadyExists,
  arn,
  deleteConflict,
  entityName,
  isoDate,
  limitExceeded,
  path,
  policyAt,
  policyDocument,
  tagList,
} from './iam-entities';
import type { JsonObject } from './operation';
import { pageOf, pageParameters } from './pagination';
import { flag, oneOf, optional, tags, text, withDefault } from './parameters';
import { checkIdentityPolicy, documentLimits, lengthOf } from './policy-documents';
import type { ManagedPolicy } from './records';
import type { State } from './state';

export const policyOperations: Operations = {
  CreatePolicy: operation({
    parameters: {
      PolicyName: entityName,
      Path: withDefault(path, '/'),
      PolicyDocument: policyDocument,
      Description: optional(text({ max: 1000 })),
      Tags: withDefault(tags, []),
    },
    permissions: ({ PolicyName, Path, Tags }, { state }) => {
      const resource = state.iamArn('policy', Path, PolicyName);
      const contextKeys = requestTagKeys(Tags);
      const tagging = { action: 'iam:TagPolicy', resource, contextKeys };
      return [{ action: 'iam:CreatePolicy', resource, contextKeys }, ...(Tags.length > 0 ? [tagging] : [])];
    },
    run: async (input, { state }) => {
      const document = await checkManagedPolicy(input.PolicyDocument);
      const policyArn = state.iamArn('policy', input.Path, input.PolicyName);
      const name = input.PolicyName.toLowerCase();
      if (
        [...state.policies.values()].some(
          (other) => isOurs(state, other) && other.name.toLowerCase() === name,
        )
      ) {
        throw alreadyExists(
          `A policy called ${input.PolicyName} already exists. Duplicate names are not allowed.`,
        );
      }
      const now = state.settings.clock.now();
      const policy: ManagedPolicy = {
        arn: policyArn,
        path: input.Path,
        name: input.PolicyName,
        id: state.newId('ANPA'),
        createdAt: now,
        updatedAt: now,
        description: input.Description,
        tags: new Map(input.Tags.map((tag) => [tag.Key, tag.Value])),
        versions: [{ id: 'v1', document, createdAt: now }],
        defaultVersionId: 'v1',
        nextVersion: 2,
      };
      state.policies.set(policy.arn, policy);
      return { Policy: shownPolicy(state, policy) };
    },
  }),

  GetPolicy: operation({
    parameters: { PolicyArn: arn },
    permissions: ({ PolicyArn }) => [{ action: 'iam:GetPolicy', resource: PolicyArn }],
    run: ({ PolicyArn }, { state }) => ({ Policy: shownPolicy(state, policyAt(state, PolicyArn)) }),
  }),

  ListPolicies: operation({
    parameters: {
      Scope: withDefault(oneOf('All', 'AWS', 'Local'), 'All'),
      OnlyAttached: withDefault(flag, false),
      PathPrefix: withDefault(text({ min: 1, max: 512 }), '/'),
      ...pageParameters,
    },
    permissions: () => [{ action: 'iam:ListPolicies', resource: '*' }],
    run: (input, { state }) => {
      const policies = state.policies
        .listed()
        .filter((policy) => input.Scope === 'All' || isOurs(state, policy) === (input.Scope === 'Local'))
        .filter((policy) => policy.path.startsWith(input.PathPrefix))
        .filter((policy) => !input.OnlyAttached || attachmentCount(state, policy.arn) > 0);
      const page = pageOf(policies, (policy) => policy.arn, input, state.settings.pageSize);
      return { Policies: page.items.map((policy) => shownPolicy(state, policy)), ...page.rest };
    },
  }),

  DeletePolicy: operation({
    parameters: { PolicyArn: arn },
    permissions: ({ PolicyArn }) => [{ action: 'iam:DeletePolicy', resource: PolicyArn }],
    run: ({ PolicyArn }, { state }) => {
      const policy = policyAt(state, PolicyArn);
      if (attachmentCount(state, policy.arn) + boundaryCount(state, policy.arn) > 0) {
        throw deleteConflict('Cannot delete a policy attached to entities.');
      }
      if (policy.versions.length > 1) {
        throw deleteConflict(
          'This policy has more than one version. Before you delete a policy, you must delete all its other versions.',
        );
      }
      state.policies.delete(policy.arn);
      return {};
    },
  }),
};

/** @throws AwsError MalformedPolicyDocument, LimitExceeded */
export async function checkManagedPolicy(document: string): Promise<string> {
  if (lengthOf(document) > documentLimits.managed) {
    throw limitExceeded(`Cannot exceed quota for PolicySize: ${documentLimits.managed}`);
  }
  return checkIdentityPolicy(document);
}

function shownPolicy(state: State, policy: ManagedPolicy): JsonObject {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: attachmentCount(state, policy.arn),
    PermissionsBoundaryUsageCount: boundaryCount(state, policy.arn),
    IsAttachable: true,
    ...(policy.description === undefined ? {} : { Description: policy.description }),
    CreateDate: isoDate(policy.createdAt),
    UpdateDate: isoDate(policy.updatedAt),
    ...(policy.tags.size === 0 ? {} : { Tags: tagList(policy.tags) }),
  };
}

function attachmentCount(state: State, policyArn: string): number {
  const holders = [...state.users.values(), ...state.groups.values(), ...state.roles.values()];
  return holders.filter((holder) => holder.attachedPolicies.has(policyArn)).length;
}

function boundaryCount(state: State, policyArn: string): number {
  return [...state.users.values(), ...state.roles.values()].filter((holder) => holder.boundary === policyArn)
    .length;
}

/** AWS's own policies have `aws` in place of the account. */
function isOurs(state: State, policy: ManagedPolicy): boolean {
  return policy.arn.split(':')[4] === state.settings.account;
}
