import { matchesPattern } from '../../policy/wildcards';
import { POWERFUL_ON_USERS } from '../open-without-mfa';
import { judgeStatements, type Rule } from '../rule';
import { isAboutAction } from '../scope';
import type { Statement } from '../statement';
import { show } from '../template-text';

const AT_ROOT = /:user\/\$\{aws:username\}$/i;

/**
 * A statement about the caller's own user also covers users under an IAM path, whose ARN is `user/path/${aws:username}`.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
 */
export const userUnderPath: Rule = {
  id: 'UserUnderPath',
  summary: 'A statement about the own user misses users under an IAM path.',
  severity: 'warning',
  check: (policy) =>
    judgeStatements(
      policy,
      (statement) => resourcesOf(statement).some((resource) => /:user\//.test(resource)),
      (statement) => {
        const resources = resourcesOf(statement);
        const atRoot = resources.find((resource) => AT_ROOT.test(resource));
        if (atRoot === undefined) {
          return undefined;
        }
        const underPath = atRoot.replace(/:user\//, ':user/a/path/');
        if (resources.some((resource) => matchesPattern(resource, underPath))) {
          return undefined;
        }
        return {
          problem: `names ${show(atRoot)} alone, which is not the ARN of a user under an IAM path: the statement misses them`,
          fix: `add ${show(atRoot).replace(/:user\//, ':user/*/')}; a user name is unique in its account, regardless of the path`,
        };
      },
    ),
};

/** A Deny that exempts the own user from powerful actions is better narrowed than widened. */
function resourcesOf(statement: Statement): readonly string[] {
  const { effect, resources, notResources = [] } = statement;
  const isPowerful =
    effect === 'Deny' && POWERFUL_ON_USERS.some((action) => isAboutAction(statement, action));
  return resources ?? (isPowerful ? [] : notResources);
}
