/** Holders whom somebody moved from the fleet's path: policies reach them by name only, and have room for few names. */
import { Annotations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { MANAGED_POLICY, sizeProblems } from '../policy/policy-size';
import type { HolderUsers } from './permissions';

/** The id of the warning that the names of the holders do not fit into the trust policy. */
export const HOLDERS_BY_PATH_ONLY = 'cdk-mfa-guardrails:HoldersByPathOnly';

/** Warns that the trust policy denies holders by the fleet's path only, so that one who was moved could be an operator. */
export function warnOfMovedHolders(scope: IConstruct, holders: number): void {
  Annotations.of(scope).addWarningV2(
    HOLDERS_BY_PATH_ONLY,
    `the names of ${holders} holders do not fit into the trust policy of the operator's role, which denies those at the ` +
      "fleet's path only: a holder whom somebody moves to another path could assume it; add denialForHolders() to a policy " +
      'that all holders have, and acknowledge this warning',
  );
}

/** Less than IAM allows, so that there is room for statements that an app adds. */
const ROOM_FOR_MOVED = { ...MANAGED_POLICY, characters: MANAGED_POLICY.characters - 1024 };

/**
 * Returns the statement that lets the operator retire the devices of holders whom somebody moved from the fleet's path. It
 * allows nothing else, because somebody should look at such a holder first. If their names do not fit, it warns and returns none.
 */
export function movedHolderStatements(
  scope: IConstruct,
  { movedArns }: HolderUsers,
  statements: readonly PolicyStatement[],
): readonly PolicyStatement[] {
  if (movedArns.length === 0) {
    return [];
  }
  const retiring = new PolicyStatement({
    sid: 'MovedHolders',
    actions: ['iam:DeactivateMFADevice', 'iam:ListMFADevices'],
    resources: movedArns,
  });
  const document = [...statements, retiring].map((statement) => statement.toJSON());
  const problems = sizeProblems(scope, { what: '', document, limit: ROOM_FOR_MOVED, counts: '', fix: '' });
  if (problems.length === 0) {
    return [retiring];
  }
  Annotations.of(scope).addWarningV2(
    'cdk-mfa-guardrails:MovedHoldersNotRetired',
    "the policy of the operator's role has no room for the names of the holders, so it cannot retire the devices of " +
      'one whom somebody moves to another path; split the inventory into several fleets, or acknowledge this warning, and ' +
      'move such a holder back first (aws iam update-user --new-path)',
  );
  return [];
}
