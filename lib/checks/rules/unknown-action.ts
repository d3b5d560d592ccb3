import { type Finding, NOT_APPLICABLE, type Rule } from '../rule';
import { isKnown } from '../template-text';
import { actionIsKnown, explainUnknown, nearestAction } from '../vocabulary';

/**
 * An action is one that AWS documents, or a pattern that matches one. IAM accepts any other, which then has no effect.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export const unknownAction: Rule = {
  id: 'UnknownAction',
  severity: 'error',
  check({ statements }) {
    const written = statements.flatMap(({ location, actions, notActions }) => [
      ...(actions ?? []).map((action) => ({ action, location: `${location}.Action` })),
      ...(notActions ?? []).map((action) => ({ action, location: `${location}.NotAction` })),
    ]);
    const readable = written.filter(({ action }) => isKnown(action));
    if (readable.length === 0) {
      return NOT_APPLICABLE;
    }
    return readable
      .filter(({ action }) => !actionIsKnown(action))
      .map(({ action, location }) => finding(action, location));
  },
};

function finding(action: string, location: string): Finding {
  const what = /[*?]/.test(action) ? 'matches no action' : 'is not an action';
  const problem = `'${action}' ${what} that AWS documents, so it allows and denies nothing`;
  return { location, ...explainUnknown(problem, nearestAction(action)) };
}
