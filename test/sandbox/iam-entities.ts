/** IAM's entities: how to find them, the parameters that name them, and their form in answers. */

import type { CallContext } from './caller';
import { AwsError, type JsonObject } from './operation';
import { text } from './parameters';
import type { Device, Group, ManagedPolicy, Role, Tags, User } from './records';
import type { State } from './state';

const names = /^[\w+=,.@-]+$/;

export const newUserName = text({ min: 1, max: 64, pattern: names });
export const entityName = text({ min: 1, max: 128, pattern: names });
export const path = text({ min: 1, max: 512, pattern: /^(\/|\/[!-~]+\/)$/ });
export const arn = text({ min: 20, max: 2048 });
export const policyDocument = text({ min: 1, max: 131_072 });

export function noSuchEntity(message: string): AwsError {
  return new AwsError('NoSuchEntity', 404, message);
}

export function alreadyExists(message: string): AwsError {
  return new AwsError('EntityAlreadyExists', 409, message);
}

export function limitExceeded(message: string): AwsError {
  return new AwsError('LimitExceeded', 409, message);
}

export function deleteConflict(message: string): AwsError {
  return new AwsError('DeleteConflict', 409, message);
}

export function userNamed(state: State, name: string): User {
  const user = state.users.get(name);
  if (!user) {
    throw noSuchEntity(`The user with name ${name} cannot be found.`);
  }
  return user;
}

export function groupNamed(state: State, name: string): Group {
  const group = state.groups.get(name);
  if (!group) {
    throw noSuchEntity(`The group with name ${name} cannot be found.`);
  }
  return group;
}

export function roleNamed(state: State, name: string): Role {
  const role = state.roles.get(name);
  if (!role) {
    throw noSuchEntity(`The role with name ${name} cannot be found.`);
  }
  return role;
}

export function policyAt(state: State, policyArn: string): ManagedPolicy {
  const policy = state.policies.get(policyArn);
  if (!policy) {
    throw noSuchEntity(`Policy ${policyArn} does not exist or is not attachable.`);
  }
  return policy;
}

/**
 * Finds the user of an operation: the named one, or the caller.
 *
 * @throws AwsError ValidationError for a role without a name
 */
export function userNameOrOwn(name: string | undefined, { caller }: CallContext): string {
  if (name !== undefined) {
    return name;
  }
  if (caller.kind === 'user-key' || caller.kind === 'user-session') {
    return caller.name;
  }
  throw new AwsError('ValidationError', 400, 'Must specify userName when calling with non-User credentials');
}

/**
 * Gives the ARN for policies; for an entity that does not exist, the ARN it would have without a path.
 */
export function userArn(state: State, name: string): string {
  return state.users.get(name)?.arn ?? state.iamArn('user', '/', name);
}

export function groupArn(state: State, name: string): string {
  return state.groups.get(name)?.arn ?? state.iamArn('group', '/', name);
}

export function roleArn(state: State, name: string): string {
  return state.roles.get(name)?.arn ?? state.iamArn('role', '/', name);
}

/** Lists the current devices of a user. */
export function devicesOf(state: State, userId: string): Device[] {
  return [...state.devices.values()].filter((device) => device.assignment?.userId === userId);
}

/** Formats a date as IAM does: ISO 8601 without fractions. */
export function isoDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function tagList(tags: Tags): JsonObject[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

/** Formats a user for lists. */
export function listedUser(user: User): JsonObject {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: user.arn,
    CreateDate: isoDate(user.createdAt),
  };
}

/** The day that a root user was made: the account's. */
export const accountFoundedAt = Date.UTC(2020, 0, 1);

/** Formats a user for GetUser and CreateUser. */
export function shownUser(user: User): JsonObject {
  return { ...listedUser(user), ...boundaryMember(user.boundary), ...tagsMember(user.tags) };
}

export function shownGroup(group: Group): JsonObject {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: group.arn,
    CreateDate: isoDate(group.createdAt),
  };
}

export function listedRole(role: Role): JsonObject {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: isoDate(role.createdAt),
    AssumeRolePolicyDocument: encodeURIComponent(role.trustPolicy),
    ...(role.description === undefined ? {} : { Description: role.description }),
    MaxSessionDuration: role.maxSessionSeconds,
  };
}

export function shownRole(role: Role): JsonObject {
  return { ...listedRole(role), ...boundaryMember(role.boundary), ...tagsMember(role.tags) };
}

function boundaryMember(boundary: string | undefined): JsonObject {
  if (boundary === undefined) {
    return {};
  }
  return { PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: boundary } };
}

function tagsMember(tags: Tags): JsonObject {
  return tags.size === 0 ? {} : { Tags: tagList(tags) };
}
