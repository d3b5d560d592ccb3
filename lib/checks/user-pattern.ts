/** The IAM users that a pattern of ARNs matches, as far as the template shows. */

import { matchesPattern } from '../policy/wildcards';
import type { Principal } from './principal';
import { isKnown, nameOfHole } from './template-text';

/** The context in which the value of a condition is read. */
interface Reading {
  /** True if `*` and `?` are wildcards. */
  readonly hasWildcards: boolean;
  /** The account of the stack, if it is known. */
  readonly ownAccount: string | undefined;
}

/**
 * Returns the type of an ARN or a pattern: `user`, `role`, `*`, or a text with a hole if it is known only at
 * deployment.
 */
export function typeOfArn(arn: string): string {
  const [type = ''] = lastPartOf(arn).split('/');
  return type;
}

/**
 * Tells whether the value matches the ARN of every user behind a principal. A value that is known only at deployment
 * counts as a match, be it a name or an account.
 */
export function takesEveryUserOf(
  { kind, name, account }: Principal,
  value: string,
  reading: Reading,
): boolean {
  if (!isKnown(lastPartOf(value))) {
    return true;
  }
  if (!reading.hasWildcards) {
    return value === name;
  }
  if (kind === 'user' && matchesPattern(value, name)) {
    return true;
  }
  // Every user of an account, or everything in it.
  const isEveryName = /^\*?(user\/)?\*$/.test(lastPartOf(value));
  const pattern = accountOfPattern(value);
  return isEveryName && (kind === 'anybody' ? takesAll(pattern) : takesAccount(account, pattern, reading));
}

function takesAll(pattern: string): boolean {
  return pattern === '*' || (!isKnown(pattern) && nameOfHole(pattern) !== 'AWS::AccountId');
}

/** @param account `undefined` if the principal does not show it, such as the id of a user */
function takesAccount(account: string | undefined, pattern: string, { ownAccount }: Reading): boolean {
  function known(text: string) {
    return nameOfHole(text) === 'AWS::AccountId' ? (ownAccount ?? text) : text;
  }
  if (account === undefined || !isKnown(known(account)) || !isKnown(known(pattern))) {
    return true;
  }
  return matchesPattern(known(pattern), known(account));
}

/** Returns the account of a pattern; `*` if a wildcard may stand for several parts. */
function accountOfPattern(pattern: string): string {
  const parts = pattern.split(':');
  return (parts.length === 6 ? parts[4] : undefined) ?? '*';
}

function lastPartOf(arn: string): string {
  return arn.split(':').at(-1) ?? '';
}
