/**
 * Refuses to attach a policy where it would do harm. CDK attaches policies in two ways: `policy.attachToRole(role)` can be
 * overridden, but `role.addManagedPolicy(policy)` never asks the policy. So the finished tree is checked as well.
 */
import { Reference } from 'aws-cdk-lib';
import { CfnGroup, CfnRole, CfnUser, type ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { resolveReplacing } from '../policy/token-replacer';

/** A resource that can have identity policies. */
type Identity = CfnUser | CfnGroup | CfnRole;

/**
 * Fails the synthesis if the policy is an identity policy of a resource anywhere in the app.
 *
 * @param isRefused tells if this resource must not have it
 * @param why ends the error, after who has the policy attached
 */
export function refuseAttachment(
  policy: ManagedPolicy,
  isRefused: (identity: Identity) => boolean,
  why: string,
): void {
  policy.node.addValidation({
    validate: () =>
      policy.node.root.node
        .findAll()
        .filter(isIdentity)
        .filter((identity) => isRefused(identity) && isAttached(policy, identity))
        .map((identity) => `policy '${policy.node.path}' is attached to '${identity.node.path}': ${why}`),
  });
}

/**
 * Fails the synthesis if the policy is the permissions boundary of a user or a role anywhere in the app.
 *
 * @param why ends the error, after whose boundary the policy is
 */
export function refuseAsBoundary(policy: ManagedPolicy, why: string): void {
  policy.node.addValidation({
    validate: () =>
      policy.node.root.node
        .findAll()
        .filter((construct) => CfnUser.isCfnUser(construct) || CfnRole.isCfnRole(construct))
        .filter((identity) => refersTo(policy, identity, boundariesOf(identity)))
        .map((identity) => `policy '${policy.node.path}' is the boundary of '${identity.node.path}': ${why}`),
  });
}

function isIdentity(construct: IConstruct): construct is Identity {
  return CfnUser.isCfnUser(construct) || CfnGroup.isCfnGroup(construct) || CfnRole.isCfnRole(construct);
}

/**
 * Returns the boundary as a property, and as the override that `PermissionsBoundary.of(…).apply(…)` sets, which no
 * public method shows.
 */
function boundariesOf(identity: CfnUser | CfnRole): readonly unknown[] {
  return [identity.permissionsBoundary, Reflect.get(identity, 'rawOverrides')];
}

function isAttached(policy: ManagedPolicy, identity: Identity): boolean {
  return refersTo(policy, identity, identity.managedPolicyArns);
}

/** Compares the references themselves: in another stack the ARN would be rendered as an import. */
function refersTo(policy: ManagedPolicy, scope: IConstruct, value: unknown): boolean {
  let isFound = false;
  resolveReplacing(scope, value ?? [], (token) => {
    isFound ||= Reference.isReference(token) && token.target === policy.node.defaultChild;
    return undefined;
  });
  return isFound;
}
