/** A role of the runbook: its policy, and who may assume it, always with MFA. */
import { type Duration, Stack } from 'aws-cdk-lib';
import {
  AccountRootPrincipal,
  CompositePrincipal,
  type IPrincipal,
  ManagedPolicy,
  type PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { deployedSize, MANAGED_POLICY, type SizeLimit } from '../policy/policy-size';
import { MfaRole } from '../trust/mfa-trust';
import { deployedTrust, TRUST_POLICY } from '../trust/trust-size';

/** What a role of the runbook is made of. */
export interface RunbookRoleProps {
  /** Who assumes it, for messages; its plural is the name of the prop that lists them. */
  readonly person: 'operator' | 'auditor';
  /** What it does, such as `enrol the MFA tokens of fleet x with mfa-runbook`. */
  readonly task: { readonly policy: string; readonly role: string };
  readonly statements: PolicyStatement[];
  /** Further statements of the trust policy. */
  readonly denials: readonly PolicyStatement[];
  readonly people: IPrincipal[] | undefined;
  readonly maxAge: Duration | undefined;
  readonly maxSessionDuration: Duration | undefined;
}

/** The parts of a role of the runbook. */
export interface RunbookRole {
  readonly policy: ManagedPolicy;
  readonly role: MfaRole;
}

/** Adds `Policy` and `Role` to a construct. @throws when nobody could assume it, or somebody never has MFA */
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
  return { policy, role };
}

/**
 * Refuses a role that IAM would refuse.
 *
 * @param whose such as `operator 'Stack/Operator'`
 * @param counts what made it large, such as `operators: 30`
 */
export function requireSizes(
  { policy, role }: RunbookRole,
  { whose, counts, fix }: { readonly whose: string; readonly counts: string; readonly fix: string },
): void {
  const judged: readonly (readonly [string, unknown, SizeLimit])[] = [
    ['policy', Stack.of(policy).resolve(policy.document), MANAGED_POLICY],
    ['trust policy', deployedTrust(role), TRUST_POLICY],
  ];
  for (const [what, document, { characters, setBy }] of judged) {
    const size = deployedSize(document);
    if (size > characters) {
      throw new Error(
        `the ${what} of ${whose} has about ${size} characters (${counts}), ${setBy} allows ${characters}; ${fix}`,
      );
    }
  }
}
