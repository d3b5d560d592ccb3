import { MFA_PRESENT } from '../../policy/mfa-keys';
import { leavesNoUsers } from '../callers';
import { requestsNotDenied } from '../denies';
import { ENROLLING, mayBeOpen } from '../open-without-mfa';
import type { Person } from '../people';
import { demandsMfa } from '../requests-without-mfa';
import { NOT_APPLICABLE, type Rule } from '../rule';
import { isAboutAction, mayShareActions } from '../scope';
import type { Statement } from '../statement';
import { show } from '../template-text';

/** The actions by which a stolen credential becomes an administrator. */
const ESCALATING = [
  'iam:AddUserToGroup',
  'iam:AttachUserPolicy',
  'iam:CreateAccessKey',
  'iam:CreatePolicyVersion',
  'iam:PutUserPolicy',
  'iam:UpdateAssumeRolePolicy',
  'iam:UpdateLoginProfile',
];

/**
 * People who can sign in need MFA for what they may do: a Deny without MFA, or a condition, reaches each of their permissions.
 * An error if they may escalate, and otherwise a warning.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html
 */
export const peopleWithoutMfa: Rule<Person> = {
  id: 'PeopleWithoutMfa',
  summary: 'A person who can sign in may act without MFA.',
  severity: 'error',
  check({ policy, boundary, location, credential }) {
    const allowed = policy.statements.filter(
      (statement) => statement.effect === 'Allow' && !leavesNoUsers(statement) && !isHarmless(statement),
    );
    if (allowed.length === 0) {
      return NOT_APPLICABLE;
    }
    const limits = boundary?.filter((limit) => !demandsMfa(limit) && !leavesNoUsers(limit));
    const open = allowed.filter(
      (statement) =>
        !demandsMfa(statement) &&
        requestsNotDenied(policy, statement, statement).length > 0 &&
        (limits?.some((limit) => !isHarmless(limit) && mayShareActions(limit, statement)) ?? true),
    );
    function isEscalating(statement: Statement): boolean {
      return ESCALATING.some(
        (action) =>
          isAboutAction(statement, action) && (limits?.some((limit) => isAboutAction(limit, action)) ?? true),
      );
    }
    const [worst] = [...open.filter(isEscalating), ...open];
    return worst === undefined
      ? []
      : [
          {
            location,
            severity: isEscalating(worst) ? 'error' : 'warning',
            problem: `${credential} and may call ${showActions(worst)} without MFA: none of the policies in the template denies it, or allows it only with MFA`,
            fix: `add a policy with { "Effect": "Deny", "NotAction": ${JSON.stringify(ENROLLING)}, "Resource": "*", "Condition": { "BoolIfExists": { "${MFA_PRESENT}": "false" } } }, in CDK by MfaEnforcementPolicy; if it is a machine's, use a role instead, or acknowledge with the reason`,
          },
        ];
  },
};

/** Tells whether a statement allows only enrolling, a new password, and reading of IAM. */
function isHarmless({ actions }: Statement): boolean {
  return actions?.every((action) => /^(iam|sts|signin):/i.test(action) && mayBeOpen(action)) ?? false;
}

function showActions({ actions, notActions = [] }: Statement): string {
  const names = actions ?? notActions;
  const shown = `${names.slice(0, 3).map(show).join(', ')}${names.length > 3 ? ' and more' : ''}`;
  return actions === undefined ? `everything but ${shown}` : shown;
}
