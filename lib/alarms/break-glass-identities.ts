/** The patterns that recognize the users and roles for emergencies in an event. */
import { Stack, Token } from 'aws-cdk-lib';
import { CfnRole, CfnUser, type IRole, type IUser } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { BreakGlassRole } from '../break-glass/break-glass-role';
import { deployedSize } from '../policy/policy-size';
import { devicePath } from '../record/names';
import { STS_OF_ANY_ROLE, STS_OF_USERS, stsOfRoles } from './forwarded-events';
import { LEAST_KEPT } from './guardrail-part';
import type { EventPattern, WatchedRole } from './watched-events';

/** EventBridge's default limit for the pattern of a rule, in characters. */
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
  { fleets, users }: { readonly fleets: readonly string[]; readonly users: readonly IUser[] },
  toPattern: (userIdentity: EventPattern) => EventPattern,
): readonly EventPattern[] {
  const prefixes = fleets.map((fleet) => iamArn(scope, `user${devicePath(fleet)}`));
  const elsewhere = outside(scope, prefixes, toPattern);
  return [
    ...inPatterns(scope, prefixes, (some) => toPattern({ arn: some.map((prefix) => ({ prefix })) })),
    ...inPatterns(scope, namedUsers(fleets, users), (some) =>
      toPattern({
        type: ['IAMUser'],
        userName: some.map((name) => ({ 'equals-ignore-case': name })),
        ...elsewhere,
      }),
    ),
  ];
}

/** Returns the names of the users who are not known to be at the path of a fleet. */
export function namedUsers(fleets: readonly string[], users: readonly IUser[]): readonly string[] {
  const paths = fleets.map(devicePath);
  return withoutRepeats(users.filter((user) => !paths.some((path) => path === pathOf(user))).map(nameOf));
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
export function inPatterns<T>(
  scope: IConstruct,
  values: readonly T[],
  toPattern: (some: readonly T[]) => EventPattern,
): readonly EventPattern[] {
  const dealt: T[][] = [];
  for (const value of values) {
    const last = dealt.at(-1);
    if (last !== undefined && fits(scope, toPattern([...last, value]))) {
      last.push(value);
    } else {
      dealt.push([value]);
    }
  }
  return dealt.map(toPattern);
}

/** Tells whether a pattern fits into a rule. */
export function fits(scope: IConstruct, pattern: EventPattern): boolean {
  return sizeOf(scope, pattern) <= MAX_PATTERN;
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
export function stsPattern(
  scope: IConstruct,
  roles: readonly BreakGlassRole[],
  operators: readonly WatchedRole[],
): EventPattern {
  if (roles.length + operators.length === 0) {
    return STS_OF_USERS;
  }
  const known = roles.flatMap((role) => knownRoleArn(scope, role) ?? []);
  const isKnown = known.length === roles.length && operators.every(isKnownEverywhere);
  const pattern = stsOfRoles([...known, ...operators.map(({ arn }) => arn)]);
  return isKnown && fits(scope, pattern) ? pattern : STS_OF_ANY_ROLE;
}

/** A reference would exist in the Region of its stack only. The partition and the account are the same everywhere. */
function isKnownEverywhere({ arn }: WatchedRole): boolean {
  const text = typeof arn === 'string' ? arn : arn.wildcard;
  return !Token.isUnresolved(text.slice(text.lastIndexOf(':role/') + 1)) && text.includes(':role/');
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
  return sessionArn(scope, `${givenNameOf(role) ?? role.roleName}/`);
}

/** The room that CloudFormation leaves for the stack's name and the logical ID in the name of a role. */
const GENERATED_ROOM = 64 - '--'.length - 13;

/**
 * Recognizes a role by the name that was given to it or, without one, by the name that CloudFormation generates from its
 * stack and its logical ID: an export would keep the stack of the role from replacing it, and other Regions have no
 * reference.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
 */
export function watchedRole(scope: IConstruct, role: IRole): WatchedRole {
  const { partition, account } = Stack.of(scope);
  const resource = role.node.defaultChild;
  if (!(resource instanceof CfnRole) || Token.isUnresolved(resource.path ?? '/')) {
    return { arn: role.roleArn, session: { prefix: sessionArn(scope, `${role.roleName}/`) } };
  }
  const path = resource.path ?? '/';
  const { roleName } = resource;
  if (roleName !== undefined && !Token.isUnresolved(roleName)) {
    return {
      arn: iamArn(scope, `role${path}${roleName}`),
      session: { prefix: sessionArn(scope, `${roleName}/`) },
    };
  }
  const generated = generatedName(resource);
  return generated === undefined
    ? { arn: role.roleArn, session: { prefix: sessionArn(scope, `${role.roleName}/`) } }
    : {
        arn: { wildcard: `arn:${partition}:iam::${account}:role${path}${generated}*` },
        session: { wildcard: `${sessionArn(scope, generated)}*` },
      };
}

function sessionArn(scope: IConstruct, name: string): string {
  const { partition, account } = Stack.of(scope);
  return `arn:${partition}:sts::${account}:assumed-role/${name}`;
}

/** Returns a wildcard for the beginning of a generated name; `undefined` in a nested stack, whose name is not known. */
function generatedName(resource: CfnRole): string | undefined {
  const { stackName, nestedStackParent } = resource.stack;
  if (Token.isUnresolved(stackName) || nestedStackParent !== undefined) {
    return undefined;
  }
  const logicalId = resource.stack.getLogicalId(resource);
  return stackName.length + logicalId.length <= GENERATED_ROOM
    ? `${stackName}-${logicalId}-`
    : `${stackName.slice(0, LEAST_KEPT)}*-${logicalId.slice(0, LEAST_KEPT)}`;
}
