import { judgeStatements, type Rule } from '../rule';
import { matchesPattern } from '../scope';
import { show } from '../template-text';

const NAMED_AFTER_USER = /:mfa\/\$\{aws:username\}$/i;

/**
 * A device may have any name: since 2022 a user has up to eight, so `mfa/${aws:username}` is out for all but one.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html
 */
export const deviceNamedAfterUser: Rule = {
  id: 'DeviceNamedAfterUser',
  severity: 'error',
  check: (policy) =>
    judgeStatements(
      policy,
      (statement) => devicesLeftOpen(statement).length > 0,
      (statement) => {
        const devices = devicesLeftOpen(statement);
        const narrow = devices.find((device) => NAMED_AFTER_USER.test(device));
        const isWidened = devices.some(
          (device) => narrow !== undefined && device !== narrow && matchesPattern(device, narrow),
        );
        if (narrow === undefined || isWidened) {
          return undefined;
        }
        return {
          problem: `is limited to ${show(narrow)}: a second device, or one with a free name, cannot be created or removed`,
          fix: `write ${show(narrow).replace(/\$\{aws:username\}$/i, '*')}; whose device it becomes is limited by the actions on user/\${aws:username}`,
        };
      },
    ),
};

/** The devices that an Allow opens, or that a Deny leaves open. */
function devicesLeftOpen(statement: {
  readonly effect: 'Allow' | 'Deny' | undefined;
  readonly resources: readonly string[] | undefined;
  readonly notResources: readonly string[] | undefined;
}): readonly string[] {
  const list = statement.effect === 'Allow' ? statement.resources : statement.notResources;
  const resources = list ?? [];
  return resources.some((resource) => /:mfa\//.test(resource)) ? resources : [];
}
