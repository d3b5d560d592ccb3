/** What the properties of OrganizationGuardrails must look like. Tokens are not judged. */
import { Token } from 'aws-cdk-lib';

const ORGANIZATIONAL_UNIT = /^(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32})$/;
const ACCOUNT = /^\d{12}$/;

/** Names by property: what they must match, in words, and one that does. */
const NAMES = {
  policyName: [/^[\w+=,.@-]{1,128}$/, '1 to 128 letters, digits and +=,.@_-', 'mfa-enforcement'],
  groupName: [/^[\w+=,.@-]{1,128}$/, '1 to 128 letters, digits and +=,.@_-', 'mfa-enforced'],
  boundaryName: [/^[\w+=,.@-]{1,128}$/, '1 to 128 letters, digits and +=,.@_-', 'mfa-boundary'],
  stackSetName: [
    /^[a-z][a-z0-9-]{0,127}$/i,
    'a letter, then letters, digits and hyphens, at most 128 characters',
    'mfa-guardrails',
  ],
  region: [/^[a-z]{2,}(-[a-z]+)+-\d+$/, 'the name of one Region', 'eu-central-1'],
} as const satisfies Readonly<Record<string, readonly [RegExp, string, string]>>;

/**
 * Refuses ids that StackSets cannot deploy to.
 *
 * @throws when there is none, one is there twice, or one is neither a root nor an organizational unit
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
    if (Token.isUnresolved(id) || ORGANIZATIONAL_UNIT.test(id)) {
      continue;
    }
    const fix = ACCOUNT.test(id)
      ? 'StackSets deploys to no account by itself: name its organizational unit, or put it into accountIds for the service ' +
        'control policy alone'
      : 'copy the id, not the name, from `aws organizations list-organizational-units-for-parent`';
    throw new Error(
      `organizationalUnitIds names '${id}', must be an organizational unit such as ou-ab12-11112222, or a root such as r-ab12; ${fix}`,
    );
  }
  requireOnce('organizationalUnitIds', ids);
}

/**
 * Refuses what is not an account.
 *
 * @param organizationalUnitIds what the accounts come in addition to
 * @throws when one is not 12 digits or is there twice, or the lists cannot be joined before deployment
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
  const stranger = ids.find((id) => !Token.isUnresolved(id) && !ACCOUNT.test(id));
  if (stranger !== undefined) {
    throw new Error(
      `accountIds names '${stranger}', must be the 12 digits of an account, such as 111122223333; organizational units and roots ` +
        'belong into organizationalUnitIds',
    );
  }
  requireOnce('accountIds', ids);
}

function requireOnce(property: string, ids: readonly string[]): void {
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) {
    throw new Error(`${property} names '${twice}' twice, must name each once; remove one`);
  }
}

/**
 * The name itself.
 *
 * @throws when AWS would not take it
 */
export function requireName(property: keyof typeof NAMES, name: string): string {
  const [pattern, words, example] = NAMES[property];
  if (!Token.isUnresolved(name) && !pattern.test(name)) {
    throw new Error(`${property} is '${name}', must be ${words}; write one such as ${example}`);
  }
  return name;
}

/**
 * The number itself.
 *
 * @throws when it is not a whole number from 0 to 100
 */
export function requirePercentage(property: string, value: number): number {
  if (!Token.isUnresolved(value) && !(Number.isInteger(value) && value >= 0 && value <= 100)) {
    throw new Error(
      `${property} is ${value}, must be a whole number from 0 to 100; write 10, or 0 to stop at the first failure`,
    );
  }
  return value;
}
