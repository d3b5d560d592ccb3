/** The common parts of users, groups and roles: names, attached and inline policies, a boundary, tags. */

import type { Json, JsonObject } from '../../operation';
import { isList, isObject, isSame, toDocument, toText, toTexts } from '../json';
import type { PropertyShape } from '../property-shape';
import { callUnlessGone } from '../resource-handler';
import type { ResourceScope } from '../resource-type';

export interface Principal {
  readonly kind: 'User' | 'Group' | 'Role';
  readonly name: string;
}

/** The shape of `Policies`. */
export const inlinePolicyList: PropertyShape = {
  items: {
    members: { PolicyDocument: { required: true, shape: 'document' }, PolicyName: { required: true } },
  },
};

const maxNameLength = { User: 64, Group: 128, Role: 64 } as const;

/** Gives the template's name, or generates one. */
export function principalName(kind: Principal['kind'], properties: JsonObject, scope: ResourceScope): string {
  return toText(properties[`${kind}Name`]) ?? scope.generateName(maxNameLength[kind]);
}

/** The parameter that names the principal: `{ UserName: 'alice' }`. */
export function nameOf({ kind, name }: Principal): JsonObject {
  return { [`${kind}Name`]: name };
}

/** Reads attributes from the entity in the answer of Create… or Get…. */
export function entityOf(kind: string, result: JsonObject): JsonObject {
  const entity = result[kind];
  return isObject(entity) ? entity : {};
}

/**
 * Brings everything but the principal itself from `before` to `after`; either may be `{}`.
 *
 * @throws AwsError
 */
export async function syncPrincipal(
  principal: Principal,
  before: JsonObject,
  after: JsonObject,
  scope: ResourceScope,
): Promise<void> {
  await syncBoundary(principal, before, after, scope);
  await syncManagedPolicies(principal, before, after, scope);
  await syncInlinePolicies(principal, before, after, scope);
}

async function syncBoundary(
  principal: Principal,
  before: JsonObject,
  after: JsonObject,
  scope: ResourceScope,
): Promise<void> {
  const boundary = after.PermissionsBoundary;
  if (boundary === before.PermissionsBoundary) {
    return;
  }
  const { kind } = principal;
  if (boundary === undefined) {
    await callUnlessGone(scope, 'iam', `Delete${kind}PermissionsBoundary`, nameOf(principal));
  } else {
    await scope.call('iam', `Put${kind}PermissionsBoundary`, {
      ...nameOf(principal),
      PermissionsBoundary: boundary,
    });
  }
}

async function syncManagedPolicies(
  principal: Principal,
  before: JsonObject,
  after: JsonObject,
  scope: ResourceScope,
): Promise<void> {
  const [old, wanted] = [toTexts(before.ManagedPolicyArns), toTexts(after.ManagedPolicyArns)];
  for (const PolicyArn of wanted.filter((arn) => !old.includes(arn))) {
    await scope.call('iam', `Attach${principal.kind}Policy`, { ...nameOf(principal), PolicyArn });
  }
  for (const PolicyArn of old.filter((arn) => !wanted.includes(arn))) {
    await callUnlessGone(scope, 'iam', `Detach${principal.kind}Policy`, { ...nameOf(principal), PolicyArn });
  }
}

async function syncInlinePolicies(
  principal: Principal,
  before: JsonObject,
  after: JsonObject,
  scope: ResourceScope,
): Promise<void> {
  const [old, wanted] = [inlinePolicies(before), inlinePolicies(after)];
  for (const [PolicyName, document] of wanted) {
    if (isSame(old.get(PolicyName), document)) {
      continue;
    }
    await putInlinePolicy(principal, PolicyName, document, scope);
  }
  for (const PolicyName of old.keys()) {
    if (!wanted.has(PolicyName)) {
      await deleteInlinePolicy(principal, PolicyName, scope);
    }
  }
}

export async function putInlinePolicy(
  principal: Principal,
  PolicyName: string,
  document: Json | undefined,
  scope: ResourceScope,
): Promise<void> {
  const PolicyDocument = toDocument(document);
  await scope.call('iam', `Put${principal.kind}Policy`, { ...nameOf(principal), PolicyName, PolicyDocument });
}

export async function deleteInlinePolicy(
  principal: Principal,
  PolicyName: string,
  scope: ResourceScope,
): Promise<void> {
  await callUnlessGone(scope, 'iam', `Delete${principal.kind}Policy`, { ...nameOf(principal), PolicyName });
}

function inlinePolicies(properties: JsonObject): ReadonlyMap<string, Json | undefined> {
  const policies = isList(properties.Policies) ? properties.Policies.filter(isObject) : [];
  return new Map(
    policies.map(({ PolicyName, PolicyDocument }) => [toText(PolicyName) ?? '', PolicyDocument]),
  );
}

/** Calls TagUser and UntagUser, or their counterparts for roles. @throws AwsError */
export async function syncTags(
  principal: Principal,
  before: JsonObject,
  after: JsonObject,
  scope: ResourceScope,
): Promise<void> {
  const [old, wanted] = [tagsOf(before), tagsOf(after)];
  const put = [...wanted].filter(([key, value]) => old.get(key) !== value);
  const gone = [...old.keys()].filter((key) => !wanted.has(key));
  if (put.length > 0) {
    const Tags = put.map(([Key, Value]) => ({ Key, Value }));
    await scope.call('iam', `Tag${principal.kind}`, { ...nameOf(principal), Tags });
  }
  if (gone.length > 0) {
    await scope.call('iam', `Untag${principal.kind}`, { ...nameOf(principal), TagKeys: gone });
  }
}

function tagsOf(properties: JsonObject): ReadonlyMap<string, string> {
  const tags = isList(properties.Tags) ? properties.Tags.filter(isObject) : [];
  return new Map(tags.map(({ Key, Value }) => [toText(Key) ?? '', toText(Value) ?? '']));
}
