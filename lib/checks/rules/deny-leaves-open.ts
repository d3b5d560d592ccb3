import { concernsPeople } from '../callers';
import { requestsNotDenied } from '../denies';
import { DELETION, ENROLLING, mayBeOpen, POWERFUL_ON_USERS } from '../open-without-mfa';
import type { Policy } from '../policy';
import { isAboutMfa, requestsWithoutMfa, surelyMatchesFreshMfa } from '../requests-without-mfa';
import { type Finding, judgeStatements, type Rule } from '../rule';
import { isAboutAction, mayBeOfIam } from '../scope';
import type { Statement } from '../statement';
import { isKnown, show } from '../template-text';
import { actionIsKnown, actionsMatching } from '../vocabulary';

/** The actions on each type of IAM's resources that give permissions or credentials, or take the second factor off. */
const POWERFUL_ON: Readonly<Record<string, readonly string[]>> = {
  user: POWERFUL_ON_USERS,
  mfa: [DELETION],
  role: [
    'sts:AssumeRole',
    'iam:AttachRolePolicy',
    'iam:PassRole',
    'iam:PutRolePolicy',
    'iam:UpdateAssumeRolePolicy',
  ],
  group: ['iam:AddUserToGroup', 'iam:AttachGroupPolicy', 'iam:PutGroupPolicy'],
  policy: ['iam:CreatePolicyVersion', 'iam:SetDefaultPolicyVersion'],
};

/** Services whose actions give permissions or credentials. */
const POWERFUL = /^(iam|sts):/i;

const EVERYTHING = /^\*(:\*)?$/;

/**
 * A Deny of requests without MFA leaves only harmless actions open. A policy that allows more may be attached next to it, so
 * what it leaves open is open to an administrator's stolen password, on everybody's users or on their own.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html
 */
export const denyLeavesOpen: Rule = {
  id: 'DenyLeavesOpen',
  summary: 'A Deny of requests without MFA leaves open what gives permissions or credentials.',
  severity: 'error',
  check: (policy) =>
    judgeStatements(
      policy,
      (statement) =>
        (policy.kind === 'organization' || policy.kind === 'identity') &&
        isAboutMfa(statement, 'Deny') &&
        requestsWithoutMfa(statement).length > 0 &&
        !surelyMatchesFreshMfa(statement) &&
        concernsPeople(policy, statement) &&
        (statement.notActions !== undefined || statement.notResources !== undefined),
      (statement) => judgeExemptActions(policy, statement) ?? judgeExemptResources(policy, statement),
    ),
};

function judgeExemptActions(policy: Policy, statement: Statement): Omit<Finding, 'location'> | undefined {
  const { notActions = [] } = statement;
  const open = notActions.filter((action) => isKnown(action) && isLeftOpen(policy, statement, action));
  if (open.length === 0 || !isWide(statement)) {
    return undefined;
  }
  const kept = [...notActions.filter((action) => !open.includes(action)), ...ENROLLING];
  const isPowerful = open.some((action) =>
    POWERFUL.test(action) ? !isDeletionAlone(matchingOf(action)) : EVERYTHING.test(action),
  );
  return {
    severity: isPowerful ? 'error' : 'warning',
    problem: `leaves ${open.map(show).join(', ')} open without MFA: next to a policy that allows it, a stolen password or access key is enough for it`,
    fix: `write "NotAction": ${JSON.stringify([...new Set(kept)].map(show))}`,
  };
}

/** Tells whether a pattern opens an action that must not be open, and no other Deny stops it. */
function isLeftOpen(policy: Policy, statement: Statement, pattern: string): boolean {
  if (mayBeOpen(pattern)) {
    return false;
  }
  return matchingOf(pattern).some((action) =>
    isOpen(policy, statement, { actions: [action], resources: ['*'] }),
  );
}

/**
 * Returns the actions of a pattern that must not be open; of a service other than iam and sts, the pattern itself. A word that
 * AWS does not document opens nothing.
 */
function matchingOf(pattern: string): readonly string[] {
  if (POWERFUL.test(pattern) || pattern.includes('?')) {
    return actionsMatching(pattern).filter((one) => !mayBeOpen(one));
  }
  return actionIsKnown(pattern) ? [pattern] : [];
}

function isDeletionAlone(actions: readonly string[]): boolean {
  return actions.every((action) => action === DELETION);
}

function judgeExemptResources(policy: Policy, statement: Statement): Omit<Finding, 'location'> | undefined {
  const { notResources = [] } = statement;
  const found = notResources.flatMap((resource) =>
    Object.entries(POWERFUL_ON)
      .filter(([type]) => mayBeOfIam(resource, type))
      .flatMap(([, actions]) => actions)
      .filter((action) => isAboutAction(statement, action))
      .filter((action) => isOpen(policy, statement, { actions: [action], resources: [resource] }))
      .map((action) => ({ resource, action })),
  );
  const open = found.map(({ action }) => action);
  const exempt = [...new Set(found.map(({ resource }) => resource))];
  if (open.length === 0) {
    return undefined;
  }
  const actions = [...new Set(open)];
  const isDeletion = isDeletionAlone(actions);
  return {
    severity: isDeletion ? 'warning' : 'error',
    problem: `leaves ${actions.slice(0, 3).join(', ')}${actions.length > 3 ? ' and more' : ''} open without MFA on ${exempt.map(show).join(', ')}: a thief who has a password can ${isDeletion ? 'delete a device that nobody uses' : 'gain permissions, or remove the second factor'}`,
    fix: `add the same Deny with "Action": ${JSON.stringify(actions)} on "Resource": "*"`,
  };
}

function isWide({ resources, notResources }: Statement): boolean {
  return notResources !== undefined || resources?.includes('*') === true;
}

function isOpen(
  policy: Policy,
  statement: Statement,
  scope: Pick<Statement, 'actions' | 'resources'>,
): boolean {
  const asked = { ...statement, notActions: undefined, notResources: undefined, ...scope };
  return requestsNotDenied(policy, asked, statement).length > 0;
}
