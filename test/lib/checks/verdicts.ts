/** A rule's verdict on a policy document, as the tests of the rules write it. */
import { policiesOf } from '../../../lib/checks/policy';
import { type Finding, NOT_APPLICABLE, type Rule, type Severity } from '../../../lib/checks/rule';
import type { Template } from '../../../lib/checks/template';

type Json = Readonly<Record<string, unknown>>;

/** A role with these statements in its trust policy. */
export function trust(...statements: readonly Json[]): Template {
  return resource('AWS::IAM::Role', { AssumeRolePolicyDocument: { Statement: statements } });
}

/** A managed policy, which anybody may be given. */
export function permissions(...statements: readonly Json[]): Template {
  return resource('AWS::IAM::ManagedPolicy', { PolicyDocument: { Statement: statements } });
}

/** A template with one resource, and maybe others. */
export function resource(type: string, properties: Json, others: Json = {}): Template {
  return { Resources: { Judged: { Type: type, Properties: properties }, ...others } };
}

/** Returns the verdict of a rule on all policies of a template: one word, or its findings. */
export function verdictOf(
  rule: Rule,
  template: Template,
  account?: string,
): 'not applicable' | 'compliant' | string {
  const verdicts = policiesOf(template, account).map((policy) => rule.check(policy));
  const judged = verdicts.filter((verdict) => verdict !== NOT_APPLICABLE);
  if (judged.length === 0) {
    return 'not applicable';
  }
  const findings = judged.flat();
  return findings.length === 0 ? 'compliant' : findings.map(show).join('\n');
}

/** Returns the severity of each finding. */
export function severitiesOf(rule: Rule, template: Template): readonly Severity[] {
  return policiesOf(template).flatMap((policy) => {
    const verdict = rule.check(policy);
    return verdict === NOT_APPLICABLE ? [] : verdict.map(({ severity = rule.severity }) => severity);
  });
}

function show({ location, problem }: Finding): string {
  return `${location}: ${problem}`;
}

/** Returns the fix of the first finding. */
export function fixOf(rule: Rule, template: Template): string {
  const [finding] = policiesOf(template).flatMap((policy) => {
    const verdict = rule.check(policy);
    return verdict === NOT_APPLICABLE ? [] : verdict;
  });
  return finding?.fix ?? 'nothing was found';
}
