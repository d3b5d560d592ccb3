/** The names that the stack of a fleet takes in its account, where no other stack can have them. */
import { type Stack, Stage, Token } from 'aws-cdk-lib';
import { isSameUser } from '../record/names';

/** The names that one stack takes. */
export interface FleetNames {
  readonly stack: Stack;
  readonly fleet: string;
  /** The user names of the holders that the stack creates. */
  readonly holders: readonly string[];
}

/** Describes the problems of a stack that takes names of an earlier one in the same account: those of the fleet, or of users. */
export function collisionsOf(one: FleetNames, earlier: FleetNames): string[] {
  if (!isSameAccount(one.stack, earlier.stack)) {
    return [];
  }
  const paths = [`'${earlier.stack.node.path}'`, `'${one.stack.node.path}'`].join(' and ');
  if (earlier.fleet === one.fleet) {
    return [
      `fleet '${one.fleet}' has two stacks in one account, ${paths}, must have one: both would create its record and its ` +
        'roles; give each fleet a name of its own, or each stack another account',
    ];
  }
  return one.holders
    .filter((name) => earlier.holders.some((taken) => isSameUser(taken, name)))
    .map(
      (name) =>
        `holder '${name}' would be created twice in one account, by ${paths}: user names that differ only in case are one ` +
        'name to IAM; leave the holder in one fleet, or name it in existingHolders of the other',
    );
}

/** Tells whether two stacks are deployed to one account. Without accounts, the stacks of different stages may not be. */
function isSameAccount(one: Stack, other: Stack): boolean {
  return (
    one.account === other.account && (!Token.isUnresolved(one.account) || Stage.of(one) === Stage.of(other))
  );
}
