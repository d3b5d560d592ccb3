/** AWS::IAM::ManagedPolicy */

import type { Json, JsonObject } from '../../operation';
import { isList, isObject, isSame, toDocument, toText } from '../json';
import { callUnlessGone } from '../resource-handler';
import type { ResourceScope, ResourceType } from '../resource-type';
import { compareTargets } from './iam-policy-targets';
import { entityOf, nameOf } from './iam-principal';

const maxVersions = 5;

export const iamManagedPolicy: ResourceType = {
  properties: {
    Description: { replaces: true },
    Groups: { shape: 'texts' },
    ManagedPolicyName: { replaces: true },
    Path: { replaces: true },
    PolicyDocument: { required: true, shape: 'document' },
    Roles: { shape: 'texts' },
    Users: { shape: 'texts' },
  },
  attributes: ['PolicyArn', 'PolicyId', 'DefaultVersionId'],
  nameProperty: 'ManagedPolicyName',
  needsIamCapability: true,

  async create(properties, scope) {
    const result = await scope.call('iam', 'CreatePolicy', {
      PolicyName: toText(properties.ManagedPolicyName) ?? scope.generateName(128),
      Path: properties.Path,
      Description: properties.Description,
      PolicyDocument: toDocument(properties.PolicyDocument),
    });
    const { Arn, PolicyId, DefaultVersionId } = entityOf('Policy', result);
    const arn = toText(Arn) ?? '';
    scope.created(arn);
    await syncAttachments(arn, {}, properties, scope);
    return { physicalId: arn, attributes: { PolicyArn: arn, PolicyId, DefaultVersionId } };
  },

  async update({ physicalId: arn, before, after }, scope) {
    if (!isSame(before.PolicyDocument, after.PolicyDocument)) {
      await putVersion(arn, after.PolicyDocument, scope);
    }
    await syncAttachments(arn, before, after, scope);
    const { PolicyId, DefaultVersionId } = entityOf(
      'Policy',
      await scope.call('iam', 'GetPolicy', { PolicyArn: arn }),
    );
    return { physicalId: arn, attributes: { PolicyArn: arn, PolicyId, DefaultVersionId } };
  },

  async delete(arn, properties, scope) {
    await syncAttachments(arn, properties, {}, scope);
    for (const VersionId of await listOtherVersions(arn, scope)) {
      await callUnlessGone(scope, 'iam', 'DeletePolicyVersion', { PolicyArn: arn, VersionId });
    }
    await callUnlessGone(scope, 'iam', 'DeletePolicy', { PolicyArn: arn });
  },
};

async function syncAttachments(
  PolicyArn: string,
  before: JsonObject,
  after: JsonObject,
  scope: ResourceScope,
): Promise<void> {
  const { left, joined } = compareTargets(before, after);
  for (const target of joined) {
    await scope.call('iam', `Attach${target.kind}Policy`, { ...nameOf(target), PolicyArn });
  }
  for (const target of left) {
    await callUnlessGone(scope, 'iam', `Detach${target.kind}Policy`, { ...nameOf(target), PolicyArn });
  }
}

/** IAM keeps five versions: deletes the oldest that is not the default. */
async function putVersion(
  PolicyArn: string,
  document: Json | undefined,
  scope: ResourceScope,
): Promise<void> {
  const others = await listOtherVersions(PolicyArn, scope);
  const oldest = others.at(-1);
  if (oldest !== undefined && others.length + 1 >= maxVersions) {
    await scope.call('iam', 'DeletePolicyVersion', { PolicyArn, VersionId: oldest });
  }
  const PolicyDocument = toDocument(document);
  await scope.call('iam', 'CreatePolicyVersion', { PolicyArn, PolicyDocument, SetAsDefault: true });
}

/** Lists the versions that are not the default, newest first; none when the policy does not exist. */
async function listOtherVersions(PolicyArn: string, scope: ResourceScope): Promise<readonly string[]> {
  const result = await callUnlessGone(scope, 'iam', 'ListPolicyVersions', { PolicyArn });
  const versions = isList(result?.Versions) ? result.Versions.filter(isObject) : [];
  return versions
    .filter(({ IsDefaultVersion }) => toText(IsDefaultVersion) !== 'true')
    .map(({ VersionId }) => toText(VersionId) ?? '')
    .sort((a, b) => Number(b.slice(1)) - Number(a.slice(1)));
}
