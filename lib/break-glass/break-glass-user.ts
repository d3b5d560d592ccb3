/** Break-glass users: the people who hold the fleet's tokens, with no other way in. */
import { Reference, Stack, Stage, Token, Tokenization } from 'aws-cdk-lib';
import { CfnAccessKey, CfnUser, User } from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';
import type { MfaEnforcedGroup } from '../enforcement/mfa-enforcement-policy';
import { MfaSelfService } from '../enforcement/mfa-enforcement-rules';
import { HOLDER_RULE, textProblem } from '../record/rules';

/** Properties of a BreakGlassUser. */
export interface BreakGlassUserProps {
  /** The IAM user name: the holder's name in the inventory. */
  readonly userName: string;

  /** The group that keeps the user under MFA; its policy must leave no self-service. */
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
 * An IAM user for emergencies: under MFA from its first moment, with no access key, no password and no self-service.
 *
 * The user gets permissions from nowhere else than what you grant. An access key for it, or a password, anywhere in the
 * app fails the synthesis: its password is set by hand, once, and kept with the token. IAM refuses to delete a user who has an MFA device or a password: remove them before you remove the user.
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
  public constructor(scope: Construct, id: string, props: BreakGlassUserProps) {
    const { selfService } = props.group.enforcement;
    if (selfService !== MfaSelfService.NONE) {
      throw new Error(
        `break-glass user '${props.userName}' is in group '${props.group.node.path}', whose policy leaves self-service ` +
          `${selfService.name}, must be NONE: only the operator may enrol the user's tokens; give the group a policy ` +
          'with selfService: MfaSelfService.NONE',
      );
    }
    const problem = Token.isUnresolved(props.userName) ? undefined : textProblem(HOLDER_RULE, props.userName);
    if (problem !== undefined) {
      throw new Error(`break-glass user '${id}': ${problem.message}; ${problem.fix}`);
    }
    super(scope, id, {
      userName: props.userName,
      groups: [props.group],
      ...(props.path === undefined ? {} : { path: props.path }),
    });
    this.node.addValidation({ validate: () => passwordProblems(this) });
    refuseAccessKeys(Stage.of(this) ?? this.node.root);
  }
}

function passwordProblems(user: BreakGlassUser): string[] {
  return resourceOf(user)?.loginProfile === undefined
    ? []
    : [
        `break-glass user '${user.node.path}' has a password in the template (loginProfile), must have none: whoever reads ` +
          'the template knows it; remove it, and set the password by hand',
      ];
}

/** The stages whose access keys are looked at already: one search is enough, however many users there are. */
const searched = new WeakSet<IConstruct>();

function refuseAccessKeys(stage: IConstruct): void {
  if (!searched.has(stage)) {
    searched.add(stage);
    stage.node.addValidation({ validate: () => accessKeyProblems(stage) });
  }
}

/** One line for each access key, anywhere in the app, of a break-glass user of the stage. */
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
    const [token] = Tokenization.reverseString(key.userName).tokens;
    return Reference.isReference(token) && token.target === resourceOf(user);
  }
  // IAM does not tell the case of user names apart.
  return (
    key.userName.toLowerCase() === resourceOf(user)?.userName?.toLowerCase() &&
    Stack.of(key).account === Stack.of(user).account
  );
}

function resourceOf({ node: { defaultChild } }: BreakGlassUser): CfnUser | undefined {
  return defaultChild instanceof CfnUser ? defaultChild : undefined;
}
