import { judgeStatements, type Rule } from '../rule';
import { matchesPattern } from '../scope';
import { show } from '../template-text';

const NAMED_AFTER_USER = /:mfa\/\$\{aws:username\}$/i;

/**
 * A policy covers devices of any name: since 2022 a user can have up to eight, and `mfa/${aws:username}` is only one of
 * them.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html
 */
export const deviceNamedAfterUser: Rule = {
  id: 'DeviceNamedAfterUser',
  severity: 'error',
  check: (policy) =>
    judgeStatements(
      policy,
      (statement) => allowedDevices(statement).length > 0,
      (statement) => {
        const devices = allowedDevices(statement);
        const narrow = devices.find((device) => NAMED_AFTER_USER.test(device));
        const isWidened = devices.some(
          (device) => narrow !== undefined && device !== narrow && matchesPattern(device, narrow),
        );
        if (narrow === undefined || isWidened) {
          return undefined;
        }
        return {
          problem: `is limited to ${show(narrow)}: a second device, or one with another name, cannot be created or removed`,
          fix: `write ${show(narrow).replace(/\$\{aws:username\}$/i, '*')}; the actions on user/\${aws:username} limit which user the device is assigned to`,
        };
      },
    ),
};

/** Returns the devices that an Allow names, or that a Deny exempts. */
function allowedDevices(statement: {
  readonly effect: 'Allow' | 'Deny' | undefined;
  readonly resources: readonly string[] | undefined;
  readonly notResources: readonly string[] | undefined;
}): readonly string[] {
  const list = statement.effect === 'Allow' ? statement.resources : statement.notResources;
  const resources = list ?? [];
  return resources.some((resource) => /:mfa\//.test(resource)) ? resources : [];
}
