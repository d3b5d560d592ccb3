/** How the users and roles for emergencies are recognised in an event. */
import { Arn, ArnFormat, Aws, Stack, Token } from 'aws-cdk-lib';
import { CfnRole, CfnUser, type IUser } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { BreakGlassRole } from '../break-glass/break-glass-role';
import { deployedSize } from '../policy/policy-size';
import { devicePath } from '../record/names';
import type { EventPattern } from './watched-events';

/** EventBridge's limit for the pattern of a rule, in characters. */
export const MAX_PATTERN = 2048;

/**
 * Patterns of userIdentity, each small enough for a rule: one for the fleets, whose users are at their own IAM path,
 * and as many as the names of the others need.
 *
 * Users are known by name, not by ARN: a failed sign-in has no ARN, a path need not be known for it, and a name is
 * unique in its account. IAM does not tell the case of user names apart, and a failed sign-in may carry it as typed.
 *
 * @param toPattern the whole pattern around it, whose size is limited
 */
export function userPatterns(
  scope: IConstruct,
  fleets: readonly string[],
  users: readonly IUser[],
  toPattern: (userIdentity: EventPattern) => EventPattern,
): readonly EventPattern[] {
  const sizeOf = (userIdentity: EventPattern) =>
    deployedSize(Stack.of(scope).resolve(toPattern(userIdentity)));
  const split = (values: readonly EventPattern[], key: string) =>
    inPatterns(values, (some) => ({ type: ['IAMUser'], [key]: some }), sizeOf);
  const paths = fleets.map(userPath);
  const named = users.filter((user) => !paths.some((path) => path === pathOf(user))).map(nameOf);
  return [
    ...split(
      fleets.map((fleet) => ({
        prefix: `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:user${userPath(fleet)}`,
      })),
      'arn',
    ),
    ...split(
      [...new Set(named)].map((name) => ({ 'equals-ignore-case': name })),
      'userName',
    ),
  ];
}

/** Users of a fleet are at the path of its devices. */
const userPath = devicePath;

/** Deals values over as few patterns as their size allows, in order. */
function inPatterns(
  values: readonly EventPattern[],
  toPattern: (some: readonly EventPattern[]) => EventPattern,
  sizeOf: (pattern: EventPattern) => number,
): readonly EventPattern[] {
  const dealt: EventPattern[][] = [];
  for (const value of values) {
    const last = dealt.at(-1);
    if (last !== undefined && sizeOf(toPattern([...last, value])) <= MAX_PATTERN) last.push(value);
    else dealt.push([value]);
  }
  return dealt.map(toPattern);
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

/** What tells the roles apart in a Region that has no reference to them: their names, if they have any. */
export function assumedRolePattern(roles: readonly BreakGlassRole[]): EventPattern | undefined {
  if (roles.length === 0) return undefined;
  const names = roles.map(givenNameOf);
  return names.every((name) => name !== undefined)
    ? { requestParameters: { roleArn: names.map((name) => ({ suffix: `/${name}` })) } }
    : // The home bus knows the role; services assume roles all day long, and never one that asks for MFA.
      { userIdentity: { type: [{ 'anything-but': ['AWSService'] }] } };
}

function givenNameOf(role: BreakGlassRole): string | undefined {
  const resource = role.node.defaultChild;
  const name = resource instanceof CfnRole ? resource.roleName : undefined;
  return name === undefined || Token.isUnresolved(name) ? undefined : name;
}

/** How the ARNs of a role's sessions begin. */
export function sessionArnPrefix(role: BreakGlassRole): string {
  const arn = Arn.format(
    {
      partition: Aws.PARTITION,
      service: 'sts',
      region: '',
      account: Aws.ACCOUNT_ID,
      resource: 'assumed-role',
      resourceName: givenNameOf(role) ?? role.roleName,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    },
    Stack.of(role),
  );
  return `${arn}/`;
}
