/** A role of the runbook: its policy, and who may assume it, always with MFA. */
import type { Duration } from 'aws-cdk-lib';
import {
  AccountRootPrincipal,
  CompositePrincipal,
  type IPrincipal,
  ManagedPolicy,
  type PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { limitSize, MANAGED_POLICY, requireSize, TRUST_POLICY } from '../policy/policy-size';
import { MfaRole } from '../trust/mfa-trust';
import { deployedTrust } from '../trust/mfa-trust-policy';

/** What a role of the runbook is made of. */
interface RunbookRoleProps {
  /** Who assumes it, for messages; its plural is the name of the prop that lists them. */
  readonly person: 'operator' | 'auditor';
  /** What it does, such as `enroll the MFA tokens of fleet x with mfa-runbook`. */
  readonly task: { readonly policy: string; readonly role: string };
  readonly statements: PolicyStatement[];
  /** Further statements of the trust policy. */
  readonly denials: readonly PolicyStatement[];
  readonly people: IPrincipal[] | undefined;
  readonly maxAge: Duration | undefined;
  readonly maxSessionDuration: Duration | undefined;
  /** What can make its policies too large, such as `operators: 30`, and what to do about it. */
  readonly size: { readonly counts: string; readonly fix: string };
}

/** The parts of a role of the runbook. */
interface RunbookRole {
  readonly policy: ManagedPolicy;
  readonly role: MfaRole;
}

/**
 * Adds `Policy` and `Role` to a construct.
 *
 * @throws when nobody could assume it, somebody never has MFA, or IAM would refuse one of the policies for its size; at
 * synthesis when one has become too large by then
 */
export function addRunbookRole(scope: Construct, props: RunbookRoleProps): RunbookRole {
  const { person, task, statements, denials, maxAge, maxSessionDuration } = props;
  const people = props.people ?? [new AccountRootPrincipal()];
  if (people.length === 0) {
    throw new Error(
      `${person}s is empty, must name at least one principal; leave it out to let the IAM users of the account in whose ` +
        'own policies allow it',
    );
  }
  const policy = new ManagedPolicy(scope, 'Policy', { description: task.policy, statements });
  const role = new MfaRole(scope, 'Role', {
    description: task.role,
    assumedBy: new CompositePrincipal(...people),
    managedPolicies: [policy],
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(maxSessionDuration === undefined ? {} : { maxSessionDuration }),
  });
  role.assumeRolePolicy?.addStatements(...denials);
  limitSizes(scope, props, { policy, role });
  return { policy, role };
}

/** At once, where the props are to blame; MfaRole judges its own trust policy again at synthesis. */
function limitSizes(
  scope: Construct,
  { person, size }: RunbookRoleProps,
  { policy, role }: RunbookRole,
): void {
  const whose = `${person} '${scope.node.path}'`;
  const permissions = {
    ...size,
    what: `policy of ${whose}`,
    document: policy.document,
    limit: MANAGED_POLICY,
  };
  requireSize(policy, permissions);
  limitSize(policy, permissions);
  requireSize(role, {
    ...size,
    what: `trust policy of ${whose}`,
    document: deployedTrust(role),
    limit: TRUST_POLICY,
  });
}
