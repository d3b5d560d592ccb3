/** The callers that pass the conditions of a statement: people, or only roles, services and machines. */

import { matchesPattern } from '../policy/wildcards';
import { isOfRolesAlone } from './attachment';
import type { Policy } from './policy';
import { isPeople, type Principal, usersOf } from './principal';
import { otherConditionsOf } from './requests-without-mfa';
import { type Condition, isNegated, isNull, requiresKey, type Statement } from './statement';
import { isKnown } from './template-text';
import { takesEveryUserOf, typeOfArn } from './user-pattern';

/** Keys that a request has only when the caller is a machine, a service or a federated session. */
const MACHINE_KEYS = [
  'aws:ec2instancesourceprivateipv4',
  'aws:ec2instancesourcevpc',
  'aws:federatedprovider',
  'aws:principalservicename',
  'aws:principalservicenameslist',
  'ec2:roledelivery',
  'ec2:sourceinstancearn',
  'glue:credentialissuingservice',
  'glue:roleassumedby',
  'lambda:sourcefunctionarn',
  'ssm:sourceinstancearn',
];

const ROLE = /:(role|assumed-role)\//;
/** The root user can have MFA, as any user. */
const USER = /:(user\/|root$)/;

/** Tells whether a statement of a policy may be about people. */
export function concernsPeople(policy: Policy, statement: Statement): boolean {
  const { principals, hasNotPrincipal } = statement;
  return (
    !leavesNoUsers(statement) &&
    !(policy.kind === 'identity' && isOfRolesAlone(policy.attachedTo)) &&
    (hasNotPrincipal ||
      principals.length === 0 ||
      principals.some((one) => isPeople(one) || one.kind === 'unknown'))
  );
}

/** Tells whether the conditions exclude every IAM user that the statement covers: only roles, services or machines pass. */
export function leavesNoUsers(statement: Statement): boolean {
  const users = usersOf(statement);
  return statement.conditions.some((condition) => {
    const { keyName, values } = condition;
    if (isNegated(condition)) {
      return (
        (keyName === 'aws:principalarn' && takesEveryUser(condition, users, statement.ownAccount)) ||
        (keyName === 'aws:principaltype' && takes(condition, 'User'))
      );
    }
    if (MACHINE_KEYS.includes(keyName)) {
      return requiresKey(condition);
    }
    if (isNull(condition)) {
      return keyName === 'aws:username' && values.includes('true');
    }
    return (
      (keyName === 'aws:principalarn' && allArnsMatch(values, ROLE)) ||
      (keyName === 'aws:principaltype' && takesNoneOf(condition, ['User', 'Account'])) ||
      (keyName === 'aws:principalisawsservice' && allMatch(values, /^true$/i)) ||
      (keyName === 'aws:userid' && allMatch(values, /^AROA/))
    );
  });
}

/** Tells whether the conditions leave only IAM users: no role, service or federated session passes. */
export function leavesUsersOnly({ conditions }: Statement): boolean {
  return conditions.some((condition) => {
    const { keyName, values } = condition;
    if (isNegated(condition)) {
      return (
        (keyName === 'aws:principalarn' &&
          values.some((arn) => /:(role|assumed-role)\/\*$|:role\*$/.test(arn))) ||
        (keyName === 'aws:principaltype' && values.includes('AssumedRole'))
      );
    }
    return (
      (keyName === 'aws:principalarn' && allArnsMatch(values, USER)) ||
      (keyName === 'aws:principaltype' && allMatch(values, /^User$/)) ||
      (keyName === 'aws:username' && requiresKey(condition)) ||
      (keyName === 'aws:userid' && allMatch(values, /^AIDA/))
    );
  });
}

/**
 * Tells whether a statement that denies covers every IAM user behind the principals, whatever else is in the request. A
 * condition whose value is known only at deployment counts as covering them.
 */
export function holdsForEveryUser(statement: Statement, users: readonly Principal[]): boolean {
  return (
    !statement.conditionsKnown ||
    otherConditionsOf(statement).every((condition) =>
      includesEveryUser(condition, users, statement.ownAccount),
    )
  );
}

function includesEveryUser(
  condition: Condition,
  users: readonly Principal[],
  ownAccount: string | undefined,
): boolean {
  const { keyName, values } = condition;
  if (keyName === 'aws:principalarn' && !isNull(condition)) {
    return isNegated(condition) ? allArnsMatch(values, ROLE) : takesEveryUser(condition, users, ownAccount);
  }
  if (!values.every(isKnown)) {
    return true;
  }
  if (isNegated(condition)) {
    return keyName === 'aws:principaltype' && !takes(condition, 'User');
  }
  return (
    (keyName === 'aws:principaltype' && takes(condition, 'User')) ||
    // A service acting for the user can neither assume a role nor touch a device.
    (keyName === 'aws:viaawsservice' && values.includes('false')) ||
    (keyName === 'aws:username' && requiresKey(condition) && (isNull(condition) || values.includes('*')))
  );
}

/** Tells whether the values of a condition on the caller's ARN cover every user behind the principals. */
function takesEveryUser(
  { test, values }: Condition,
  users: readonly Principal[],
  ownAccount: string | undefined,
): boolean {
  const reading = { hasWildcards: hasWildcards(test), ownAccount };
  return users.every((one) => values.some((value) => takesEveryUserOf(one, value, reading)));
}

/** Tells whether a value of a condition matches the text. */
function takes({ test, values }: Condition, text: string): boolean {
  return values.some((value) =>
    hasWildcards(test) ? matchesPattern(value, text) : value.toLowerCase() === text.toLowerCase(),
  );
}

function takesNoneOf(condition: Condition, texts: readonly string[]): boolean {
  return condition.values.length > 0 && !texts.some((text) => takes(condition, text));
}

/** Tells whether an operator takes `*` and `?` as wildcards; to other operators they are ordinary characters. */
function hasWildcards(test: string): boolean {
  return /like$|^arn/i.test(test);
}

/** Tells whether there are values and all of them match; values that are known only at deployment count as matches. */
function allMatch(values: readonly string[], pattern: RegExp): boolean {
  return values.length > 0 && values.every((value) => pattern.test(value) || !isKnown(value));
}

/** Does the same for ARNs, of which only the type must be known before deployment. */
function allArnsMatch(arns: readonly string[], pattern: RegExp): boolean {
  return arns.length > 0 && arns.every((arn) => pattern.test(arn) || !isKnown(typeOfArn(arn)));
}
