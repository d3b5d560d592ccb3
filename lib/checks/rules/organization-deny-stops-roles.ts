import { leavesUsersOnly } from '../callers';
import { showMfaConditions } from '../denies';
import { USERS_ONLY } from '../deny-fix';
import { isAboutMfa, requestsWithoutMfa } from '../requests-without-mfa';
import { judgeStatements, type Rule } from '../rule';

/**
 * A policy of the organization that denies without MFA is limited to IAM users, because the sessions of roles, Identity
 * Center and services never have MFA and would be denied as well.
 *
 * @see https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
 */
export const organizationDenyStopsRoles: Rule = {
  id: 'OrganizationDenyStopsRoles',
  summary: 'A policy of the organization that denies without MFA stops roles and services.',
  severity: 'error',
  check: (policy) =>
    judgeStatements(
      policy,
      (statement) =>
        policy.kind === 'organization' &&
        isAboutMfa(statement, 'Deny') &&
        requestsWithoutMfa(statement).includes('a long-term access key'),
      (statement) =>
        leavesUsersOnly(statement)
          ? undefined
          : {
              problem: `also denies machines by ${showMfaConditions(statement)}: roles, Identity Center and services never have MFA, so they stop working`,
              fix: `add the condition { ${USERS_ONLY} }`,
            },
    ),
};
