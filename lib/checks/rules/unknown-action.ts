import { type Finding, NOT_APPLICABLE, type Rule, type Severity } from '../rule';
import { isKnown } from '../template-text';
import { actionIsKnown, explainUnknown, isMistyped, nearestAction } from '../vocabulary';

/**
 * An action is one that AWS documents, or a pattern that matches one. IAM accepts any other, which then has no effect. AWS
 * adds actions every week, so an unknown one is an error only if it is a mistyped action of `iam` or `sts`.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export const unknownAction: Rule = {
  id: 'UnknownAction',
  summary: 'A statement names an action that AWS does not document.',
  severity: 'warning',
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
  const meant = nearestAction(action);
  return { location, word: action, severity: severityOf(action, meant), ...explainUnknown(problem, meant) };
}

function severityOf(action: string, meant: string | undefined): Severity {
  return meant !== undefined && /^(iam|sts):/.test(meant) && isMistyped(action, meant) ? 'error' : 'warning';
}
