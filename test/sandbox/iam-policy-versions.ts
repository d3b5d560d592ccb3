/** Versions of customer managed policies, five at most. */

import { type Operations, operation } from './declared-operation';
import {
  arn,
  deleteConflict,
  isoDate,
  limitExceeded,
  noSuchEntity,
  policyAt,
  policyDocument,
} from './iam-entities';
import { checkManagedPolicy } from './iam-policies';
import type { JsonObject } from './operation';
import { pageOf, pageParameters } from './pagination';
import { flag, text, withDefault } from './parameters';
import type { ManagedPolicy, PolicyVersion } from './records';

const versionsPerPolicy = 5;
const versionId = text({ pattern: /^v[1-9][0-9]*$/ });

export const policyVersionOperations: Operations = {
  CreatePolicyVersion: operation({
    parameters: { PolicyArn: arn, PolicyDocument: policyDocument, SetAsDefault: withDefault(flag, false) },
    permissions: ({ PolicyArn }) => [{ action: 'iam:CreatePolicyVersion', resource: PolicyArn }],
    run: async ({ PolicyArn, PolicyDocument, SetAsDefault }, { state }) => {
      policyAt(state, PolicyArn);
      const document = await checkManagedPolicy(PolicyDocument);
      const policy = policyAt(state, PolicyArn);
      if (policy.versions.length >= versionsPerPolicy) {
        throw limitExceeded(
          `A managed policy can have up to ${versionsPerPolicy} versions. Before you create a new version, you must delete an existing version.`,
        );
      }
      const now = state.settings.clock.now();
      const version: PolicyVersion = { id: `v${policy.nextVersion}`, document, createdAt: now };
      const changed: ManagedPolicy = {
        ...policy,
        versions: [...policy.versions, version],
        nextVersion: policy.nextVersion + 1,
        updatedAt: now,
        defaultVersionId: SetAsDefault ? version.id : policy.defaultVersionId,
      };
      state.policies.set(policy.arn, changed);
      return { PolicyVersion: shownVersion(changed, version, false) };
    },
  }),

  GetPolicyVersion: operation({
    parameters: { PolicyArn: arn, VersionId: versionId },
    permissions: ({ PolicyArn }) => [{ action: 'iam:GetPolicyVersion', resource: PolicyArn }],
    run: ({ PolicyArn, VersionId }, { state }) => {
      const policy = policyAt(state, PolicyArn);
      return { PolicyVersion: shownVersion(policy, versionOf(policy, VersionId), true) };
    },
  }),

  ListPolicyVersions: operation({
    parameters: { PolicyArn: arn, ...pageParameters },
    permissions: ({ PolicyArn }) => [{ action: 'iam:ListPolicyVersions', resource: PolicyArn }],
    run: (input, { state }) => {
      const policy = policyAt(state, input.PolicyArn);
      const page = pageOf(policy.versions, ({ id }) => id.padStart(8), input, state.settings.pageSize);
      return { Versions: page.items.map((version) => shownVersion(policy, version, false)), ...page.rest };
    },
  }),

  DeletePolicyVersion: operation({
    parameters: { PolicyArn: arn, VersionId: versionId },
    permissions: ({ PolicyArn }) => [{ action: 'iam:DeletePolicyVersion', resource: PolicyArn }],
    run: ({ PolicyArn, VersionId }, { state }) => {
      const policy = policyAt(state, PolicyArn);
      const version = versionOf(policy, VersionId);
      if (version.id === policy.defaultVersionId) {
        throw deleteConflict('Cannot delete the default version of a policy.');
      }
      const versions = policy.versions.filter((other) => other.id !== version.id);
      state.policies.set(policy.arn, { ...policy, versions, updatedAt: state.settings.clock.now() });
      return {};
    },
  }),

  SetDefaultPolicyVersion: operation({
    parameters: { PolicyArn: arn, VersionId: versionId },
    permissions: ({ PolicyArn }) => [{ action: 'iam:SetDefaultPolicyVersion', resource: PolicyArn }],
    run: ({ PolicyArn, VersionId }, { state }) => {
      const policy = policyAt(state, PolicyArn);
      const defaultVersionId = versionOf(policy, VersionId).id;
      state.policies.set(policy.arn, {
        ...policy,
        defaultVersionId,
        updatedAt: state.settings.clock.now(),
      });
      return {};
    },
  }),
};

function versionOf(policy: ManagedPolicy, id: string): PolicyVersion {
  const version = policy.versions.find((candidate) => candidate.id === id);
  if (!version) {
    throw noSuchEntity(`Policy ${policy.arn} version ${id} does not exist or is not attachable.`);
  }
  return version;
}

function shownVersion(policy: ManagedPolicy, version: PolicyVersion, withDocument: boolean): JsonObject {
  return {
    ...(withDocument ? { Document: encodeURIComponent(version.document) } : {}),
    VersionId: version.id,
    IsDefaultVersion: version.id === policy.defaultVersionId,
    CreateDate: isoDate(version.createdAt),
  };
}
