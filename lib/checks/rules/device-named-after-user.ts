// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a policy variable

import { matchesPattern } from '../../policy/wildcards';
import { DELETION } from '../open-without-mfa';
import { judgeStatements, type Rule } from '../rule';
import { isAboutAction } from '../scope';
import type { Statement } from '../statement';
import { show } from '../template-text';

const NAMED_AFTER_USER = /:mfa\/\$\{aws:username\}$/i;
const CREATE = 'iam:CreateVirtualMFADevice';

/**
 * People create devices of any name: since 2022 a user can have up to eight, and `mfa/${aws:username}` is only one of them.
 * Deletion stays limited: on `mfa/*` it would reach the unassigned devices of everybody.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html
 */
export const deviceNamedAfterUser: Rule = {
  id: 'DeviceNamedAfterUser',
  summary: 'People can create only an MFA device that is named after their user.',
  severity: 'error',
  check: (policy) =>
    judgeStatements(
      policy,
      (statement) => devicesOf(statement).length > 0,
      (statement) => {
        const narrow = devicesOf(statement).find((device) => NAMED_AFTER_USER.test(device));
        if (narrow === undefined || isWidened(narrow, statement, policy.statements)) {
          return undefined;
        }
        return {
          problem: `is limited to ${show(narrow)}: a second device, or one with another name, cannot be created`,
          fix: fixOf(statement, show(narrow).replace(/\$\{aws:username\}$/i, '*')),
        };
      },
    ),
};

function fixOf(statement: Statement, wide: string): string {
  const limits = 'the actions on user/${aws:username} limit which user the device is assigned to';
  if (!isAboutAction(statement, DELETION)) {
    return `write ${wide}; ${limits}`;
  }
  return statement.effect === 'Allow'
    ? `allow ${CREATE} on ${wide} in a statement of its own, and leave the deletion limited; ${limits}`
    : `exempt ${wide} in a statement for ${CREATE} alone, and name the other actions here, without it; ${limits}`;
}

/** Tells whether the statement, or another Allow of the same policy, covers devices of other names. */
function isWidened(narrow: string, statement: Statement, all: readonly Statement[]): boolean {
  const allowing =
    statement.effect === 'Allow' ? all.filter(({ effect }) => effect === 'Allow') : [statement];
  return allowing
    .filter((one) => isAboutAction(one, CREATE))
    .flatMap(devicesOf)
    .some((device) => device !== narrow && matchesPattern(device, narrow));
}

/**
 * Returns the devices on which an Allow lets people create one, or those that a Deny exempts. A Deny that names no actions
 * is judged by what it leaves open.
 */
function devicesOf(statement: Statement): readonly string[] {
  const { effect, actions, resources, notResources } = statement;
  const devices = (effect === 'Allow' ? resources : notResources) ?? [];
  const isNamed = effect === 'Allow' || actions?.every((action) => !/[*?]/.test(action)) === true;
  return isNamed && isAboutAction(statement, CREATE) && devices.some((device) => /^\*$|:mfa\//.test(device))
    ? devices
    : [];
}
