/** Break-glass users: the people who hold the fleet's tokens, without access keys, passwords or self-service. */

import { Reference, Stack, Stage, Token, Tokenization } from 'aws-cdk-lib';
import { CfnAccessKey, CfnUser, User } from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';
import type { MfaEnforcedGroup } from '../enforcement/mfa-enforcement-policy';
import { MfaSelfService } from '../enforcement/mfa-enforcement-rules';
import { requireIamPath } from '../policy/iam-names';
import { refuseOverrides } from '../policy/overrides';
import { pathOf, refuseAt } from '../policy/refusal';
import { isSameUser } from '../record/names';
import { HOLDER_RULE, textProblem } from '../record/rules';

/** Properties of a BreakGlassUser. */
export interface BreakGlassUserProps {
  /** The IAM user name: the holder's name in the inventory. */
  readonly userName: string;

  /** The group whose policy requires MFA of the user; it must leave no self-service. */
  readonly group: MfaEnforcedGroup;

  /**
   * The IAM path of the user, beginning and ending with a slash.
   *
   * A RunbookOperator reaches the users below `/mfa-guardrails/{fleet}/`, and others only by name.
   *
   * @default / - the root path
   */
  readonly path?: string;
}

/**
 * An IAM user for emergencies: it always needs MFA, and has no access key, no password and no self-service.
 *
 * The user has only the permissions that you grant. An access key for it, or a password, anywhere in the
 * app fails the synthesis, and so does removing it from the group; overrides of its password or groups throw. A key whose
 * user name is itself an override is not seen. The password is set by hand, once, and kept with the token. IAM refuses to
 * delete a user who has an MFA device or a password: remove them before you remove the user.
 *
 * @example
 * const enforcement = new MfaEnforcementPolicy(this, 'Enforcement', { selfService: MfaSelfService.NONE });
 *
 * new BreakGlassUser(this, 'Alice', {
 *   userName: 'alice.breakglass',
 *   group: new MfaEnforcedGroup(this, 'Group', { enforcement }),
 * });
 */
export class BreakGlassUser extends User {
  /**
   * @throws when the group leaves self-service, or IAM does not accept the name or the path; at synthesis when
   * the user has an access key or a password in the app, or is no longer in the group
   */
  public constructor(scope: Construct, id: string, props: BreakGlassUserProps) {
    refuseAt(pathOf(scope, id), () => requireBreakGlass(props));
    super(scope, id, {
      userName: props.userName,
      groups: [props.group],
      ...(props.path === undefined ? {} : { path: props.path }),
    });
    const resource = resourceOf(this);
    if (resource !== undefined) {
      refuseOverrides(resource, ['LoginProfile', 'Groups'], (path) => whyNoOverride(this, path));
    }
    this.node.addValidation({
      validate: () => [...passwordProblems(this), ...groupProblems(this, props.group)],
    });
    refuseAccessKeys(Stage.of(this) ?? this.node.root);
  }
}

function requireBreakGlass({ userName, group, path }: BreakGlassUserProps): void {
  const { selfService } = group.enforcement;
  if (selfService !== MfaSelfService.NONE) {
    throw new Error(
      `break-glass user '${userName}' is in group '${group.node.path}', whose policy leaves self-service ` +
        `${selfService.name}, must be NONE: only the operator may enroll the user's tokens; give the group a policy ` +
        'with selfService: MfaSelfService.NONE',
    );
  }
  const problem = Token.isUnresolved(userName) ? undefined : textProblem(HOLDER_RULE, userName);
  if (problem !== undefined) {
    throw new Error(`userName: ${problem.message}; ${problem.fix}`);
  }
  requireIamPath(`path of break-glass user '${userName}'`, path);
}

function whyNoOverride(user: BreakGlassUser, path: string): string {
  return (
    `the password and the groups of break-glass user '${user.node.path}' cannot be overridden (${path}): the user is ` +
    'under MFA by its group, and its password is in no template; set the password by hand, and use addToGroup for a further group'
  );
}

/** Reports a user who left the group: the groups of its CfnUser may have been replaced. */
function groupProblems(user: BreakGlassUser, group: MfaEnforcedGroup): string[] {
  const stack = Stack.of(user);
  const isMember = [stack.resolve(resourceOf(user)?.groups) ?? []]
    .flat()
    .some((each) => JSON.stringify(each) === JSON.stringify(stack.resolve(group.groupName)));
  return isMember
    ? []
    : [
        `break-glass user '${user.node.path}' is no longer in group '${group.node.path}', must be: the group requires ` +
          'MFA; do not change the groups of its CfnUser, and use addToGroup for a further group',
      ];
}

function passwordProblems(user: BreakGlassUser): string[] {
  return resourceOf(user)?.loginProfile === undefined
    ? []
    : [
        `break-glass user '${user.node.path}' has a password in the template (loginProfile), must have none: whoever reads ` +
          'the template knows it; remove it, and set the password by hand',
      ];
}

/** The stages whose access keys are already checked: one search is enough for all users. */
const searched = new WeakSet<IConstruct>();

function refuseAccessKeys(stage: IConstruct): void {
  if (!searched.has(stage)) {
    searched.add(stage);
    stage.node.addValidation({ validate: () => accessKeyProblems(stage) });
  }
}

/** Reports, one line each, the access keys of break-glass users of the stage, anywhere in the app. */
function accessKeyProblems(stage: IConstruct): string[] {
  const keys = stage.node.root.node.findAll().filter((each) => CfnAccessKey.isCfnAccessKey(each));
  const users =
    keys.length === 0 ? [] : stage.node.findAll().filter((each) => each instanceof BreakGlassUser);
  return keys.flatMap((key) =>
    users
      .filter((user) => isKeyOf(key, user))
      .map(
        (user) =>
          `break-glass user '${user.node.path}' has the access key '${key.node.path}', must have none: a key that leaks ` +
          'outlives every emergency; remove the key, and let the user sign in to the console',
      ),
  );
}

function isKeyOf(key: CfnAccessKey, user: BreakGlassUser): boolean {
  if (Token.isUnresolved(key.userName)) {
    if (Stack.of(key) === Stack.of(user) && isRefTo(user, key.userName)) {
      return true;
    }
    const [token] = Tokenization.reverseString(key.userName).tokens;
    return Reference.isReference(token) && token.target === resourceOf(user);
  }
  return (
    isSameUser(key.userName, resourceOf(user)?.userName ?? '') &&
    Stack.of(key).account === Stack.of(user).account
  );
}

/** Tells whether a name is `{ Ref: … }` to the user, as Fn.ref makes it from a logical id. */
function isRefTo(user: BreakGlassUser, name: string): boolean {
  const stack = Stack.of(user);
  return JSON.stringify(stack.resolve(name)) === JSON.stringify(stack.resolve(resourceOf(user)?.ref));
}

function resourceOf({ node: { defaultChild } }: BreakGlassUser): CfnUser | undefined {
  return defaultChild instanceof CfnUser ? defaultChild : undefined;
}
