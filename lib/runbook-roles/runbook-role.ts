/** A role of the runbook: its policy and its trust policy, always with MFA. */

import type { Duration } from 'aws-cdk-lib';
import {
  AccountRootPrincipal,
  CompositePrincipal,
  type IPrincipal,
  ManagedPolicy,
  type PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeWildcards, type Wildcard } from '../policy/acknowledgements';
import { limitSize, MANAGED_POLICY, requireSize, sizeProblems, TRUST_POLICY } from '../policy/policy-size';
import { refuseAt } from '../policy/refusal';
import { MfaRole } from '../trust/mfa-role';
import { deployedTrust } from '../trust/mfa-trust-policy';

/** The parts that differ between the roles of the runbook. */
interface RunbookRoleProps {
  /** The person who assumes it, for messages; the plural is the name of the prop that lists them. */
  readonly person: 'operator' | 'auditor';
  /** The descriptions, such as `Enroll the MFA tokens of fleet x with mfa-runbook`. */
  readonly task: { readonly policy: string; readonly role: string };
  readonly statements: PolicyStatement[];
  /** The resources with wildcards in them, with the reason of each. */
  readonly wildcards: readonly Wildcard[];
  /** Further statements of the trust policy: the first list that fits, or the last. */
  readonly denials: readonly (readonly PolicyStatement[])[];
  readonly people: IPrincipal[] | undefined;
  readonly maxAge: Duration | undefined;
  readonly maxSessionDuration: Duration | undefined;
  /** The reason why its policies may be too large, such as `operators: 30`, and the fix. */
  readonly size: { readonly counts: string; readonly fix: string };
}

/** The parts of a role of the runbook. */
interface RunbookRole {
  readonly policy: ManagedPolicy;
  readonly role: MfaRole;
  /** The denials that fit. */
  readonly denials: readonly PolicyStatement[];
}

/**
 * Adds `Policy` and `Role` to a construct.
 *
 * @throws when nobody could assume it, a principal never has MFA, or IAM would refuse one of the policies for its size; at
 * synthesis when a policy has become too large
 */
export function addRunbookRole(scope: Construct, props: RunbookRoleProps): RunbookRole {
  const { task, statements, maxAge, maxSessionDuration } = props;
  const people = refuseAt(scope.node.path, () => peopleOf(props));
  acknowledgeWildcards(scope, props.wildcards);
  const policy = new ManagedPolicy(scope, 'Policy', { description: task.policy, statements });
  const role = new MfaRole(scope, 'Role', {
    description: task.role,
    assumedBy: new CompositePrincipal(...people),
    managedPolicies: [policy],
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(maxSessionDuration === undefined ? {} : { maxSessionDuration }),
  });
  const denials = props.denials.find((some) => fits(role, some)) ?? props.denials.at(-1) ?? [];
  role.assumeRolePolicy?.addStatements(...denials);
  const parts = { policy, role, denials };
  limitSizes(scope, props, parts);
  return parts;
}

function peopleOf({ person, people = [new AccountRootPrincipal()] }: RunbookRoleProps): IPrincipal[] {
  if (people.length === 0) {
    throw new Error(
      `${person}s is empty, must name at least one principal; leave it out to allow all IAM users of the account whose ` +
        'own policies allow it',
    );
  }
  return people;
}

/** Tells whether statements fit into the trust policy of the role. */
function fits(role: MfaRole, statements: readonly PolicyStatement[]): boolean {
  const document = [deployedTrust(role), ...statements.map((statement) => statement.toJSON())];
  return sizeProblems(role, { what: '', document, limit: TRUST_POLICY, counts: '', fix: '' }).length === 0;
}

/** Judges the sizes now, so that the error points at the props; MfaRole judges its own trust policy again at synthesis. */
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
