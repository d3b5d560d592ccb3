/**
 * Mistakes that change nothing, because something else in the same policy says the same. Each with the reason; all other
 * mutants must be caught.
 */
import type { Kind } from './subjects';

export interface Equivalence {
  readonly kinds: readonly Kind[];
  /** It shows in the policies of the runbook's roles only. */
  readonly of?: 'roles';
  readonly mistake: RegExp;
  readonly because: string;
}

export const EQUIVALENCES: readonly Equivalence[] = [
  {
    kinds: ['identity'],
    mistake: /^Allow(Deactivation|Deletion)WithMfa: condition .* (dropped|is \w+IfExists|is "360000")$/,
    because:
      'the denial of everything but self-service holds without MFA, and with MFA too old, whatever is allowed; the ' +
      'condition of the grant is a second lock',
  },
  {
    kinds: ['identity'],
    mistake: /^AllowNewDevice: Action has also iam:DeleteVirtualMFADevice$/,
    because: 'without MFA the denial holds, and with MFA another statement grants it already',
  },
  {
    kinds: ['identity', 'boundary', 'service control'],
    mistake: /Resource arn:aws:signin:.* also fits names that begin like its path$/,
    because: 'no other kind of resource of Sign-In begins like a console or a public client',
  },
  {
    kinds: ['identity'],
    mistake: /^DenyOtherUsersWithoutMfa: condition ArnNotLike aws:PrincipalArn dropped$/,
    because:
      'a federated session has no user name, which the resources are made of; without it they fit nothing',
  },
  {
    kinds: ['identity', 'boundary', 'service control'],
    mistake: /WithOldMfa: condition NumericGreaterThanEquals \S+ is NumericGreaterThanEqualsIfExists$/,
    because: 'the age is absent only where MFA is, and the twin without MFA denies the same there',
  },
  {
    kinds: ['boundary', 'service control'],
    mistake: /WithOldMfa: condition ArnLike aws:PrincipalArn dropped$/,
    because: 'only IAM users have an MFA age',
  },
  {
    kinds: ['boundary', 'service control'],
    mistake: /^Deny(SelfEnrollment|OtherUsersWith\w+Mfa): condition ArnLike aws:PrincipalArn dropped$/,
    because: 'only IAM users have the user name that the resources are made of; without it they fit nothing',
  },
  {
    kinds: ['identity'],
    of: 'roles',
    mistake: /^UserDevices: Resource .*(is everything|names that begin like its path)$/,
    because: 'only users have devices to list, and the auditor may list those of every user',
  },
  {
    kinds: ['trust'],
    mistake: /condition Bool aws:MultiFactorAuthPresent (dropped|is BoolIfExists)$/,
    because: 'the age next to it is there only with MFA, and an absent age fails',
  },
  {
    kinds: ['trust'],
    mistake: /condition NumericLessThan aws:MultiFactorAuthAge is NumericLessThanIfExists$/,
    because: 'with MFA, which the condition next to it requires, the age is always there',
  },
  {
    kinds: ['trust'],
    mistake: /^Deny(Named)?Holders: principal is arn:aws:iam::111122223333:root$/,
    because: 'holders are users of this account',
  },
  {
    kinds: ['trust'],
    mistake: /^DenyNamedHolders: condition StringEqualsIgnoreCase aws:PrincipalAccount dropped$/,
    because: 'where only this account is trusted nobody comes from another; where two are, it is caught',
  },
];
