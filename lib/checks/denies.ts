/** The requests without MFA that a policy document denies, by all of its statements together. */
import { holdsForEveryUser } from './callers';
import { mayBeOpen } from './open-without-mfa';
import type { Policy } from './policy';
import { usersOf } from './principal';
import {
  mfaConditionsOf,
  otherConditionsOf,
  type RequestWithoutMfa,
  requestsWithoutMfa,
  WITHOUT_MFA,
} from './requests-without-mfa';
import { covers, type Scope } from './scope';
import type { Condition, Statement } from './statement';
import { show } from './template-text';

/**
 * Returns the requests without MFA that no Deny of the document stops, for a scope and the callers of a statement. A Deny
 * that exempts harmless actions, as every guardrail does, counts as if it exempted none.
 */
export function requestsNotDenied(
  { statements }: Policy,
  scope: Scope,
  callers?: Statement,
): readonly RequestWithoutMfa[] {
  const users = usersOf(scope);
  const denied = statements
    .filter(
      (statement) =>
        statement.effect === 'Deny' &&
        // A statement covers itself, whomever its NotPrincipal leaves out.
        (statement === scope || covers(withoutHarmless(statement), scope)) &&
        (holdsForEveryUser(statement, users) ||
          (callers !== undefined && isForSameCallers(statement, callers))),
    )
    .flatMap(requestsWithoutMfa);
  return WITHOUT_MFA.filter((request) => !denied.includes(request));
}

/** Statements as if they exempted nothing harmless, kept because each is needed for every action that another one names. */
const withoutHarmlessOf = new WeakMap<Statement, Statement>();

function withoutHarmless(statement: Statement): Statement {
  const { notActions } = statement;
  if (notActions === undefined) {
    return statement;
  }
  const known = withoutHarmlessOf.get(statement) ?? {
    ...statement,
    notActions: notActions.filter((action) => !mayBeOpen(action)),
  };
  withoutHarmlessOf.set(statement, known);
  return known;
}

/** Tells whether the statements have the same conditions apart from MFA. */
function isForSameCallers(one: Statement, other: Statement): boolean {
  return JSON.stringify(otherConditionsOf(one)) === JSON.stringify(otherConditionsOf(other));
}

/** Formats the requests, each with the reason why a condition may miss it. */
export function showRequests(requests: readonly RequestWithoutMfa[]): string {
  return requests.map((request) => `${request} (${STATE_OF_KEY[request]})`).join(' and ');
}

const STATE_OF_KEY: Readonly<Record<RequestWithoutMfa, string>> = {
  'a long-term access key': 'the condition key is absent',
  'a session without MFA': 'the condition key is false',
};

/** Formats the MFA conditions of a statement. */
export function showMfaConditions(statement: Statement): string {
  return mfaConditionsOf(statement).map(showCondition).join(' and ');
}

function showCondition({ operator, key, values }: Condition): string {
  return `${operator} ${key} ${values.map((value) => JSON.stringify(show(value))).join(' or ')}`;
}
