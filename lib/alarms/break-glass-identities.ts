/** The patterns that recognize the users and roles for emergencies in an event. */
import { Stack, Token } from 'aws-cdk-lib';
import { CfnRole, CfnUser, type IUser } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { BreakGlassRole } from '../break-glass/break-glass-role';
import { deployedSize } from '../policy/policy-size';
import { devicePath } from '../record/names';
import { type EventPattern, STS_OF_ANY_ROLE, STS_OF_USERS, stsOfRoles } from './watched-events';

/** EventBridge's limit for the pattern of a rule, in characters. */
const MAX_PATTERN = 2048;

/**
 * Makes patterns about users, each small enough for a rule: one for the fleets, whose users are at their own IAM path, and as
 * many as the names of the others need. No event meets two of them.
 *
 * The others are known by name, not by ARN: a failed sign-in has no ARN, the path need not be known, and a name is
 * unique in its account. IAM ignores the case of user names, and a failed sign-in may carry it as typed.
 *
 * @param toPattern the whole pattern, around that of userIdentity
 */
export function userPatterns(
  scope: IConstruct,
  fleets: readonly string[],
  users: readonly IUser[],
  toPattern: (userIdentity: EventPattern) => EventPattern,
): readonly EventPattern[] {
  const paths = fleets.map(devicePath);
  const prefixes = paths.map((path) => iamArn(scope, `user${path}`));
  const named = users.filter((user) => !paths.some((path) => path === pathOf(user))).map(nameOf);
  const elsewhere = outside(scope, prefixes, toPattern);
  return [
    ...inPatterns(scope, prefixes, (some) => toPattern({ arn: some.map((prefix) => ({ prefix })) })),
    ...inPatterns(scope, withoutRepeats(named), (some) =>
      toPattern({
        type: ['IAMUser'],
        userName: some.map((name) => ({ 'equals-ignore-case': name })),
        ...elsewhere,
      }),
    ),
  ];
}

/**
 * An imported user may be at the path of a fleet, and would cause two alarms. With so many fleets that
 * their paths would fill the pattern, this is left out: two alarms are better than none.
 */
function outside(
  scope: IConstruct,
  prefixes: readonly string[],
  toPattern: (userIdentity: EventPattern) => EventPattern,
): EventPattern {
  const pattern = {
    $or: [{ arn: [{ exists: false }] }, { arn: [{ 'anything-but': { prefix: [...prefixes] } }] }],
  };
  return sizeOf(scope, toPattern(pattern)) <= MAX_PATTERN / 2 ? pattern : {};
}

/** Keeps the first of the names that differ only in case, because they belong to one user. */
function withoutRepeats(names: readonly string[]): readonly string[] {
  const first = new Map<string, string>();
  for (const name of names) {
    if (!first.has(name.toLowerCase())) {
      first.set(name.toLowerCase(), name);
    }
  }
  return [...first.values()];
}

/** Deals values over as few patterns as their size allows, in order. */
export function inPatterns(
  scope: IConstruct,
  values: readonly string[],
  toPattern: (some: readonly string[]) => EventPattern,
): readonly EventPattern[] {
  const dealt: string[][] = [];
  for (const value of values) {
    const last = dealt.at(-1);
    if (last !== undefined && sizeOf(scope, toPattern([...last, value])) <= MAX_PATTERN) {
      last.push(value);
    } else {
      dealt.push([value]);
    }
  }
  return dealt.map(toPattern);
}

function sizeOf(scope: IConstruct, pattern: EventPattern): number {
  return deployedSize(Stack.of(scope).resolve(pattern));
}

/** A user of this app refers to itself by a reference; the name given to it says more, and fits into other Regions. */
function nameOf(user: IUser): string {
  const resource = user.node.defaultChild;
  const name = resource instanceof CfnUser ? resource.userName : undefined;
  return name === undefined || Token.isUnresolved(name) ? user.userName : name;
}

function pathOf(user: IUser): string | undefined {
  const resource = user.node.defaultChild;
  return resource instanceof CfnUser ? resource.path : undefined;
}

/**
 * Matches the events of STS to forward. Other Regions have no reference to the roles, and one rule for all of them: it
 * must know them by their names, or match every role.
 */
export function stsPattern(scope: IConstruct, roles: readonly BreakGlassRole[]): EventPattern {
  if (roles.length === 0) {
    return STS_OF_USERS;
  }
  const known = roles.flatMap((role) => knownRoleArn(scope, role) ?? []);
  const pattern = stsOfRoles(known);
  const fits = known.length === roles.length && sizeOf(scope, pattern) <= MAX_PATTERN;
  return fits ? pattern : STS_OF_ANY_ROLE;
}

/**
 * Returns the ARN of a role, by its name if that is known. A reference would be an export of the role's stack, and hold on to
 * the role: CloudFormation neither removes nor replaces what another stack imports.
 */
export function roleArnOf(scope: IConstruct, role: BreakGlassRole): string {
  return knownRoleArn(scope, role) ?? role.roleArn;
}

function knownRoleArn(scope: IConstruct, role: BreakGlassRole): string | undefined {
  const name = givenNameOf(role);
  const resource = role.node.defaultChild;
  const path = (resource instanceof CfnRole ? resource.path : undefined) ?? '/';
  return name === undefined || Token.isUnresolved(path) ? undefined : iamArn(scope, `role${path}${name}`);
}

/** Returns an ARN in the account of the alarms, which is the account of every event. */
function iamArn(scope: IConstruct, resource: string): string {
  const { partition, account } = Stack.of(scope);
  return `arn:${partition}:iam::${account}:${resource}`;
}

function givenNameOf(role: BreakGlassRole): string | undefined {
  const resource = role.node.defaultChild;
  const name = resource instanceof CfnRole ? resource.roleName : undefined;
  return name === undefined || Token.isUnresolved(name) ? undefined : name;
}

/** Returns the prefix of the ARNs of a role's sessions. */
export function sessionArnPrefix(scope: IConstruct, role: BreakGlassRole): string {
  const { partition, account } = Stack.of(scope);
  return `arn:${partition}:sts::${account}:assumed-role/${givenNameOf(role) ?? role.roleName}/`;
}
