/** Refuses malformed properties of OrganizationGuardrails. Tokens are not judged. */
import { Token } from 'aws-cdk-lib';
import { ACCOUNT_ID, REGION, requireOnce, UNIT_OR_ROOT_ID } from '../policy/aws-ids';

/** The form of each name: its pattern, the same in words, and an example. */
const NAMES = {
  policyName: [/^[\w+=,.@-]{1,128}$/, '1 to 128 letters, digits and +=,.@_-', 'mfa-enforcement'],
  groupName: [/^[\w+=,.@-]{1,128}$/, '1 to 128 letters, digits and +=,.@_-', 'mfa-enforced'],
  boundaryName: [/^[\w+=,.@-]{1,128}$/, '1 to 128 letters, digits and +=,.@_-', 'mfa-boundary'],
  stackSetName: [
    /^[a-z][a-z0-9-]{0,127}$/i,
    'a letter, then letters, digits and hyphens, at most 128 characters',
    'mfa-guardrails',
  ],
  region: [REGION, 'the name of one Region', 'eu-central-1'],
} as const satisfies Readonly<Record<string, readonly [RegExp, string, string]>>;

/**
 * Refuses ids that StackSets cannot deploy to.
 *
 * @throws when the list is empty, or an id is listed twice or is neither a root nor an organizational unit
 */
export function requireOrganizationalUnits(ids: readonly string[]): void {
  if (Token.isUnresolved(ids)) {
    return;
  }
  if (ids.length === 0) {
    throw new Error(
      'organizationalUnitIds is empty, must name at least one organizational unit or the root; `aws organizations list-roots` ' +
        'shows the root, r-…',
    );
  }
  for (const id of ids) {
    if (Token.isUnresolved(id) || UNIT_OR_ROOT_ID.test(id)) {
      continue;
    }
    const fix = ACCOUNT_ID.test(id)
      ? 'StackSets does not deploy to single accounts: name its organizational unit, or add it to accountIds for the service ' +
        'control policy alone'
      : 'copy the id, not the name, from `aws organizations list-organizational-units-for-parent`';
    throw new Error(
      `organizationalUnitIds names '${id}', must be an organizational unit such as ou-ab12-11112222, or a root such as r-ab12; ${fix}`,
    );
  }
  requireOnce('organizationalUnitIds', ids);
}

/**
 * Refuses ids that are not those of accounts.
 *
 * @param organizationalUnitIds the ids to which the accounts are added
 * @throws when an id is not 12 digits or is listed twice, or the lists cannot be joined before deployment
 */
export function requireAccountIds(ids: readonly string[], organizationalUnitIds: readonly string[]): void {
  if (ids.length === 0) {
    return;
  }
  if (Token.isUnresolved(ids) || Token.isUnresolved(organizationalUnitIds)) {
    throw new Error(
      'accountIds and organizationalUnitIds together are the targets of one policy, and a list that is known only at deployment ' +
        'cannot be added to; write the ids one by one, each of which may be a token',
    );
  }
  const stranger = ids.find((id) => !Token.isUnresolved(id) && !ACCOUNT_ID.test(id));
  if (stranger !== undefined) {
    throw new Error(
      `accountIds names '${stranger}', must be the 12 digits of an account, such as 111122223333; organizational units and roots ` +
        'belong in organizationalUnitIds',
    );
  }
  requireOnce('accountIds', ids);
}

/**
 * Returns the name.
 *
 * @throws when AWS would not accept it
 */
export function requireName(property: keyof typeof NAMES, name: string): string {
  const [pattern, words, example] = NAMES[property];
  if (!Token.isUnresolved(name) && !pattern.test(name)) {
    throw new Error(`${property} is '${name}', must be ${words}; write one such as ${example}`);
  }
  return name;
}

/**
 * Refuses a boundary with the name of the policy: both are managed policies, whose names IAM does not distinguish by case.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 * @throws when they are the same
 */
export function requireOtherName(boundaryName: string, policyName: string): void {
  const areKnown = !Token.isUnresolved(boundaryName) && !Token.isUnresolved(policyName);
  if (areKnown && boundaryName.toLowerCase() === policyName.toLowerCase()) {
    throw new Error(
      `boundaryName is '${boundaryName}', must differ from policyName '${policyName}' in more than upper and lower case: ` +
        'both are managed policies of each account; write one such as mfa-boundary',
    );
  }
}

/**
 * Returns the number.
 *
 * @throws when it is not a whole number from 0 to 100
 */
export function requirePercentage(property: string, value: number): number {
  if (!Token.isUnresolved(value) && !(Number.isInteger(value) && value >= 0 && value <= 100)) {
    throw new Error(
      `${property} is ${value}, must be a whole number from 0 to 100; write 0 to stop at the first failure, or the share of accounts that may fail`,
    );
  }
  return value;
}
