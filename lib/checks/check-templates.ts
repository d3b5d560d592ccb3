/** The findings of all rules in templates that are deployed together, and what they could not judge. */
import { expandTemplate } from './expand-template';
import { type NotJudged, notJudgedIn } from './not-judged';
import { type Person, peopleIn } from './people';
import { importsOf, policiesOf } from './policy';
import { type Finding, NOT_APPLICABLE, type Rule, type Severity } from './rule';
import { PERSON_RULES, POLICY_RULES } from './rules';
import type { Template } from './template';

/** A template, or what was made one, and where it is from. */
export interface CheckedTemplate {
  readonly path: string;
  /** The account of its stack, if it is known. */
  readonly account: string | undefined;
  readonly template: Template;
}

/** A finding in a template. */
export interface TemplateFinding extends Finding {
  /** The id by which it is acknowledged, such as `UnknownAction[s3:GetSignedUrl]`. */
  readonly id: string;
  /** The id of the rule alone. */
  readonly rule: string;
  readonly severity: Severity;
  readonly path: string;
  readonly logicalId: string;
}

interface Checked {
  readonly findings: readonly TemplateFinding[];
  readonly notJudged: readonly (NotJudged & { readonly path: string })[];
}

/** Judges templates. A managed policy is followed through its export to the templates that import it. */
export function checkTemplates(written: readonly CheckedTemplate[]): Checked {
  const templates = written.map((one) => ({ ...one, template: expandTemplate(one.template) }));
  const imports = importsOf(templates.map(({ template }) => template));
  const judged = templates.map(({ path, account, template }) => {
    const policies = policiesOf(template, account, imports);
    const people = peopleIn(template, policies).map((person) => ({
      person,
      findings: findingsOf(PERSON_RULES, person),
    }));
    return { path, template, policies, people };
  });
  return {
    findings: judged.flatMap(({ path, policies, people }) =>
      [
        ...policies.flatMap((policy) => findingsOf(POLICY_RULES, policy)),
        // Something that is not in the template may deny without MFA.
        ...people.flatMap(({ person, findings }) => (person.elsewhere.length === 0 ? findings : [])),
      ].map((finding) => ({ ...finding, path })),
    ),
    notJudged: judged.flatMap(({ path, template, policies, people }) =>
      [
        ...notJudgedIn(template, policies),
        ...people.flatMap(({ person, findings }) =>
          person.elsewhere.length === 0 || findings.length === 0 ? [] : [notJudgedOf(person)],
        ),
      ].map((place) => ({ ...place, path })),
    ),
  };
}

function notJudgedOf({ logicalId, location, elsewhere }: Person): NotJudged {
  return {
    logicalId,
    location,
    reason: `${elsewhere.join(' and ')} may require MFA, and ${elsewhere.length === 1 ? 'is' : 'are'} not in the template`,
  };
}

function findingsOf<Judged extends { readonly logicalId: string }>(
  rules: readonly Rule<Judged>[],
  judged: Judged,
): readonly Omit<TemplateFinding, 'path'>[] {
  return rules.flatMap((rule) => {
    const verdict = rule.check(judged);
    if (verdict === NOT_APPLICABLE) {
      return [];
    }
    return verdict.map((finding) => ({
      ...finding,
      id: finding.word === undefined ? rule.id : `${rule.id}[${finding.word}]`,
      rule: rule.id,
      severity: finding.severity ?? rule.severity,
      logicalId: judged.logicalId,
    }));
  });
}
