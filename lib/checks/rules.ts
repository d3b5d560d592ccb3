/** The rules of the checks. */
import type { Person } from './people';
import type { Rule } from './rule';
import { allowPassesWithoutMfa } from './rules/allow-passes-without-mfa';
import { alternativeWithoutMfa } from './rules/alternative-without-mfa';
import { denyLeavesOpen } from './rules/deny-leaves-open';
import { denyPassesWithoutMfa } from './rules/deny-passes-without-mfa';
import { deviceDeletionWithoutMfa } from './rules/device-deletion-without-mfa';
import { deviceNamedAfterUser } from './rules/device-named-after-user';
import { maximumAgeInDeny } from './rules/maximum-age-in-deny';
import { mfaConditionMistaken } from './rules/mfa-condition-mistaken';
import { mfaRequiredOfMachines } from './rules/mfa-required-of-machines';
import { organizationDenyStopsRoles } from './rules/organization-deny-stops-roles';
import { peopleWithoutMfa } from './rules/people-without-mfa';
import { roleWithoutMfa } from './rules/role-without-mfa';
import { unknownAction } from './rules/unknown-action';
import { unknownConditionKey } from './rules/unknown-condition-key';
import { userUnderPath } from './rules/user-under-path';

/** The rules about single policies. */
export const POLICY_RULES: readonly Rule[] = [
  roleWithoutMfa,
  alternativeWithoutMfa,
  denyPassesWithoutMfa,
  denyLeavesOpen,
  allowPassesWithoutMfa,
  deviceDeletionWithoutMfa,
  deviceNamedAfterUser,
  userUnderPath,
  maximumAgeInDeny,
  organizationDenyStopsRoles,
  mfaRequiredOfMachines,
  mfaConditionMistaken,
  unknownAction,
  unknownConditionKey,
];

/** The rules about a person with all of their policies. */
export const PERSON_RULES: readonly Rule<Person>[] = [peopleWithoutMfa];

/** All rules, in the order of SARIF and of `ruleIds`. */
export const RULES: readonly Pick<Rule, 'id' | 'summary' | 'severity'>[] = [...PERSON_RULES, ...POLICY_RULES];
